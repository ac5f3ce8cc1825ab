"""A database under the names that are to come: as temporary views, which lie in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, in_quotes
from sqlplumb.schema import Column

if TYPE_CHECKING:
    from sqlplumb.changes import Rename

ROWID = "_plumb_rowid"  # what a view calls the row number of its table


@contextmanager
def renamed(
    connection: sqlite3.Connection, renames: Sequence[Rename]
) -> Iterator[Mapping[str, str]]:
    """What each was called, of the tables that have another name or other columns."""
    tables, columns = former(renames)
    views = []
    try:
        for unit, names in columns.items():
            connection.execute(_view(connection, unit, tables.get(unit, unit), names))
            views.append(in_quotes(unit))
        yield {unit: tables.get(unit, unit) for unit in columns}
    finally:
        for view in views:
            connection.execute(f"DROP VIEW temp.{view}")


def former(renames: Sequence[Rename]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The name that a table had, and by its name of now the names that its columns get."""
    tables = {
        change.ref.name: change.current.ref.name for change in renames if not change.ref.table
    }
    columns: dict[str, dict[str, str]] = {unit: {} for unit in tables}
    for change in renames:
        if isinstance(change.current, Column):
            columns.setdefault(change.ref.table, {})[change.current.ref.name] = change.ref.name
    return tables, columns


def _view(connection: sqlite3.Connection, unit: str, source: str, names: Mapping[str, str]) -> str:
    info = connection.execute("SELECT name FROM pragma_table_xinfo(?, 'main')", (source,))
    own = [name for (name,) in info]
    said = [f"{in_quotes(name)} AS {in_quotes(names.get(fold(name), name))}" for name in own]
    query = "SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'"
    free = [name for name in ROWID_NAMES if name not in map(fold, own)]
    if free and connection.execute(query, (source,)).fetchone() == (0,):
        said.append(f"{free[0]} AS {ROWID}")
    select = f"SELECT {', '.join(said)} FROM main.{in_quotes(source)}"
    return f"CREATE TEMP VIEW {in_quotes(unit)} AS {select}"
