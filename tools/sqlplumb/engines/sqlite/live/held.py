"""A database file that is about to be changed: its lock, its transaction, what is tidied after.

Foreign keys are off outside the transaction, as Alembic's batch mode and every rebuild need it; who
asks for the lock is told how long it takes. What a revision does is not known here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlplumb.engines.held import Copy, Heard, Held, Moved, Patience, Watched
from sqlplumb.engines.location import Location
from sqlplumb.engines.sqlite.live import contents
from sqlplumb.engines.sqlite.live.backup import back_up, bytes_of, needs, size_of, sound
from sqlplumb.engines.sqlite.live.database import failed
from sqlplumb.engines.sqlite.live.locked import MOST_IN_MEMORY, WriteLock, connect
from sqlplumb.engines.sqlite.live.opening import SQLiteDatabase
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.errors import DatabaseFailed, Problem

_WRITES = {
    sqlite3.SQLITE_INSERT: 0,
    sqlite3.SQLITE_UPDATE: 0,
    sqlite3.SQLITE_DELETE: 0,
    sqlite3.SQLITE_CREATE_TABLE: 0,
    sqlite3.SQLITE_DROP_TABLE: 0,
    sqlite3.SQLITE_ALTER_TABLE: 1,  # the database's name comes first
}


@contextmanager
def open_held(location: Location) -> Iterator[Held]:
    """Source for writing, and not written."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine, path, label = location.engine, location.path, location.label
    with told(label), closing(connect(path)) as connection:
        alchemy = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with alchemy.connect():
            pass  # it asks its questions, and rolls back: not in our transaction
        lock = WriteLock(connection, path, label)

        def take(patience: Patience, anew: Collection[str]) -> None:
            lock.take(patience, partial(_bytes_anew, connection, anew))

        yield Held(
            path,
            alchemy,
            partial(SQLiteDatabase, engine, label=label, connection=connection),
            take,
            partial(_watched, connection),
            partial(contents.contents, connection),
            partial(contents.reached, connection),
            partial(contents.orphans, connection),
            partial(contents.counters, connection),
            partial(sound, connection, label),
            partial(needs, connection, path),
            partial(_back_up, lock),
            lock.commit,
            lock.roll_back,
            lambda: lock.seconds,
            partial(_tidy, connection),
        )


def recover(location: Location, patience: Patience) -> None:
    """SQLite rolls back what a killed process left half written, as soon as somebody who may write
    asks for the lock."""
    with told(location.label), closing(connect(location.path)) as connection:
        lock = WriteLock(connection, location.path, location.label)
        lock.take(patience)
        lock.roll_back()


@contextmanager
def told(label: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, PermissionError) as error:
        raise failed(label, error) from error


def _bytes_anew(connection: sqlite3.Connection, tables: Collection[str]) -> int:
    """Nothing is weighed where even all of it would fit."""
    size = size_of(connection)
    return bytes_of(connection, tables, size) if size > MOST_IN_MEMORY and tables else 0


def _back_up(lock: WriteLock, goal: Path, moved: Moved | None) -> Copy:
    made: list[Copy] = []

    def copy(reader: sqlite3.Connection | None) -> None:
        made.append(back_up(lock.connection, lock.path, lock.label, goal, reader, moved))

    lock.copied(copy)
    return made[0]


@contextmanager
def _watched(connection: sqlite3.Connection, hear: Heard | None = None) -> Iterator[Watched]:
    """SQLite asks before it compiles what writes a table, whoever wants it."""
    found = Watched()

    def authorize(
        action: int, first: str | None, second: str | None, base: str | None, source: str | None
    ) -> int:
        leaves = action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
        loads = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() == "load_extension"
        if leaves or loads or action == sqlite3.SQLITE_TRANSACTION:
            return sqlite3.SQLITE_DENY
        if action in _WRITES:
            table = fold((first, second)[_WRITES[action]] or "")
            (found.woken if source else found.written).add(table)
        return sqlite3.SQLITE_OK

    connection.set_authorizer(authorize)
    if hear:
        connection.set_trace_callback(hear)
    try:
        yield found
    finally:
        if hear:
            connection.set_trace_callback(None)
        connection.set_authorizer(None)
    if not connection.in_transaction:
        message = "the transaction was ended from inside, by a trigger or ON CONFLICT ROLLBACK"
        raise DatabaseFailed(Problem(message, "look at what the revision's statements wake"))


def _tidy(connection: sqlite3.Connection) -> None:
    """What waits in the WAL goes into the file, and the planner's numbers are made new. Whoever
    reads meanwhile may hold it up; nothing depends on it."""
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA busy_timeout = 1000")
        connection.execute("PRAGMA optimize").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
