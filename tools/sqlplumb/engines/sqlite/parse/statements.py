"""The statements of a schema, each in the form in which SQLite stores it.

SQLite stores a statement as a plain head (`CREATE TABLE `) and the author's own words from the name
on. That stored form is what everything else reads, wherever the statement comes from, so the same
words are the same text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.places import Place

StatementKind = Literal["table", "virtual table", "index", "view", "trigger"]

_STORED: dict[str, StatementKind] = {
    "table": "table",
    "index": "index",
    "view": "view",
    "trigger": "trigger",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One CREATE statement. Its name stands at `place` in its file, and at `head` in its text;
    `lenient` is IF NOT EXISTS; `comments` stand above it, and behind it on its last line."""

    kind: StatementKind
    name: str
    table: str
    text: str
    place: Place | None = None
    head: int = 0
    lenient: bool = False
    comments: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Triggers have names of their own; everything else shares one set of names."""
        return ("trigger" if self.kind == "trigger" else "", fold(self.name))

    @property
    def unit(self) -> str:
        """The table or view that this statement makes or belongs to."""
        return fold(self.table if self.is_dependent else self.name)

    @property
    def is_dependent(self) -> bool:
        """Does it hang on a table or a view? The name of that may be empty."""
        return self.kind in ("index", "trigger")

    def place_at(self, offset: int) -> Place | None:
        """Where in the file this offset of the text stands."""
        if self.place is None:
            return None
        lines = self.text.count("\n", self.head, max(offset, self.head))
        if lines:
            column = offset - self.text.rfind("\n", 0, offset)
            return Place(self.place.file, self.place.line + lines, column)
        column = self.place.column + max(offset - self.head, 0)
        return Place(self.place.file, self.place.line, column)


# What belongs together: a table with its indexes and triggers, a view with its triggers.
Unit = tuple[Statement, ...]


def units(statements: Iterable[Statement]) -> dict[str, Unit]:
    """By name, each with the table or view first."""
    found: dict[str, list[Statement]] = {}
    for statement in statements:
        found.setdefault(statement.unit, []).append(statement)
    return {
        name: tuple(sorted(unit, key=attrgetter("is_dependent"))) for name, unit in found.items()
    }


def quoted_in_bodies(units: Iterable[Unit]) -> bool:
    """Does a view or trigger say `"x"`, which is a name only if something is called so?"""
    return any(
        '"' in statement.text
        for unit in units
        for statement in unit
        if statement.kind in ("view", "trigger")
    )


def stored(kind: str, name: str, table: str, sql: str) -> Statement:
    """A row of sqlite_master."""
    known = "virtual table" if sql[:14].upper() == "CREATE VIRTUAL" else _STORED[kind]
    owner = table if known in ("index", "trigger") else ""
    return Statement(kind=known, name=name, table=owner, text=sql.rstrip(" \t\n\f\r;"))
