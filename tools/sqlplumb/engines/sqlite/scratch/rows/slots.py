"""What can be chosen apart when a row is made up: one column, or all columns of a foreign key.

A choice sets some columns. Where two choices set one column the later slot counts: what a foreign
key needs stands above what a column's own type would have. Slots change while rows are searched
for, and nothing else here does; they know no constraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlplumb.engines.sqlite.scratch.rows.expressions import Columns
from sqlplumb.engines.sqlite.scratch.rows.values import Value


@dataclass(frozen=True, slots=True)
class Own:
    """The value that this row has in another column: it refers to itself."""

    column: str


Choice = Mapping[str, Value | Own]


@dataclass(slots=True, eq=False)
class Slot:
    pool: list[Choice]
    at: int = 0
    grows: Choice = field(default_factory=dict)  # how to refer to a row that was put in

    @property
    def choice(self) -> Choice:
        return self.pool[self.at]

    def plan(self, number: int, many: int) -> None:
        """Of the first `many` choices one for each row; the search moves on from there."""
        self.at = number % min(len(self.pool), many) if self.pool else 0

    def refuse(self) -> None:
        """This choice will never do; the next one takes its place."""
        del self.pool[self.at]
        self.at = self.at % len(self.pool) if self.pool else 0

    def return_to(self, choice: Choice) -> None:
        self.at = self.pool.index(choice) if choice in self.pool else 0

    def grow(self, row: Mapping[str, Value]) -> None:
        known = {name: _resolved(row, value) for name, value in self.grows.items()}
        if known and None not in known.values():
            self.pool.insert(1, known)


def row_of(slots: Iterable[Slot]) -> dict[str, Value]:
    row: dict[str, Value | Own] = {}
    for slot in slots:
        row |= slot.choice
    return {name: _resolved(row, value) for name, value in row.items()}


def _resolved(row: Choice, value: Value | Own) -> Value:
    if isinstance(value, Own):
        value = row.get(value.column)
    return None if isinstance(value, Own) else value


def setting(slots: Sequence[Slot], columns: Columns) -> list[Slot]:
    """Whose choices these columns have their values from."""
    setters = {name: slot for slot in slots for name in slot.choice}
    return list(dict.fromkeys(slot for name, slot in setters.items() if name in columns))
