"""A copy brought back in the place of a live database, which is set aside first."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sqlplumb.engines.sqlite.backup import SCHEMA, back_up, sound, writer
from sqlplumb.engines.sqlite.live import failed
from sqlplumb.engines.sqlite.traceless import connect
from sqlplumb.errors import DatabaseFailed, Problem


def restore(path: Path, label: str, copy: Path, mode: str, aside: Path, seconds: float) -> None:
    """Everybody else is kept out while what is there is set aside and the copy takes its place."""
    if not copy.is_file():
        raise DatabaseFailed(Problem(f"{copy} does not exist", "nothing was changed"))
    try:
        with closing(connect(copy.resolve())) as source:
            sound(source, str(copy))
            try:
                _exchange(source, path, label, mode, aside, seconds)
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                    raise
                _move(path, aside)
                _exchange(source, path, label, mode, aside, seconds)
    except (sqlite3.DatabaseError, PermissionError) as error:
        raise failed(label, error) from error


def _exchange(
    source: sqlite3.Connection, path: Path, label: str, mode: str, aside: Path, seconds: float
) -> None:
    with _lying(path) as lies, closing(writer(path, seconds)) as goal:
        goal.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        goal.execute("BEGIN EXCLUSIVE")  # a lock that outlives its transaction
        goal.execute("COMMIT")
        if lies:
            _set_aside(goal, path, label, aside, lies)
        _bring_back(source, goal, mode)


@contextmanager
def _lying(path: Path) -> Iterator[BinaryIO | None]:
    """To close a file takes away every lock of this process on it: so it is opened before there is
    one, and closed when there is none any more."""
    if not path.is_file():
        yield None
        return
    with path.open("rb") as file:
        yield file


def _set_aside(
    goal: sqlite3.Connection, path: Path, label: str, aside: Path, lies: BinaryIO
) -> None:
    """What is too damaged for a backup is kept as it lies."""
    try:
        back_up(goal, path, label, aside, goal)
    except DatabaseFailed:
        with aside.open("xb") as kept:
            shutil.copyfileobj(lies, kept)
        shutil.copystat(path, aside)
        wal = path.with_name(f"{path.name}-wal")
        if wal.is_file():
            shutil.copy2(wal, aside.with_name(f"{aside.name}-wal"))


def _move(path: Path, aside: Path) -> None:
    """What is no database, no SQLite can have open."""
    for end in ("", "-wal", "-journal", "-shm"):
        lies = path.with_name(path.name + end)
        if lies.is_file():
            lies.replace(aside.with_name(aside.name + end))


def _bring_back(source: sqlite3.Connection, goal: sqlite3.Connection, mode: str) -> None:
    """The backup is one transaction: whoever reads sees the one database or the other."""
    with suppress(sqlite3.DatabaseError):  # in a WAL pages keep their size, if it can be read
        goal.execute("PRAGMA journal_mode = delete").fetchall()
    source.backup(goal)
    goal.execute(f"PRAGMA journal_mode = {'wal' if mode == 'wal' else 'delete'}").fetchall()
    sound(goal, "what was brought back")
    if goal.execute(SCHEMA).fetchall() != source.execute(SCHEMA).fetchall():
        message = "what was brought back is not what the backup holds"
        raise DatabaseFailed(Problem(message, "the backup is untouched: copy it by hand"))
