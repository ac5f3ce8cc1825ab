"""The facts of one schema, gathered by table and view: what a step looks at together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlplumb.schema import (
    Column,
    Index,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Trigger,
    View,
    VirtualTable,
)

Head = Table | View | VirtualTable


@dataclass(slots=True)
class Unit:
    """A table or a view with all that is inside it and hangs on it."""

    head: Head | None = None
    inside: dict[Ref, Object] = field(default_factory=dict)
    indexes: dict[Ref, Index] = field(default_factory=dict)
    triggers: dict[Ref, Trigger] = field(default_factory=dict)
    schema: Schema | None = None  # that it is part of

    @property
    def columns(self) -> list[Column]:
        found = [fact for fact in self.inside.values() if isinstance(fact, Column)]
        return sorted(found, key=lambda column: column.position)

    def column(self, name: str) -> Column | None:
        found = self.inside.get(Ref("column", self.name, name))
        return found if isinstance(found, Column) else None

    @property
    def primary_key(self) -> PrimaryKey | None:
        found = self.inside.get(Ref("primary key", self.name, "primary key"))
        return found if isinstance(found, PrimaryKey) else None

    @property
    def rowid_alias(self) -> str:
        """The column that is the rowid, if one is."""
        key = self.primary_key
        return key.columns[0].term if key and key.rowid_alias else ""

    @property
    def name(self) -> str:
        return self.head.ref.name if self.head else ""

    @property
    def shown(self) -> str:
        """As the author writes it."""
        return (self.head.ref.shown or self.head.ref.name) if self.head else ""

    @property
    def has_rowid(self) -> bool:
        return isinstance(self.head, Table) and not self.head.without_rowid

    @property
    def dependents(self) -> tuple[Index | Trigger, ...]:
        return (*self.indexes.values(), *self.triggers.values())


def units(schema: Schema) -> Mapping[str, Unit]:
    found: dict[str, Unit] = {}
    for ref, fact in schema.objects.items():
        unit = found.setdefault(ref.unit, Unit(schema=schema))
        match fact:
            case Table() | View() | VirtualTable():
                unit.head = fact
            case Index():
                unit.indexes[ref] = fact
            case Trigger():
                unit.triggers[ref] = fact
            case _:
                unit.inside[ref] = fact
    return found
