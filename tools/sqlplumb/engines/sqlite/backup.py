"""Copies of a database file by SQLite's own online backup: made, and held to be sound.

A copy is written beside its name and gets it when it is whole, so that what has the name is one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

from sqlplumb.engines.held import Copy, Need
from sqlplumb.engines.sqlite.live import weigh
from sqlplumb.engines.sqlite.traceless import connect, plain
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2, 3, 4"
_SLACK = 1 << 20


def back_up(
    connection: sqlite3.Connection,
    path: Path,
    label: str,
    goal: Path,
    reader: sqlite3.Connection | None = None,
) -> Copy:
    """While `connection` holds the write lock, nobody changes what is copied: another one reads."""
    draft = goal.with_name(goal.name + _draft(path))
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        _forget_drafts(path, goal.parent)
        if goal.exists():
            raise FileExistsError(f"{goal} is there already")
        draft.touch(0o600, exist_ok=False)  # nobody else's
        with closing(writer(draft)) as copy:
            if reader:
                reader.backup(copy)
            else:
                with closing(connect(path.resolve())) as source:
                    source.backup(copy)
        _verify(connection, draft)
        shutil.copymode(path, draft)
        _flush(draft)
        draft.replace(goal)
    except (PlumbError, sqlite3.Error, OSError) as error:
        raise DatabaseFailed(_not_made(label, str(error))) from error
    finally:
        with suppress(OSError):  # where a folder should be, there may be something else
            draft.unlink()
    return Copy(goal, goal.stat().st_size, mode)


def _draft(path: Path) -> str:
    """How the name of a copy ends until it is whole: of this database, and of no namesake."""
    return f".{sha256(bytes(path.resolve())).hexdigest()[:8]}.partial"


def _forget_drafts(path: Path, folder: Path) -> None:
    """Who holds the lock knows that nobody else is copying it: what was begun by one that was
    killed is nothing to anybody."""
    for draft in folder.glob(f"*{_draft(path)}*"):
        draft.unlink(missing_ok=True)


def sound(connection: sqlite3.Connection, label: str) -> None:
    """Every page is read."""
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        message = f"{label}: it is damaged: {'; '.join(found)}"
        raise DatabaseFailed(Problem(message, "bring it back from a backup, or use `.recover`"))


def needs(
    connection: sqlite3.Connection, path: Path, anew: Collection[str], backup: Path | None
) -> tuple[Need, ...]:
    """A table that is made anew lies there twice, and its pages once more in the journal."""
    size = _size(connection)
    weights = [weigh(connection, table) for table in anew]
    known = [one.bytes or size for one in weights if one]
    work = Need(path.parent, 2 * min(sum(known), size) + _SLACK, 0, "the work")
    if backup is None:
        return (_measured(work),)
    copy = Need(_existing(backup), size + _SLACK, 0, "the backup")
    if copy.folder.stat().st_dev == work.folder.stat().st_dev:
        together = work.needed + copy.needed
        return (_measured(Need(work.folder, together, 0, "the work and the backup")),)
    return (_measured(work), _measured(copy))


def writer(path: Path, seconds: float = 5.0) -> sqlite3.Connection:
    uri = f"file:{plain(path.resolve())}?mode=rwc"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=seconds)


def _verify(connection: sqlite3.Connection, draft: Path) -> None:
    with closing(connect(draft.resolve())) as copy:
        sound(copy, "the copy that was made")
        if copy.execute(SCHEMA).fetchall() != connection.execute(SCHEMA).fetchall():
            raise sqlite3.DatabaseError("the copy that was made has another schema")


def _not_made(label: str, why: str) -> Problem:
    message = f"{label}: no backup could be made: {why}"
    return Problem(message, "nothing was changed; --backup DIR names another folder")


def _flush(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (each,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * each)


def _existing(folder: Path) -> Path:
    """The nearest folder that is there already."""
    return next(one for one in (folder, *folder.resolve().parents) if one.is_dir())


def _measured(need: Need) -> Need:
    free = shutil.disk_usage(need.folder).free
    return Need(need.folder, need.needed, free, need.purpose)
