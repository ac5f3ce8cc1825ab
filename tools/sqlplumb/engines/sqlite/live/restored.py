"""A copy brought back in the place of a live database, which is set aside first.

All that can be known is known before anything is replaced: that the copy is the one that was made,
sound, and that there is room. The exchange is one transaction. What goes wrong in it leaves what
was there, and nothing beside it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sqlplumb.engines.locked import Copy, Restoring
from sqlplumb.engines.sqlite.live.backup import SCHEMA, back_up, copy_pages, draft_of, sound, writer
from sqlplumb.engines.sqlite.live.database import failed
from sqlplumb.engines.sqlite.live.read_only import connect, is_database
from sqlplumb.errors import DatabaseFailed, Problem, Refused
from sqlplumb.files import digest, written_aside

_ENDS = ("", "-wal", "-journal", "-shm")
_SLACK = 1 << 20
_EVER = float("inf")


def restore(wish: Restoring) -> None:
    """Set aside what is there and put the copy in its place, and keep everybody else out."""
    path, copy = wish.path, wish.copy
    try:
        wish.progress.tell(f"{wish.label}: verifying the backup")
        _is_that_copy(copy, path)
        is_odd = path.is_file() and path.stat().st_size > 0 and not is_database(path)
        if is_odd and not wish.replaces_anything:
            message = f"{wish.label}: {path} is no database, and would be replaced by one"
            advice = "is it the right receipt? If it was a database: --allow no-database"
            raise Refused(Problem(message, advice))
        _has_room(path, copy)
        with closing(connect(copy.path.resolve())) as source:
            sound(source, str(copy.path))
            if is_odd or not path.is_file() or not _in_its_place(source, wish):
                _made_anew(source, wish)
    except (sqlite3.DatabaseError, OSError) as error:
        raise failed(wish.label, error) from error


def _is_that_copy(copy: Copy, path: Path) -> None:
    """Refuse a copy that the receipt does not name, or that is what it would replace."""
    if not copy.path.is_file():
        raise DatabaseFailed(Problem(f"{copy.path} does not exist", "nothing was changed"))
    if path.exists() and copy.path.samefile(path):
        message = f"{path} is the backup and the database at once"
        raise Refused(Problem(message, "was the receipt changed? Nothing was"))
    if digest(copy.path) != copy.sha256:
        message = f"{copy.path} is not the backup that the receipt names: its bytes are others"
        raise Refused(Problem(message, "nothing was changed; look who has written to it since"))


def _has_room(path: Path, copy: Copy) -> None:
    """What was there lies there twice, once set aside and once in the journal, beside the copy."""
    files = [path.with_name(path.name + end) for end in _ENDS]
    there = sum(file.stat().st_size for file in files if file.is_file())
    needed, free = there + max(there, copy.bytes) + _SLACK, shutil.disk_usage(path.parent).free
    if free < needed:
        message = f"{path.parent}: to bring {path.name} back may need {needed / 1e6:,.1f} MB, and"
        raise DatabaseFailed(
            Problem(f"{message} {free / 1e6:,.1f} MB are free", "make room; nothing was changed")
        )


def _made_anew(source: sqlite3.Connection, wish: Restoring) -> None:
    """Write the copy where nothing is, or what no SQLite can have open; under another name until
    it is whole."""
    path = wish.path
    model = (path if path.is_file() else wish.copy.path).stat()
    with _moved(path, wish.aside), written_aside(draft_of(path, path), path, [model]) as draft:
        with closing(writer(draft)) as goal:
            _copy(source, goal, wish)
            _finish(source, goal, wish)
        _as_old(draft, wish.copy)


@contextmanager
def _moved(path: Path, aside: Path) -> Iterator[None]:
    """Move the files aside, and back again if what is done meanwhile goes wrong."""
    moved = []
    try:
        for end in _ENDS:
            source, goal = path.with_name(path.name + end), aside.with_name(aside.name + end)
            if source.is_file():
                source.replace(goal)
                moved.append((goal, source))
        yield
    except BaseException:
        for goal, source in moved:
            goal.replace(source)
        raise


def _in_its_place(source: sqlite3.Connection, wish: Restoring) -> bool:
    """Copy into the database that is there; False where SQLite finds none after all."""
    path, aside = wish.path, wish.aside
    # To close a file takes away every lock of this process on it: so it is opened before there is
    # one, and closed when there is none any more.
    with path.open("rb") as file:
        try:
            goal = _alone(wish)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            return False
        with closing(goal):
            (mode,) = goal.execute("PRAGMA journal_mode").fetchone()
            try:
                _set_aside(goal, wish, file)
                with suppress(sqlite3.DatabaseError):  # in a WAL pages keep their size
                    goal.execute("PRAGMA journal_mode = delete").fetchall()
                _copy(source, goal, wish)  # one transaction: readers see the one or the other
            except BaseException:
                with suppress(sqlite3.Error):
                    goal.execute(f"PRAGMA journal_mode = {mode}").fetchall()
                for end in _ENDS:
                    aside.with_name(aside.name + end).unlink(missing_ok=True)
                raise
            _finish(source, goal, wish)
    _as_old(path, wish.copy)
    return True


def _alone(wish: Restoring) -> sqlite3.Connection:
    """Open it when nobody else has it; between two attempts no lock is held."""
    opened: list[sqlite3.Connection] = []

    def attempt() -> bool:
        goal = writer(wish.path, 0.0)
        try:
            goal.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            goal.execute("BEGIN EXCLUSIVE")  # a lock that outlives its transaction
            goal.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            goal.close()
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        opened.append(goal)
        return True

    if not wish.patience.outlasts(attempt, _EVER):
        message = f"{wish.label}: others have had it open for more than {wish.patience.seconds:g} s"
        advice = "nothing was changed; end what uses it, or wait longer with --wait"
        raise DatabaseFailed(Problem(message, advice))
    return opened[0]


def _set_aside(goal: sqlite3.Connection, wish: Restoring, file: BinaryIO) -> None:
    """Back up what is there; what is too damaged for a backup is kept as it lies."""
    path, aside = wish.path, wish.aside
    wish.progress.tell(f"{wish.label}: setting aside what is there")
    try:
        back_up(
            goal,
            path=path,
            label=wish.label,
            goal=aside,
            reader=goal,
            moved=wish.progress.moved,
        )
    except DatabaseFailed:
        wal = path.with_name(f"{path.name}-wal")
        if wal.is_file():
            copy = aside.with_name(f"{aside.name}-wal")
            with written_aside(draft_of(copy, path), copy, [wal.stat()]) as draft:
                shutil.copyfile(wal, draft)
        written = written_aside(draft_of(aside, path), aside, [path.stat()])
        with written as draft, draft.open("wb") as target:
            shutil.copyfileobj(file, target)


def _copy(source: sqlite3.Connection, goal: sqlite3.Connection, wish: Restoring) -> None:
    wish.progress.tell(f"{wish.label}: bringing the backup back")
    copy_pages(source, goal, wish.progress.moved)


def _finish(source: sqlite3.Connection, goal: sqlite3.Connection, wish: Restoring) -> None:
    """Verify what was brought back."""
    if wish.progress.step:
        wish.progress.step("verifying it")
    try:
        mode = "wal" if wish.copy.mode == "wal" else "delete"
        goal.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        sound(goal, "what was brought back")
        if goal.execute(SCHEMA).fetchall() != source.execute(SCHEMA).fetchall():
            raise sqlite3.DatabaseError("it has another schema than the backup")
    except (sqlite3.DatabaseError, DatabaseFailed) as error:
        message = f"{wish.label}: the backup is in its place, and cannot be held to be sound: "
        advice = f"what was there until now is {wish.aside}, and the backup {wish.copy.path}"
        raise DatabaseFailed(Problem(f"{message}{error}", advice)) from error


def _as_old(file: Path, copy: Copy) -> None:
    """Give the file the times of the copy."""
    times = copy.path.stat()
    with suppress(OSError):
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
