"""Copies of a database file by SQLite's own online backup: made, and held to be sound.

A copy is written beside its name and gets it when it is whole, so that what has the name is one.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from hashlib import sha256
from itertools import islice
from pathlib import Path

from sqlplumb import progress
from sqlplumb.engines.locked import Copy, Moved, Need
from sqlplumb.engines.sqlite.live.database import weigh
from sqlplumb.engines.sqlite.live.read_only import connect, plain
from sqlplumb.engines.sqlite.read.catalog import damages
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem
from sqlplumb.files import written_aside

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2, 3, 4"
_SLACK = 1 << 20
_STEP = 1 << 24  # bytes between two words of how far a backup is


def back_up(
    connection: sqlite3.Connection,
    *,
    path: Path,
    label: str,
    goal: Path,
    reader: sqlite3.Connection | None = None,
    moved: Moved | None = None,
) -> Copy:
    """Copy the database of `connection`, which holds the write lock.

    Nobody changes what is copied meanwhile. Another connection reads it, where none is given.
    """
    draft = draft_of(goal, path)
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        # The lock is ours: a draft of this database was left by a process that was killed.
        for left_over in goal.parent.glob(f"*{_draft_end(path)}*"):
            left_over.unlink(missing_ok=True)
        if goal.exists():
            raise FileExistsError(f"{goal} is there already")
        with written_aside(draft, goal, [path.stat()]):
            with closing(writer(draft)) as copy:
                if reader:
                    copy_pages(reader, copy, moved)
                else:
                    with closing(connect(path.resolve())) as source:
                        copy_pages(source, copy, moved)
            _verify(connection, draft)
    except (PlumbError, sqlite3.Error, OSError) as error:
        message = f"{label}: no backup could be made: {error}"
        advice = "nothing was changed; --backup DIR names another folder"
        raise DatabaseFailed(Problem(message, advice)) from error
    return Copy(path=goal, bytes=goal.stat().st_size, mode=mode)


def copy_pages(source: sqlite3.Connection, goal: sqlite3.Connection, moved: Moved | None) -> None:
    """Copy all pages in one step, unless somebody wants to hear how far it is."""
    if moved is None:
        source.backup(goal)
        return
    (page_size,) = source.execute("PRAGMA page_size").fetchone()

    def report(_: int, remaining: int, count: int) -> None:
        moved((count - remaining) * page_size, count * page_size)

    source.backup(goal, pages=_STEP // page_size, progress=report)


def draft_of(goal: Path, path: Path) -> Path:
    """Return what a copy of this database, and of no namesake, is called until it is whole."""
    return goal.with_name(goal.name + _draft_end(path))


def _draft_end(path: Path) -> str:
    return f".{sha256(bytes(path.resolve())).hexdigest()[:8]}.partial"


def sound(connection: sqlite3.Connection, label: str) -> None:
    """Read every page; raise where one is damaged."""
    complaints = list(islice(damages(connection, "quick_check"), 3))
    if complaints:
        message = f"{label}: it is damaged: {'; '.join(complaints)}"
        raise DatabaseFailed(Problem(message, "bring it back from a backup, or use `.recover`"))


def needs(
    connection: sqlite3.Connection, *, path: Path, anew: Collection[str], backup: Path | None
) -> tuple[Need, ...]:
    """Return the room that is needed, together where both are on one disk.

    A table that is made anew lies there twice, and its pages once more in the journal.
    """
    size = size_of(connection)
    work = 2 * bytes_of(connection, anew, size) + _SLACK
    if backup is None:
        return (_need(path.parent, work, "the work"),)
    folder = next(path for path in (backup, *backup.resolve().parents) if path.is_dir())
    if folder.stat().st_dev == path.parent.stat().st_dev:
        return (_need(path.parent, work + size + _SLACK, "the work and the backup"),)
    return (_need(path.parent, work, "the work"), _need(folder, size + _SLACK, "the backup"))


def _need(folder: Path, needed: int, purpose: str) -> Need:
    free = shutil.disk_usage(folder).free
    return Need(folder=folder, needed=needed, free=free, purpose=purpose)


def bytes_of(connection: sqlite3.Connection, tables: Collection[str], size: int) -> int:
    """Return how many bytes these tables have, or the whole database where SQLite cannot say."""
    weights = [weigh(connection, table) for table in tables]
    return min(size, sum(weight.bytes or size for weight in weights if weight))


def writer(path: Path, seconds: float = 5.0) -> sqlite3.Connection:
    uri = f"file:{plain(path.resolve())}?mode=rwc"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=seconds)


def _verify(connection: sqlite3.Connection, draft: Path) -> None:
    with progress.step("verifying the copy"), closing(connect(draft.resolve())) as copy:
        sound(copy, "the copy that was made")
        if copy.execute(SCHEMA).fetchall() != connection.execute(SCHEMA).fetchall():
            raise sqlite3.DatabaseError("the copy that was made has another schema")


def size_of(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * page_size)
