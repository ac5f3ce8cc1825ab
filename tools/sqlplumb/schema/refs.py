"""Identity: which object is meant. Owns `Ref` and its one spelling as a string."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "table",
    "column",
    "primary key",
    "unique",
    "foreign key",
    "check",
    "index",
    "view",
    "trigger",
    "virtual table",
]

# These live inside their table's own CREATE statement and come and go with it.
INLINE_KINDS: frozenset[Kind] = frozenset(
    ("column", "primary key", "unique", "foreign key", "check")
)


@dataclass(frozen=True, slots=True)
class Ref:
    """The address of one object: `tasks`, `tasks.priority`, `idx_tasks_status`.

    `table` and `name` are folded as the engine folds names, so that they compare; `shown` is the
    author's spelling. An index or a trigger has a name of its own in the whole schema, yet belongs
    to a table: `table` says which.
    """

    kind: Kind
    table: str
    name: str
    shown: str = field(default="", compare=False)

    @property
    def inline(self) -> bool:
        return self.kind in INLINE_KINDS

    @property
    def unit(self) -> str:
        """The table, view or virtual table that this object belongs to, or is."""
        return self.table if self.inline or self.kind in ("index", "trigger") else self.name

    def __str__(self) -> str:
        name = _quoted(self.shown or self.name)
        return f"{_quoted(self.table)}.{name}" if self.inline else name


def _quoted(name: str) -> str:
    """A dot separates, so a name with a dot or a quote in it is quoted."""
    return '"' + name.replace('"', '""') + '"' if "." in name or '"' in name else name
