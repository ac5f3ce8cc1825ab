"""A schema gathered by table: what a rule for schemas is given to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
    Unique,
    View,
)


@dataclass(slots=True)
class TableLayout:
    """One table with all that is inside it and hangs on it, in the order of the schema."""

    table: Table
    columns: dict[str, Column] = field(default_factory=dict)
    primary_key: PrimaryKey | None = None
    uniques: list[Unique] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.table.ref.name

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(part.term for part in self.primary_key.columns) if self.primary_key else ()

    @property
    def columns_that_hold(self) -> frozenset[str]:
        """The columns that are never NULL: by their own word, or as the row's number."""
        numbered = self.key if self.primary_key and self.primary_key.rowid_alias else ()
        return frozenset((*numbered, *(name for name, one in self.columns.items() if one.not_null)))


@dataclass(frozen=True, slots=True)
class Layout:
    schema: Schema
    tables: Mapping[str, TableLayout]
    views: tuple[View, ...] = ()
    triggers: tuple[Trigger, ...] = ()


def layout(schema: Schema) -> Layout:
    facts = schema.objects.values()
    tables = {fact.ref.name: TableLayout(fact) for fact in facts if isinstance(fact, Table)}
    for fact in facts:
        if inside := tables.get(fact.ref.table):
            _put(fact, inside)
    views = tuple(fact for fact in facts if isinstance(fact, View))
    return Layout(schema, tables, views, tuple(f for f in facts if isinstance(f, Trigger)))


def _put(fact: object, inside: TableLayout) -> None:
    match fact:
        case Column():
            inside.columns[fact.ref.name] = fact
        case PrimaryKey():
            inside.primary_key = fact
        case Unique():
            inside.uniques.append(fact)
        case ForeignKey():
            inside.foreign_keys.append(fact)
        case Check():
            inside.checks.append(fact)
        case Index():
            inside.indexes.append(fact)
        case _:
            return
