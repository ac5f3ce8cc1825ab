"""What the keys of a table say about its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.render.picture.units import Unit
from sqlplumb.schema import Column, ForeignKey, Index, KeyPart, PrimaryKey, Unique


def unique_terms(facts: Iterable[Unique | Index]) -> Iterator[tuple[str, ...]]:
    """The columns that no two rows share."""
    for fact in facts:
        match fact:
            case Unique():
                yield terms(fact.columns)
            case Index(unique=True, predicate=None):
                if not any(key.is_expression for key in fact.keys):
                    yield terms(fact.keys)


def terms(parts: tuple[KeyPart, ...]) -> tuple[str, ...]:
    return tuple(part.term for part in parts)


def may_be_null(column: Column, unit: Unit) -> bool:
    """SQLite alone lets the columns of most primary keys be NULL."""
    is_rowid = any(
        key.rowid_alias and column.ref.name in terms(key.columns)
        for key in unit.beside(column, PrimaryKey)
    )
    return not column.not_null and not is_rowid


def actions(key: ForeignKey) -> str:
    said = (("on delete", key.on_delete), ("on update", key.on_update))
    return " ".join(f"{when} {what}".lower() for when, what in said if what)
