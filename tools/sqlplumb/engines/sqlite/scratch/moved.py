"""Hear which columns give their values to others, while statements run on an empty database.

SQLite's authorizer names the columns that a statement reads and what it writes; views are resolved.
Must never judge whether values may go.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from sqlplumb.engines.sqlite.parse.expressions import verb_and_names
from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes
from sqlplumb.engines.sqlite.parse.row_statements import table_renames
from sqlplumb.engines.sqlite.read.memory import keep_inside, scratch_for_code

_FILLS = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_CREATE_TABLE)
_WRITES = ("INSERT", "REPLACE", "UPDATE", "CREATE TABLE")
_Column = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What one statement does in the database itself: the tables that it makes or `fills`, the
    columns that it `sets`, and those that it `reads`, but for what triggers read."""

    triggers: frozenset[str]
    fills: set[str] = field(default_factory=set)
    sets: set[_Column] = field(default_factory=set)
    reads: set[_Column] = field(default_factory=set)

    def hear(self, action: int, *names: str | None) -> int:
        first, second, database, reader = (fold(name or "") for name in names)
        if database == "main" and reader not in self.triggers:
            if action in _FILLS and not first.startswith("sqlite_"):
                self.fills.add(first)
            elif action == sqlite3.SQLITE_UPDATE:
                self.sets.add((first, second))
            elif action == sqlite3.SQLITE_READ:
                self.reads.add((first, second))
        return sqlite3.SQLITE_OK


def moved_columns(script: str, statements: Sequence[str]) -> Iterator[_Column]:
    """Yield the columns, by the names that the script gives their tables. Of a statement that
    cannot run here each name is yielded, without a table: rather one too many."""
    renames = [dict(table_renames([statement])) for statement in statements]
    former: dict[str, str] = {}
    with closing(scratch_for_code()) as connection:
        connection.executescript(script)
        for number, statement in enumerate(statements):
            heard = _Heard(triggers=_triggers(connection))
            keep_inside(connection, heard.hear)
            try:
                connection.execute(statement)
            except (sqlite3.Error, sqlite3.Warning):
                verb, names = verb_and_names(statement)
                yield from (("", name) for name in names if verb in _WRITES)
                continue
            finally:
                keep_inside(connection)
            for table, name in renames[number].items():
                former[name] = former.pop(table, table)
            coming = {table: name for later in renames[number:] for table, name in later.items()}
            filled = {(coming.get(table, table), table) for table in heard.fills}
            for table, column in _sources(heard):
                origin = former.get(table, table)
                copies = (made for name, made in filled if name == origin)
                if not any(column in _columns(connection, made) for made in copies):
                    yield origin, column


def _sources(heard: _Heard) -> Iterator[_Column]:
    """A column that is set from itself alone gives nothing away."""
    if heard.fills or heard.sets:
        yield from (column for column in heard.reads if heard.sets != {column})


def _triggers(connection: sqlite3.Connection) -> frozenset[str]:
    query = "SELECT lower(name) FROM sqlite_master WHERE type = 'trigger'"
    return frozenset(name for (name,) in connection.execute(query))


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    rows = connection.execute(f"PRAGMA table_xinfo({in_quotes(table)})")
    return {fold(row[1]) for row in rows}
