"""Copies of a database file by SQLite's own online backup: made, held to be sound, brought back.

A copy is written beside its name and gets it when it is whole, so that what has the name is one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from sqlplumb.engines.held import Copy, Need
from sqlplumb.engines.sqlite.live import failed, weigh
from sqlplumb.engines.sqlite.traceless import connect, plain
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem

_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2, 3, 4"
_SLACK = 1 << 20


def back_up(
    connection: sqlite3.Connection,
    path: Path,
    label: str,
    goal: Path,
    reader: sqlite3.Connection | None = None,
) -> Copy:
    """While `connection` holds the write lock, nobody changes what is copied: another one reads."""
    draft = goal.with_name(f"{goal.name}.partial")
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.touch(0o600, exist_ok=False)  # nobody else's
        draft.touch(0o600)
        with closing(_writer(draft)) as copy:
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
        if not isinstance(error, FileExistsError):
            goal.unlink(missing_ok=True)
        raise DatabaseFailed(_not_made(label, str(error))) from error
    finally:
        draft.unlink(missing_ok=True)
    return Copy(goal, goal.stat().st_size, mode)


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


def restore(path: Path, label: str, copy: Path, mode: str, aside: Path, seconds: float) -> None:
    """Everybody else is kept out while what is there is set aside and the copy takes its place."""
    if not copy.is_file():
        raise DatabaseFailed(Problem(f"{copy} does not exist", "nothing was changed"))
    try:
        with closing(_reader(copy)) as source:
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
    with closing(_writer(path, seconds)) as goal:
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
    if goal.execute(_SCHEMA).fetchall() != source.execute(_SCHEMA).fetchall():
        message = "what was brought back is not what the backup holds"
        raise DatabaseFailed(Problem(message, "the backup is untouched: copy it by hand"))


def _reader(path: Path) -> sqlite3.Connection:
    return connect(path.resolve())


def _writer(path: Path, seconds: float = 5.0) -> sqlite3.Connection:
    uri = f"file:{plain(path.resolve())}?mode=rwc"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=seconds)


def _verify(connection: sqlite3.Connection, draft: Path) -> None:
    with closing(_reader(draft)) as copy:
        sound(copy, "the copy that was made")
        if copy.execute(_SCHEMA).fetchall() != connection.execute(_SCHEMA).fetchall():
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
