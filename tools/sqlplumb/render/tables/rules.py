"""What stands behind the columns: keys, CHECKs, indexes, each as a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.render.tables.layout import Call, Code, Named, Words, call
from sqlplumb.render.tables.references import key_of_several
from sqlplumb.render.tables.texts import one_line
from sqlplumb.render.tables.wording import conflict, escaped, named, shown, sql
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Schema,
    Unique,
)


def rule(
    fact: Object, columns: Mapping[str, Column], schema: Schema, is_plain: bool
) -> Iterator[Call]:
    """The call that says this, if it is one of those and, of a plain table, a key."""
    match fact:
        case PrimaryKey():
            name = Named("name", Words(fact.name)) if fact.name else None
            names = _names(fact.columns, columns)
            yield call("PrimaryKeyConstraint", *names, name, conflict(fact))
        case ForeignKey():
            yield from key_of_several(fact, columns, schema)
        case Unique() if not is_plain:
            names = _names(fact.columns, columns)
            yield call("UniqueConstraint", *names, named(fact), conflict(fact))
        case Check() if not is_plain:
            said = Words(sql(fact.expression))
            yield call("CheckConstraint", said, named(fact), conflict(fact))
        case Index() if not is_plain:
            yield _index(fact, columns)


def _index(fact: Index, columns: Mapping[str, Column]) -> Call:
    where = fact.predicate
    return call(
        "Index",
        Words(fact.ref.shown),
        *(_index_key(part, columns) for part in fact.keys),
        Named("unique", Code("True")) if fact.unique else None,
        Named("sqlite_where", call("text", Words(sql(where)))) if where else None,
    )


def _index_key(part: KeyPart, columns: Mapping[str, Column]) -> Words | Call:
    if not (part.is_expression or part.collation or part.descending) and part.term in columns:
        return Words(shown(columns[part.term]))
    collate = f" COLLATE {part.collation.upper()}" if part.collation else ""
    text = one_line(part.text) + collate + (" DESC" if part.descending else "")
    return call("text", Words(escaped(text)))


def _names(parts: Sequence[KeyPart], columns: Mapping[str, Column]) -> list[Words]:
    return [Words(shown(columns[part.term])) for part in parts]
