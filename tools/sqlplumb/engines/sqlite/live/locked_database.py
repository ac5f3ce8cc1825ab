"""A database file that is about to be changed: its lock, its transaction, what is tidied after.

Foreign keys are off outside the transaction, as Alembic's batch mode and every rebuild need it; who
asks for the lock is told how long it takes. What a revision does is not known here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from sqlplumb.engines.location import Location
from sqlplumb.engines.locked import (
    Content,
    Copy,
    Heard,
    LockedDatabase,
    Moved,
    Need,
    Patience,
    RowsOf,
    Watched,
)
from sqlplumb.engines.sqlite.live import contents
from sqlplumb.engines.sqlite.live.backup import back_up, bytes_of, needs, size_of, sound
from sqlplumb.engines.sqlite.live.database import failed
from sqlplumb.engines.sqlite.live.opening import SQLiteDatabase
from sqlplumb.engines.sqlite.live.statement_rows import rows_counted
from sqlplumb.engines.sqlite.live.write_lock import MOST_IN_MEMORY, WriteLock, connect
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.errors import DatabaseFailed, Problem
from sqlplumb.progress import is_watched

_WRITES = {
    sqlite3.SQLITE_INSERT: 0,
    sqlite3.SQLITE_UPDATE: 0,
    sqlite3.SQLITE_DELETE: 0,
    sqlite3.SQLITE_CREATE_TABLE: 0,
    sqlite3.SQLITE_DROP_TABLE: 0,
    sqlite3.SQLITE_ALTER_TABLE: 1,  # the database's name comes first
}

_ANALYSED = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"


@contextmanager
def open_locked(location: Location) -> Iterator[SQLiteLockedDatabase]:
    """Open it for writing, and write nothing. An exception rolls back what is not committed."""
    with errors_as_problems(location.label), closing(connect(location.path)) as connection:
        database = SQLiteLockedDatabase(location, connection)
        try:
            yield database
        finally:
            database.roll_back()


class SQLiteLockedDatabase(LockedDatabase):
    def __init__(self, location: Location, connection: sqlite3.Connection) -> None:
        self.location, self.label, self.connection = location, location.label, connection
        self.alchemy = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with self.alchemy.connect():
            pass  # it asks its questions, and rolls back: not in our transaction
        self._lock = WriteLock(connection=connection, path=location.path, label=location.label)

    def read(self) -> SQLiteDatabase:
        engine = self.location.engine
        live = SQLiteDatabase(engine, label=self.label, connection=self.connection)
        live.leave_out(self.location.ignored)
        return live

    def lock(self, patience: Patience, anew: Collection[str]) -> None:
        self._lock.take(patience, partial(self._bytes_anew, anew))

    def _bytes_anew(self, tables: Collection[str]) -> int:
        """Return the bytes of these tables; 0 where even all of it would fit into memory."""
        size = size_of(self.connection)
        return bytes_of(self.connection, tables, size) if size > MOST_IN_MEMORY and tables else 0

    @contextmanager
    def watch(self, hear: Heard | None = None, rows_of: RowsOf | None = None) -> Iterator[Watched]:
        """SQLite asks before it compiles what writes a table, whoever wants it."""
        watched = Watched()

        def authorize(
            action: int, first: str | None, second: str | None, base: str | None, source: str | None
        ) -> int:
            leaves = action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
            loads = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() == "load_extension"
            if leaves or loads or action == sqlite3.SQLITE_TRANSACTION:
                return sqlite3.SQLITE_DENY
            if action in _WRITES:
                table = fold((first, second)[_WRITES[action]] or "")
                if table != "sqlite_master":  # the catalog, which every CREATE writes
                    (watched.woken if source else watched.written).add(table)
            return sqlite3.SQLITE_OK

        self.connection.set_authorizer(authorize)
        if hear:
            self.connection.set_trace_callback(hear)
        counting = None
        if rows_of and is_watched():
            counting = rows_counted(self.connection, self.alchemy, rows_of)
        try:
            with counting or nullcontext():
                yield watched
        finally:
            if hear:
                self.connection.set_trace_callback(None)
            self.connection.set_authorizer(None)
        if not self.connection.in_transaction:
            message = "the transaction was ended from inside, by a trigger or ON CONFLICT ROLLBACK"
            raise DatabaseFailed(Problem(message, "look at what the revision's statements wake"))

    def contents(
        self, counted: Collection[str], hashed: Collection[str] | None
    ) -> Mapping[str, Content]:
        return contents.contents(self.connection, counted, hashed)

    def written_by_triggers(self) -> Collection[str]:
        return contents.reached(self.connection)

    def orphans(self) -> Mapping[Any, int]:
        return contents.orphans(self.connection)

    def counters(self) -> Mapping[str, int]:
        return contents.counters(self.connection)

    def verify(self) -> None:
        sound(self.connection, self.label)

    def needs(self, anew: Collection[str], backup: Path | None) -> tuple[Need, ...]:
        return needs(self.connection, path=self.location.path, anew=anew, backup=backup)

    def back_up(self, goal: Path, moved: Moved | None = None) -> Copy:
        made: list[Copy] = []

        def copy(reader: sqlite3.Connection | None) -> None:
            made.append(
                back_up(
                    self.connection,
                    path=self.location.path,
                    label=self.label,
                    goal=goal,
                    reader=reader,
                    moved=moved,
                )
            )

        self._lock.copied(copy)
        return made[0]

    def commit(self) -> None:
        self._lock.commit()

    def roll_back(self) -> None:
        self._lock.roll_back()

    @property
    def locked_seconds(self) -> float:
        return self._lock.seconds

    def tidy(self) -> None:
        """What waits in the WAL goes into the file, and the planner's numbers are made new where
        somebody has made some: they change how queries run. Whoever reads meanwhile may hold it
        up."""
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA busy_timeout = 1000")
            if self.connection.execute(_ANALYSED).fetchone():
                self.connection.execute("PRAGMA optimize").fetchall()
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def recover(location: Location, patience: Patience) -> None:
    """SQLite rolls back what a killed process left half written, as soon as somebody who may write
    asks for the lock."""
    with errors_as_problems(location.label), closing(connect(location.path)) as connection:
        lock = WriteLock(connection=connection, path=location.path, label=location.label)
        lock.take(patience)
        lock.roll_back()


@contextmanager
def errors_as_problems(label: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, PermissionError) as error:
        raise failed(label, error) from error
