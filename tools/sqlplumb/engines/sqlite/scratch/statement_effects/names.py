"""What the tables of a migration were called before its first statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from sqlplumb.engines.sqlite.parse.cursor import Cursor, Unreadable
from sqlplumb.engines.sqlite.parse.lexer import fold


@dataclass(slots=True)
class Names:
    """What each table was called before the first statement: nothing, if it was not there and no
    other table's rows are in it. `copied` are those whose rows are in another one now; `renames`
    are all that are to come, by which a table made anew is told from one that is only filled."""

    renames: frozenset[tuple[str, str]]
    former: dict[str, str] = field(default_factory=dict)
    copied: set[str] = field(default_factory=set)

    def of(self, table: str) -> str:
        return self.former.get(fold(table), fold(table))

    def is_anew(self, table: str, source: str) -> bool:
        """Is this the one table made of the other's rows, to stand in its place?"""
        if self.former.get(fold(table)) != "":
            return False
        return fold(table) == self.of(source) or (fold(table), fold(source)) in self.renames


def renames(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        with suppress(Unreadable):
            cursor = Cursor(statement)
            if cursor.accept("ALTER", "TABLE"):
                table = table_name(cursor)
                if cursor.accept("RENAME", "TO"):
                    yield fold(table), fold(cursor.name())


def table_name(cursor: Cursor) -> str:
    name = cursor.name()
    return cursor.name() if cursor.accept(".") else name
