"""A copy brought back in the place of a live database, which is set aside first."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

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
    except sqlite3.DatabaseError as error:
        raise failed(label, error) from error


def _exchange(
    source: sqlite3.Connection, path: Path, label: str, mode: str, aside: Path, seconds: float
) -> None:
    existed = path.exists()
    with closing(writer(path, seconds)) as goal:
        goal.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        goal.execute("BEGIN EXCLUSIVE")  # a lock that outlives its transaction
        goal.execute("COMMIT")
        if existed:
            _set_aside(goal, path, label, aside)
        _bring_back(source, goal, mode)


def _set_aside(goal: sqlite3.Connection, path: Path, label: str, aside: Path) -> None:
    """What is too damaged for a backup is kept as it lies."""
    try:
        back_up(goal, path, label, aside, goal)
    except DatabaseFailed:
        for end in ("", "-wal"):
            lies = path.with_name(path.name + end)
            if lies.is_file():
                shutil.copy2(lies, aside.with_name(aside.name + end))


def _move(path: Path, aside: Path) -> None:
    """What is no database, no SQLite can have open."""
    for end in ("", "-wal", "-journal", "-shm"):
        lies = path.with_name(path.name + end)
        if lies.is_file():
            lies.replace(aside.with_name(aside.name + end))


def _bring_back(source: sqlite3.Connection, goal: sqlite3.Connection, mode: str) -> None:
    """The backup is one transaction: whoever reads sees the one database or the other."""
    source.backup(goal)
    goal.execute(f"PRAGMA journal_mode = {'wal' if mode == 'wal' else 'delete'}").fetchall()
    sound(goal, "what was brought back")
    if goal.execute(SCHEMA).fetchall() != source.execute(SCHEMA).fetchall():
        message = "what was brought back is not what the backup holds"
        raise DatabaseFailed(Problem(message, "the backup is untouched: copy it by hand"))
