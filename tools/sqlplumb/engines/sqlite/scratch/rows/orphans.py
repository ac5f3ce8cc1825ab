"""Keep triggers and foreign keys from meddling with new rows, and take out rows without a parent.

A promised key may never come, and a key may lose its form in a column of another type: such rows
are taken out again. Rows that had no parent before stay.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes
from sqlplumb.engines.sqlite.scratch.rows.filling import target_columns
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape

Orphan = tuple[str, int | None]  # a table, and the number of a row in it if rows have one
_TRIGGERS = """
    SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name COLLATE nocase IN
        (SELECT name COLLATE nocase FROM sqlite_master WHERE type = 'table') ORDER BY rowid
"""


@contextmanager
def undisturbed(connection: sqlite3.Connection) -> Iterator[None]:
    """Set triggers and foreign keys aside; on an error, put the database back as it was."""
    with _without_foreign_keys(connection):
        connection.execute("SAVEPOINT plumb_fill")
        try:
            triggers = connection.execute(_TRIGGERS).fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER main.{in_quotes(name)}")
            yield
            for _, text in triggers:
                connection.execute(text)
        except BaseException:
            connection.execute("ROLLBACK TO plumb_fill")
            raise
        finally:
            connection.execute("RELEASE plumb_fill")


@contextmanager
def _without_foreign_keys(connection: sqlite3.Connection) -> Iterator[None]:
    enforced = connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    if enforced and connection.in_transaction:
        connection.execute("PRAGMA defer_foreign_keys = ON")
    elif enforced:
        connection.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        if enforced and not connection.in_transaction:
            connection.execute("PRAGMA foreign_keys = ON")


def find_orphans(connection: sqlite3.Connection, tables: Iterable[str]) -> set[Orphan]:
    """Return the rows without a parent. Where one key is at odds with its target SQLite checks
    none, so each table is asked for alone."""
    try:
        return _check_keys(connection, "PRAGMA foreign_key_check")
    except sqlite3.Error:
        orphans: set[Orphan] = set()
        for table in tables:
            with suppress(sqlite3.Error):
                orphans |= _check_keys(connection, f"PRAGMA foreign_key_check({in_quotes(table)})")
        return orphans


def _check_keys(connection: sqlite3.Connection, pragma: str) -> set[Orphan]:
    return {(fold(table), number) for table, number, *_ in connection.execute(pragma)}


def remove_orphans(
    connection: sqlite3.Connection, shapes: Mapping[str, Shape], old: set[Orphan]
) -> None:
    """Delete until no row is without a parent but the old ones; each deletion may make others.

    Raises sqlite3.IntegrityError where that cannot be reached, so that all is undone.
    """
    while new := find_orphans(connection, shapes) - old:
        before = connection.total_changes
        for table, number in sorted(new, key=repr):
            if table in shapes:
                with suppress(sqlite3.Error):
                    _delete(connection, shapes[table], number, shapes=shapes)
        if connection.total_changes == before:
            raise sqlite3.IntegrityError("rows refer to nothing and cannot be taken out")


def _delete(
    connection: sqlite3.Connection, shape: Shape, number: int | None, *, shapes: Mapping[str, Shape]
) -> None:
    """Delete a row by its number; where rows have none, all rows without a parent."""
    table, rowid = f"main.{in_quotes(shape.table)}", shape.alias or shape.rowid
    if number is not None and rowid:
        connection.execute(f"DELETE FROM {table} WHERE {in_quotes(rowid)} = ?", (number,))
        return
    for key in shape.references:
        columns = [f"{in_quotes(shape.table)}.{in_quotes(name)}" for name in key.columns]
        where = " AND ".join(f"{column} IS NOT NULL" for column in columns)
        if parent := shapes.get(fold(key.target)):
            targets = (f"parent.{in_quotes(name)}" for name in target_columns(key, parent))
            pairs = zip(targets, columns, strict=False)
            # A plus takes the affinity of a column away: that of the target decides, as in a key.
            same = " AND ".join(f"{target} = +{column}" for target, column in pairs)
            parents = f"main.{in_quotes(parent.table)} AS parent"
            where += f" AND NOT EXISTS (SELECT 1 FROM {parents} WHERE {same})"
        connection.execute(f"DELETE FROM {table} WHERE {where}")
