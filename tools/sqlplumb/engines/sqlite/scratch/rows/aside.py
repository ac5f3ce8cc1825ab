"""What would meddle with rows that are put in: triggers and enforced foreign keys, set aside.

Triggers come back in their own words and in their order, the pragma as it was; in a transaction of
the caller's the pragma cannot change, and is put off instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlplumb.engines.sqlite.parse.lexer import in_quotes

_TRIGGERS = """
    SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name COLLATE nocase IN
        (SELECT name COLLATE nocase FROM sqlite_master WHERE type = 'table') ORDER BY rowid
"""


@contextmanager
def undisturbed(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: where something goes wrong, the database is as it was."""
    with _foreign_keys_aside(connection):
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
def _foreign_keys_aside(connection: sqlite3.Connection) -> Iterator[None]:
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
