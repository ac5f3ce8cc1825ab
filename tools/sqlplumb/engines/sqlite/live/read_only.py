"""How a database file is opened to be read, so that neither the file nor any lock on it notices."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

Stamp = tuple[int, ...]

WAIT_SECONDS = 5.0
_HANDLES = Path("/dev/fd")  # of this process
_MARK = b"SQLite format 3"
_TICK = 10_000_000  # nanoseconds between two times that a file can have, at most
_WAL_MARK = b"\x02\x02"  # bytes 18 and 19 of a database in WAL mode


def plain(path: Path) -> str:
    """Return a path as a URI of SQLite may hold it."""
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def connect(
    path: Path,
    wait: float | None = None,
    *,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
    at_rest: bool | None = None,
) -> sqlite3.Connection:
    """Open a database file for reading.

    A WAL database that nobody has open is read as it lies: to open it even for reading would leave
    its -wal and -shm files behind, owned by whoever ran the check.
    """
    at_rest = _at_rest(path) if at_rest is None else at_rest
    mode = "mode=ro&immutable=1" if at_rest else "mode=ro"
    uri, seconds = f"file:{plain(path)}?{mode}", WAIT_SECONDS if wait is None else wait
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=seconds, factory=factory)


def stamp_at_rest(path: Path) -> Stamp | None:
    """Return what changes when somebody writes to a file that `connect` reads as it lies.

    None: it is read under SQLite's own locks. Two writes within a tick of the clock have the same
    time, so a file that has just been written is looked at again a little later.
    """
    while True:
        stamp = stamp_of(path)
        if not _at_rest(path):
            return None
        if not 0 <= time.time_ns() - stamp[-1] < _TICK:
            return stamp
        time.sleep(_TICK / 1e9)


def stamp_of(path: Path) -> Stamp:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def is_database(path: Path) -> bool:
    """Does it begin as one?"""
    if not _is_open_here(path):
        with path.open("rb") as file:
            return file.read(len(_MARK)) == _MARK
    with closing(connect(path)) as connection:
        try:
            connection.execute("PRAGMA busy_timeout = 0")
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            return bool(pages)
        except sqlite3.DatabaseError as error:  # only a database can have a lock or a journal
            code = error.sqlite_errorcode
            return code & 0xFF == sqlite3.SQLITE_BUSY or code == sqlite3.SQLITE_READONLY_ROLLBACK


def _at_rest(path: Path) -> bool:
    """Can it be read as it lies? A journal may have to be rolled back before."""
    beside = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal"))
    if any(file.exists() for file in beside) or _is_open_here(path):
        return False
    with path.open("rb") as file:
        return file.read(20)[18:] == _WAL_MARK


def _is_open_here(path: Path) -> bool:
    """Has this process the file open? Then nobody but SQLite may open it: to close it would take
    away every POSIX lock that this process has on it, whoever asked for that lock."""
    status = path.stat()
    try:
        handles = [handle.name for handle in _HANDLES.iterdir()]
    except OSError:
        return False  # where there is no such folder, locks are not POSIX's either
    for handle in handles:
        with suppress(OSError, ValueError):  # the listing had a handle of its own
            if os.path.samestat(os.fstat(int(handle)), status):
                return True
    return False
