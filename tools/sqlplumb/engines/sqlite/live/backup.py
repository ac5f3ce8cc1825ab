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
    path: Path,
    label: str,
    goal: Path,
    reader: sqlite3.Connection | None = None,
    moved: Moved | None = None,
) -> Copy:
    """While `connection` holds the write lock, nobody changes what is copied: another one reads."""
    draft = draft_of(goal, path)
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        _forget_drafts(path, goal.parent)
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
        raise DatabaseFailed(_not_made(label, str(error))) from error
    return Copy(path=goal, bytes=goal.stat().st_size, mode=mode)


def copy_pages(source: sqlite3.Connection, goal: sqlite3.Connection, moved: Moved | None) -> None:
    """In one step, unless somebody wants to hear how far it is."""
    if moved is None:
        source.backup(goal)
        return
    (each,) = source.execute("PRAGMA page_size").fetchone()

    def told(_: int, left: int, count: int) -> None:
        moved((count - left) * each, count * each)

    source.backup(goal, pages=_STEP // each, progress=told)


def draft_of(goal: Path, path: Path) -> Path:
    """What a copy is called until it is whole: of this database, and of no namesake."""
    return goal.with_name(goal.name + _draft_end(path))


def _draft_end(path: Path) -> str:
    return f".{sha256(bytes(path.resolve())).hexdigest()[:8]}.partial"


def _forget_drafts(path: Path, folder: Path) -> None:
    """Who holds the lock knows that nobody else is copying it: what was begun by one that was
    killed is nothing to anybody."""
    for draft in folder.glob(f"*{_draft_end(path)}*"):
        draft.unlink(missing_ok=True)


def sound(connection: sqlite3.Connection, label: str) -> None:
    """Every page is read."""
    found = list(islice(damages(connection, "quick_check"), 3))
    if found:
        message = f"{label}: it is damaged: {'; '.join(found)}"
        raise DatabaseFailed(Problem(message, "bring it back from a backup, or use `.recover`"))


def needs(
    connection: sqlite3.Connection, path: Path, anew: Collection[str], backup: Path | None
) -> tuple[Need, ...]:
    """A table that is made anew lies there twice, and its pages once more in the journal."""
    size = size_of(connection)
    work = Need(
        folder=path.parent,
        needed=2 * bytes_of(connection, anew, size) + _SLACK,
        free=0,
        purpose="the work",
    )
    if backup is None:
        return (_measured(work),)
    copy = Need(folder=_existing(backup), needed=size + _SLACK, free=0, purpose="the backup")
    if copy.folder.stat().st_dev == work.folder.stat().st_dev:
        together = work.needed + copy.needed
        return (
            _measured(
                Need(folder=work.folder, needed=together, free=0, purpose="the work and the backup")
            ),
        )
    return (_measured(work), _measured(copy))


def bytes_of(connection: sqlite3.Connection, tables: Collection[str], size: int) -> int:
    """As many as these tables have, or as the whole database where nobody can say."""
    weights = [weigh(connection, table) for table in tables]
    return min(size, sum(one.bytes or size for one in weights if one))


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


def size_of(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (each,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * each)


def _existing(folder: Path) -> Path:
    """The nearest folder that is there already."""
    return next(one for one in (folder, *folder.resolve().parents) if one.is_dir())


def _measured(need: Need) -> Need:
    free = shutil.disk_usage(need.folder).free
    return Need(folder=need.folder, needed=need.needed, free=free, purpose=need.purpose)
