"""Write files of sqlplumb beside a database: as private as the database, and never half.

A file gets its name when it is complete and flushed to the disk. Must never read a database.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from hashlib import sha256
from pathlib import Path

from sqlplumb.progress import counted

_BLOCK = 1 << 22  # bytes that are read at once


@contextmanager
def written_aside(draft: Path, goal: Path, models: Sequence[os.stat_result]) -> Iterator[Path]:
    """Yield a draft that nobody else may read; it becomes `goal` unless an error is raised."""
    try:
        draft.touch(0o600, exist_ok=False)
        yield draft
        take_after(draft, models)
        _flush(draft)
        draft.replace(goal)
        _flush(goal.parent)
    finally:
        with suppress(OSError):  # it was renamed, or its folder is not a folder
            draft.unlink()


def take_after(file: Path, models: Sequence[os.stat_result]) -> None:
    """Copy owner, mode and times of the models, as far as they agree.

    Where the owner or the group cannot be set, the group gets no access.
    """
    if not models or os.name != "posix":
        return
    mode = reduce(int.__and__, (stat.S_IMODE(model.st_mode) for model in models))
    owners = {model.st_uid for model in models}
    groups = {model.st_gid for model in models}
    if not (len(groups) == 1 and _change_owner(file, owners, groups.pop())):
        mode &= ~stat.S_IRWXG
    file.chmod(mode)
    if len(models) == 1:
        os.utime(file, ns=(models[0].st_atime_ns, models[0].st_mtime_ns))


def _change_owner(file: Path, owners: set[int], group: int) -> bool:
    for owner in (next(iter(owners)) if len(owners) == 1 else -1, -1):
        with suppress(PermissionError):
            os.chown(file, owner, group)
            return True
    return False


def _flush(place: Path) -> None:
    """Flush the bytes of a file, or the names of a folder, to the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(file: Path) -> str:
    hashed = sha256()
    with file.open("rb") as opened, counted(file.stat().st_size, "bytes hashed") as moved:
        while block := opened.read(_BLOCK):
            hashed.update(block)
            moved(opened.tell())
    return hashed.hexdigest()
