"""A database file that is about to be changed: its lock, its transaction, what is tidied after.

Foreign keys are off outside the transaction, as Alembic's batch mode and every rebuild need it; who
asks for the lock is told how long it takes. What a revision does is not known here.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlplumb.engines.held import Held
from sqlplumb.engines.sqlite import contents
from sqlplumb.engines.sqlite.backup import back_up, needs, sound
from sqlplumb.engines.sqlite.grammar.lexer import fold
from sqlplumb.engines.sqlite.live import failed
from sqlplumb.engines.sqlite.opening import opened_live
from sqlplumb.engines.sqlite.traceless import plain
from sqlplumb.errors import DatabaseFailed, Problem

_TURN = 0.2  # seconds that one attempt waits inside SQLite
_LONGEST = 1e6  # in milliseconds SQLite must still be able to count it
_WRITES = {
    sqlite3.SQLITE_INSERT: 0,
    sqlite3.SQLITE_UPDATE: 0,
    sqlite3.SQLITE_DELETE: 0,
    sqlite3.SQLITE_CREATE_TABLE: 0,
    sqlite3.SQLITE_DROP_TABLE: 0,
    sqlite3.SQLITE_ALTER_TABLE: 1,  # the database's name comes first
}


@contextmanager
def open_held(path: Path, label: str) -> Iterator[Held]:
    """Opened for writing, and not written."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    with told(label), closing(_connect(path)) as connection:
        alchemy = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with alchemy.connect():
            pass  # it asks its questions, and rolls back: not in our transaction
        yield Held(
            path,
            alchemy,
            partial(opened_live, connection, label),
            partial(_lock, connection, label, partial(_is_there_still, path, path.stat())),
            partial(_watched, connection),
            partial(contents.contents, connection),
            partial(contents.orphans, connection),
            partial(contents.counters, connection),
            partial(sound, connection, label),
            partial(needs, connection, path),
            partial(back_up, connection, path, label),
            partial(_commit, connection),
            partial(_roll_back, connection),
            partial(_tidy, connection),
        )


@contextmanager
def told(label: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, PermissionError) as error:
        raise failed(label, error) from error


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"file:{plain(path.resolve())}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_TURN)
    connection.execute("PRAGMA foreign_keys = OFF")
    return connection


def _is_there_still(path: Path, then: os.stat_result) -> bool:
    """Or has another file its name now? Then nobody would ever see what is written to this one."""
    try:
        return os.path.samestat(path.stat(), then)
    except FileNotFoundError:
        return False


def _lock(
    connection: sqlite3.Connection,
    label: str,
    is_there_still: Callable[[], bool],
    seconds: float,
    waiting: Callable[[float], None],
) -> float:
    """The write lock, now: at the first write it could be too late."""
    start, seconds = time.monotonic(), min(seconds, _LONGEST)
    connection.execute("PRAGMA legacy_alter_table = OFF")
    connection.execute("PRAGMA foreign_keys = OFF")
    while True:
        passed = time.monotonic() - start
        left = max(0.0, seconds - passed)
        connection.execute(f"PRAGMA busy_timeout = {int(min(left, _TURN) * 1000)}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        else:
            if not is_there_still():
                raise DatabaseFailed(_replaced(label))
            # Readers may hold up the COMMIT of a rollback journal.
            connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
            return time.monotonic() - start
        if left <= 0:
            raise DatabaseFailed(_locked(label, seconds))
        waiting(time.monotonic() - start)


def _locked(label: str, seconds: float) -> Problem:
    message = f"{label}: another process has held the write lock for more than {seconds:g} s"
    return Problem(message, "nothing was changed; end what writes, or wait longer with --wait")


def _replaced(label: str) -> Problem:
    message = f"{label}: another file has taken its place since it was looked at, or none"
    return Problem(message, "nothing was written to either; run it again for the one that is there")


@contextmanager
def _watched(connection: sqlite3.Connection) -> Iterator[set[str]]:
    """Tables that statements write, and not those that only triggers do."""
    written: set[str] = set()

    def authorize(
        action: int, first: str | None, second: str | None, base: str | None, source: str | None
    ) -> int:
        leaves = action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
        loads = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() == "load_extension"
        if leaves or loads or action == sqlite3.SQLITE_TRANSACTION:
            return sqlite3.SQLITE_DENY
        if action in _WRITES and source is None:
            written.add(fold((first, second)[_WRITES[action]] or ""))
        return sqlite3.SQLITE_OK

    connection.set_authorizer(authorize)
    try:
        yield written
    finally:
        connection.set_authorizer(None)
    if not connection.in_transaction:
        message = "the transaction was ended from inside, by a trigger or ON CONFLICT ROLLBACK"
        raise DatabaseFailed(Problem(message, "look at what the revision's statements wake"))


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("COMMIT")


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _tidy(connection: sqlite3.Connection) -> None:
    """What waits in the WAL goes into the file, and the planner's numbers are made new. Whoever
    reads meanwhile may hold it up; nothing depends on it."""
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA busy_timeout = 1000")
        connection.execute("PRAGMA optimize").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
