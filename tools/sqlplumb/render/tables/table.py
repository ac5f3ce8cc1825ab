"""One table as a call of `Table`: its columns, its rules, its indexes, with the author's comments.

Nothing here decides whether what comes out says all that the SQL says: that is tried. Where it is
known not to, the table is plain: columns and keys for queries, and the rest is said in SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlplumb.render.tables.choices import Said, targets, type_
from sqlplumb.render.tables.comments import Comments
from sqlplumb.render.tables.layout import (
    WIDTH,
    Call,
    Code,
    Named,
    Words,
    call,
    comment,
    lines,
    one_line,
    plain,
)
from sqlplumb.schema import (
    Check,
    Column,
    Expr,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Unique,
)

_NOW = {
    "current_timestamp": "func.now",
    "current_date": "func.current_date",
    "current_time": "func.current_time",
}
_LITERAL = re.compile(r"'(?:[^']|'')*'\Z")
_BARE = re.compile(r"[\w.]+\Z|x'[^']*'\Z", re.I)


@dataclass(frozen=True, slots=True)
class Wording:
    """What all tables of a module are written with."""

    schema: Schema
    said: Said
    enums: Mapping[Ref, str]
    comments: Comments


def table(head: Table, variable: str, metadata: str, wording: Wording, is_plain: bool) -> list[str]:
    facts = [fact for fact in wording.schema.objects.values() if fact.ref.unit == head.ref.name]
    written = [f"{variable} = Table(", f"    {_quoted(head)},", f"    {metadata},"]
    for one, about in _items(facts, wording, is_plain):
        written += _commented(one, about, wording.comments)
    key = next((fact for fact in facts if isinstance(fact, PrimaryKey)), None)
    for option in _options(head, key) if not is_plain else ():
        written += lines(option, 1, suffix=",")
    return [*written, ")"]


def is_beyond(head: Table, schema: Schema) -> bool:
    """Is there something that Core has no words for, by what is known of it?"""
    facts = [fact for fact in schema.objects.values() if fact.ref.table == head.ref.name]
    return any(
        (isinstance(fact, ForeignKey) and not _target(fact, schema))
        or (
            isinstance(fact, Unique)
            and any(part.collation or part.descending for part in fact.columns)
        )
        for fact in facts
    )


def _items(
    facts: Sequence[Object], wording: Wording, is_plain: bool
) -> Iterator[tuple[Call, tuple[Ref, ...]]]:
    """Each argument, and the objects whose comments belong to it."""
    columns = {fact.ref.name: fact for fact in facts if isinstance(fact, Column)}
    key = next((fact for fact in facts if isinstance(fact, PrimaryKey)), None)
    marked = key if key and not key.name and _in_order(key, columns) else None
    inside = {fact.ref: name for fact in facts for name in _in_column(fact, columns, is_plain)}
    for name, fact in columns.items():
        own = [one for one in facts if inside.get(one.ref) == name]
        rest = tuple(one.ref for one in own)
        yield _column(fact, own, marked, wording, is_plain), (fact.ref, *rest)
    for rule in facts:
        if rule.ref not in inside:
            yield from ((one, (rule.ref,)) for one in _rule(rule, columns, wording, is_plain))


def _in_column(fact: Object, columns: Mapping[str, Column], is_plain: bool) -> list[str]:
    """The column that says this, if one does."""
    match fact:
        case Unique() if not fact.ref.shown and not is_plain:
            return [part.term for part in fact.columns] if len(fact.columns) == 1 else []
        case ForeignKey() if len(fact.columns) == 1:
            return list(fact.columns)
        case PrimaryKey() if not fact.name and _in_order(fact, columns):
            return [fact.columns[0].term]
        case _:
            return []


def _in_order(key: PrimaryKey, columns: Mapping[str, Column]) -> bool:
    terms = _terms(key)
    conflict = key.on_conflict and len(terms) > 1
    return [name for name in columns if name in terms] == terms and not conflict


def _column(
    fact: Column, own: Sequence[Object], key: PrimaryKey | None, wording: Wording, is_plain: bool
) -> Call:
    """`own` are the rules that it says; `key`, where the columns say that they are in it."""
    is_key = key is not None and fact.ref.name in _terms(key)
    return call(
        "Column",
        Words(_shown(fact)),
        type_(fact, wording.said, wording.enums),
        *(one for rule in own if isinstance(rule, ForeignKey) for one in _key_to(rule, wording)),
        None if is_plain else _computed(fact),
        Named("primary_key", Code("True")) if is_key else None,
        _nullable(fact, _is_in_key(fact, wording.schema)),
        *_unique(own),
        _default(fact, is_plain),
        *(() if is_plain else _conflicts(fact, key if is_key else None)),
    )


def _terms(key: PrimaryKey) -> list[str]:
    return [part.term for part in key.columns]


def _is_in_key(fact: Column, schema: Schema) -> bool:
    key = schema.objects.get(Ref("primary key", fact.ref.table, "primary key"))
    return isinstance(key, PrimaryKey) and fact.ref.name in _terms(key)


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
    return call("Computed", Words(_sql(fact.generated)), persisted)


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
    return call("text", Words(_sql(default) if bare else f"({_sql(default)})"))


def _conflicts(fact: Column, key: PrimaryKey | None) -> Iterator[Named]:
    if fact.not_null_conflict:
        yield Named("sqlite_on_conflict_not_null", Words(fact.not_null_conflict))
    if key and key.on_conflict:
        yield Named("sqlite_on_conflict_primary_key", Words(key.on_conflict))


def _rule(
    fact: Object, columns: Mapping[str, Column], wording: Wording, is_plain: bool
) -> Iterator[Call]:
    match fact:
        case PrimaryKey() if fact.name or not _in_order(fact, columns):
            name = Named("name", Words(fact.name)) if fact.name else None
            yield call(
                "PrimaryKeyConstraint", *_names(fact.columns, columns), name, *_conflict(fact)
            )
        case ForeignKey():
            yield from _key_of_several(fact, columns, wording)
        case Unique() if not is_plain:
            names = _names(fact.columns, columns)
            yield call("UniqueConstraint", *names, _name(fact), *_conflict(fact))
        case Check() if not is_plain:
            yield call(
                "CheckConstraint", Words(_sql(fact.expression)), _name(fact), *_conflict(fact)
            )
        case Index() if not is_plain:
            yield _index(fact, columns)


def _index(fact: Index, columns: Mapping[str, Column]) -> Call:
    where = fact.predicate
    return call(
        "Index",
        Words(fact.ref.shown),
        *(_index_key(part, columns) for part in fact.keys),
        Named("unique", Code("True")) if fact.unique else None,
        Named("sqlite_where", call("text", Words(_sql(where)))) if where else None,
    )


def _index_key(part: KeyPart, columns: Mapping[str, Column]) -> Words | Call:
    if not (part.is_expression or part.collation or part.descending) and part.term in columns:
        return Words(_shown(columns[part.term]))
    collate = f" COLLATE {part.collation.upper()}" if part.collation else ""
    text = one_line(part.text) + collate + (" DESC" if part.descending else "")
    return call("text", Words(_escaped(text)))


def _names(parts: Sequence[KeyPart], columns: Mapping[str, Column]) -> list[Words]:
    return [Words(_shown(columns[part.term])) for part in parts]


def _name(fact: Object) -> Named | None:
    return Named("name", Words(fact.ref.shown)) if fact.ref.shown else None


def _conflict(fact: PrimaryKey | Unique | Check) -> Iterator[Named]:
    if fact.on_conflict:
        yield Named("sqlite_on_conflict", Words(fact.on_conflict))


def _key_to(fact: ForeignKey, wording: Wording) -> Iterator[Call]:
    target = _target(fact, wording.schema)
    if target:
        yield call("ForeignKey", Words(target[0]), _name(fact), *_references(fact))


def _key_of_several(
    fact: ForeignKey, columns: Mapping[str, Column], wording: Wording
) -> Iterator[Call]:
    if target := _target(fact, wording.schema):
        names = [_shown(columns[name]) for name in fact.columns]
        yield call(
            "ForeignKeyConstraint", _list(names), _list(target), _name(fact), *_references(fact)
        )


def _target(fact: ForeignKey, schema: Schema) -> list[str]:
    """`table.column` of each; nothing where Core could not find them."""
    head = schema.objects.get(Ref("table", "", fact.target))
    names = [schema.objects.get(Ref("column", fact.target, one)) for one in targets(schema, fact)]
    if head is None or len(names) != len(fact.columns) or "." in _shown(head):
        return []
    found = [f"{_shown(head)}.{_shown(one)}" for one in names if one and "." not in _shown(one)]
    return found if len(found) == len(names) else []


def _references(fact: ForeignKey) -> Iterator[Named]:
    for name, value in (
        ("onupdate", fact.on_update),
        ("ondelete", fact.on_delete),
        ("match", fact.match),
        ("initially", "DEFERRED" if fact.deferrable == "deferred" else ""),
    ):
        if value:
            yield Named(name, Words(value))
    if fact.deferrable:
        yield Named("deferrable", Code("True"))


def _options(head: Table, key: PrimaryKey | None) -> Iterator[Named]:
    if key is not None and key.autoincrement:
        yield Named("sqlite_autoincrement", Code("True"))
    if head.without_rowid:
        yield Named("sqlite_with_rowid", Code("False"))
    if head.strict:
        yield Named("sqlite_strict", Code("True"))


def _commented(one: Call, about: tuple[Ref, ...], comments: Comments) -> list[str]:
    """Beside it, where there is room for all; else above it."""
    apart = [line for ref in about for group in comments.apart.get(ref, ()) for line in group]
    above = [line for ref in about for line in comments.above.get(ref, ())]
    beside = [line for ref in about for line in comments.beside.get(ref, ())]
    written = list(lines(one, 1, suffix=","))
    if len(beside) == 1 and len(written) == 1:
        whole = f"{written[0]}  # {plain(beside[0])}"
        written, beside = ([whole], []) if len(whole) <= WIDTH else (written, beside)
    return [*(text for line in (*apart, *above, *beside) for text in comment(line, 1)), *written]


def _list(names: Sequence[str]) -> Code:
    from sqlplumb.render.revision.python import string

    return Code(f"[{', '.join(map(string, names))}]")


def _quoted(head: Table) -> str:
    from sqlplumb.render.revision.python import string

    return string(_shown(head))


def _sql(expression: Expr) -> str:
    return _escaped(one_line(expression.text))


def _escaped(text: str) -> str:
    """SQLAlchemy would take `:word` for a parameter."""
    return re.sub(r"(?<![:\w]):(?=\w)", r"\\:", text)


def _shown(fact: Object) -> str:
    return fact.ref.shown or fact.ref.name
