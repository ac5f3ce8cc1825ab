"""A database file that is in use, opened so that nothing of ours can reach it.

Reading must leave no trace: no lock that another process would wait for, no byte, no file beside
it. Everything is read in one transaction, so that it is one moment's schema. A WAL database that
nobody has open has no locks: whoever writes to it meanwhile is seen by the file's own stamp.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from sqlplumb.engines.source import RefusedRows, Weight
from sqlplumb.engines.sqlite.limited import Limited
from sqlplumb.engines.sqlite.live.read_only import Stamp, connect, stamp_at_rest, stamp_of
from sqlplumb.engines.sqlite.parse.lexer import in_quotes
from sqlplumb.engines.sqlite.read.catalog import any_text, renamed
from sqlplumb.engines.sqlite.read.memory import SQLiteSnapshot
from sqlplumb.errors import (
    ChangedMeanwhile,
    DatabaseFailed,
    HalfWritten,
    PlumbError,
    Problem,
    shortened,
)
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.changes import Rename
    from sqlplumb.steps import RowCheck

P = ParamSpec("P")
T = TypeVar("T")

_LOOKS = 10  # at a file that somebody opens and closes all the time
_CACHE = -65536  # KiB, so that a schema that was read once is not read again
_FIRST = 5
_ROLLBACK_MARK = b"\x01\x01"  # bytes 18 and 19 of a database without a WAL
_WIDEST = 60
_LONGEST = 1e6  # seconds that SQLite can still count

_APPLICATION = (
    "only the application has it, and nothing stands in on a live database: let the application"
    " run this, by `alembic upgrade` and an env.py that adds it to the connection"
)
_ADVICE = (
    ("no such collation sequence", _APPLICATION),
    ("unknown function", _APPLICATION),
    ("no such function", _APPLICATION),
    ("locked", "another process holds it; nothing was changed. Try again when that is done"),
    ("not a database", "this file is no SQLite database, or it is encrypted"),
    ("malformed", "the file is damaged: look at it with `PRAGMA integrity_check`"),
    ("write a readonly", "can this user write the file and its folder? Nothing was changed"),
    ("readonly", "can this user write the folder, where the -shm file of a WAL must be made?"),
    ("full", "make room on the disk and run it again; nothing was changed"),
    ("unable to open", "can this user read the file and its folder?"),
    ("Permission denied", "can this user read the file and its folder?"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """`stamp` is of a file without locks, as it was before anything was read."""

    connection: sqlite3.Connection
    path: Path
    label: str
    stamp: Stamp | None

    def check(self) -> None:
        """Has anybody written to it since?"""
        if self.stamp and stamp_of(self.path) != self.stamp:
            message = f"{self.label}: another process wrote to it while it was read"
            advice = "nothing was changed and nothing may be concluded; run it again"
            raise ChangedMeanwhile(Problem(message, advice))

    def checked(self, read: Callable[P, T]) -> Callable[P, T]:
        """What is read from the file later than the schema must be of the same moment."""

        def checked(*args: P.args, **named: P.kwargs) -> T:
            result = read(*args, **named)
            self.check()
            return result

        return checked


@contextmanager
def open_live(path: Path, label: str, wait: float | None = None) -> Iterator[Live]:
    """Open the database at this path, read-only, in one read transaction."""
    if not path.is_file():
        what = "is a folder, not a database" if path.is_dir() else "does not exist"
        raise DatabaseFailed(Problem(f"{label}: {path} {what}", "look at the path in the URL"))
    try:
        live = _at_one_moment(path.resolve(), label, wait and min(wait, _LONGEST))
        with closing(live.connection):
            try:
                yield live
            except (sqlite3.DatabaseError, PlumbError):  # what was refused may be of two moments
                live.check()
                raise
    except (sqlite3.DatabaseError, PermissionError) as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
            message = (
                f"{label}: a process was killed while it wrote: what its journal holds must be"
                " rolled back first, which only what may write can do"
            )
            client = f"sqlite3 {quote(str(path))} 'PRAGMA schema_version'"
            advice = f"`sqlplumb apply {quote(label)}` does it, or `{client}`"
            raise HalfWritten(Problem(message, advice)) from error
        raise failed(label, error) from error


def _at_one_moment(path: Path, label: str, wait: float | None) -> Live:
    """Open it and begin to read.

    Whoever else opens it meanwhile brings locks along: then it is read under them.
    """
    for again in reversed(range(_LOOKS)):
        stamp = stamp_at_rest(path)
        connection = connect(path, wait, factory=Limited, at_rest=stamp is not None)
        live = Live(connection=connection, path=path, label=label, stamp=stamp)
        try:
            try:
                _begin(connection)
            except sqlite3.DatabaseError:
                live.check()
                raise
            live.check()
        except BaseException as error:
            connection.close()
            if again and isinstance(error, ChangedMeanwhile):
                continue
            raise
        return live
    raise AssertionError


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to read; the schema is in the cache from here on."""
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = {_CACHE}")
    connection.execute("BEGIN")
    connection.execute("SELECT sum(length(sql)) FROM sqlite_master").fetchone()


def failed(label: str, error: Exception) -> DatabaseFailed:
    """Return SQLite's complaint about a file, with what to do now."""
    advice = next((advice for word, advice in _ADVICE if word in str(error)), "")
    return DatabaseFailed(Problem(f"{label}: {error}", advice))


def versions(connection: sqlite3.Connection, table: str) -> tuple[str, ...] | None:
    """Return the revisions that Alembic's own table names; None where there is no such table."""
    is_there = "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND lower(name) = ?"
    if not connection.execute(is_there, (table,)).fetchone():
        return None
    rows = connection.execute(f"SELECT version_num FROM main.{in_quotes(table)} ORDER BY 1")
    return tuple(str(name) for (name,) in rows)


def weigh(connection: sqlite3.Connection, table: str) -> Weight | None:
    """Return how much a table holds; None for what is no table of this database."""
    is_there = "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND lower(name) = ?"
    if not connection.execute(is_there, (table,)).fetchone():
        return None
    (rows,) = connection.execute(f"SELECT count(*) FROM main.{in_quotes(table)}").fetchone()
    try:
        query = "SELECT sum(pgsize) FROM dbstat WHERE lower(name) = ? AND aggregate"
        (size,) = connection.execute(query, (table,)).fetchone()
    except sqlite3.OperationalError:  # not every SQLite is built with it
        size = 0
    return Weight(rows, size or 0)


def snapshot(connection: sqlite3.Connection, most: int) -> SQLiteSnapshot | None:
    """Return the whole database without a WAL, for a scratch; None where it is larger."""
    (size,) = connection.execute(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    ).fetchone()
    if size > most:
        return None
    if not size:
        return SQLiteSnapshot(b"")
    file = bytearray(connection.serialize())
    file[18:20] = _ROLLBACK_MARK
    return SQLiteSnapshot(bytes(file))


def waits(connection: sqlite3.Connection) -> str:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "wal":
        return "writers wait until the commit; readers do not (the database is in WAL mode)"
    return f"writers wait until the commit, and readers while it happens ({mode} journal)"


def count_refused(
    connection: sqlite3.Connection, row_check: RowCheck, renames: Sequence[Rename] = ()
) -> RefusedRows:
    """Count the rows of this database that a new rule would refuse."""
    rows = f"FROM {in_quotes(row_check.table)} WHERE {row_check.where}"
    values: list[str] = []
    try:
        with renamed(connection, renames):
            (count,) = connection.execute(f"SELECT count(*) {rows}").fetchone()
            query = f"SELECT DISTINCT {row_check.shows} {rows} LIMIT {_FIRST}"
            with any_text(connection):
                for row in connection.execute(query).fetchall() if count else ():
                    words = ("NULL" if value is None else repr(value) for value in row)
                    values.append(", ".join(shortened(word, _WIDEST) for word in words))
    except sqlite3.OperationalError as error:
        return RefusedRows(0, why_not=str(error))
    return RefusedRows(count, tuple(values))
