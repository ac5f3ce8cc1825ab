"""One column as a call of `Column`: its type, what it refers to, its default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlplumb.render.tables.choices import type_
from sqlplumb.render.tables.layout import Call, Code, Named, Words, call
from sqlplumb.render.tables.references import key_to
from sqlplumb.render.tables.wording import Wording, shown, sql
from sqlplumb.schema import Column, Expr, ForeignKey, Object, PrimaryKey, Ref, Schema, Unique

_NOW = {
    "current_timestamp": "func.now",
    "current_date": "func.current_date",
    "current_time": "func.current_time",
}
_LITERAL = re.compile(r"'(?:[^']|'')*'\Z")
_BARE = re.compile(r"[\w.]+\Z|x'[^']*'\Z", re.I)


def column(
    fact: Column, own: Sequence[Object], key: PrimaryKey | None, wording: Wording, is_plain: bool
) -> Call:
    """`own` are the rules that it says; `key`, where the columns say that they are in it."""
    is_key = key is not None and fact.ref.name in terms(key)
    return call(
        "Column",
        Words(shown(fact)),
        type_(fact, wording.said, wording.enums),
        *(
            one
            for rule in own
            if isinstance(rule, ForeignKey)
            for one in key_to(rule, wording.schema)
        ),
        None if is_plain else _computed(fact),
        Named("primary_key", Code("True")) if is_key else None,
        _nullable(fact, _is_in_key(fact, wording.schema)),
        *_unique(own),
        _default(fact, is_plain),
        *(() if is_plain else _conflicts(fact, key if is_key else None)),
    )


def _keys(own: Sequence[Object], schema: Schema) -> Iterator[Call]:
    for one in own:
        if isinstance(one, ForeignKey):
            yield from key_to(one, schema)


def terms(key: PrimaryKey) -> list[str]:
    return [part.term for part in key.columns]


def _is_in_key(fact: Column, schema: Schema) -> bool:
    key = schema.objects.get(Ref("primary key", fact.ref.table, "primary key"))
    return isinstance(key, PrimaryKey) and fact.ref.name in terms(key)


def _nullable(fact: Column, in_key: bool) -> Named | None:
    """What SQLAlchemy takes for granted is left out: that a key is NOT NULL, and nothing else."""
    if fact.not_null == in_key:
        return None
    return Named("nullable", Code(str(not fact.not_null)))


def _unique(own: Sequence[Object]) -> Iterator[Named]:
    for one in own:
        if isinstance(one, Unique):
            yield Named("unique", Code("True"))
            if one.on_conflict:
                yield Named("sqlite_on_conflict_unique", Words(one.on_conflict))


def _computed(fact: Column) -> Call | None:
    if fact.generated is None:
        return None
    persisted = Named("persisted", Code("True")) if fact.stored else None
    return call("Computed", Words(sql(fact.generated)), persisted)


def _default(fact: Column, is_plain: bool) -> Named | None:
    if is_plain:
        has_one = fact.default is not None or fact.generated is not None
        return Named("server_default", call("FetchedValue")) if has_one else None
    if fact.default is None:
        return None
    return Named("server_default", _default_value(fact.default))


def _default_value(default: Expr) -> Words | Call:
    said = default.canonical
    if said in _NOW:
        return call(_NOW[said])
    if _LITERAL.match(said):
        return Words(said[1:-1].replace("''", "'"))
    bare = _BARE.match(default.text)
    return call("text", Words(sql(default) if bare else f"({sql(default)})"))


def _conflicts(fact: Column, key: PrimaryKey | None) -> Iterator[Named]:
    if fact.not_null_conflict:
        yield Named("sqlite_on_conflict_not_null", Words(fact.not_null_conflict))
    if key and key.on_conflict:
        yield Named("sqlite_on_conflict_primary_key", Words(key.on_conflict))
