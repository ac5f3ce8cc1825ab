"""Hear from SQLite which tables and columns statements touch, while it prepares them: names are
resolved, and what views read, triggers do and foreign keys cascade to is among them.

An authorizer is told; it is asked by whoever listens. Must never run a statement.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from sqlplumb.engines.sqlite.parse.lexer import fold

_WRITES = frozenset(
    (
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_VTABLE,
    )
)


@dataclass(slots=True, eq=False, kw_only=True)
class Listener:
    """What was touched so far, by folded names. `columns` are those that are read or set; of those
    that are read, `by` has the view, trigger or subquery that does it, or nothing."""

    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)
    by: set[tuple[str, str, str]] = field(default_factory=set)

    def hear(
        self,
        action: int,
        first: str | None,
        second: str | None,
        database: str | None = None,
        reader: str | None = None,
    ) -> int:
        """Allow everything."""
        if action == sqlite3.SQLITE_ALTER_TABLE and second:
            self.written.add(fold(second))
        elif action == sqlite3.SQLITE_CREATE_INDEX and second:
            self.read.add(fold(second))
        elif first and action in _WRITES:
            self.written.add(fold(first))
            if action == sqlite3.SQLITE_UPDATE and second:
                self.columns.add((fold(first), fold(second)))
        elif first and action == sqlite3.SQLITE_READ:
            self.read.add(fold(first))
            if second:
                self.columns.add((fold(first), fold(second)))
                self.by.add((fold(first), fold(second), fold(reader or "")))
        return sqlite3.SQLITE_OK
