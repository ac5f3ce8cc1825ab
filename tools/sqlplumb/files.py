"""Files of ours beside somebody's database: as private as it is, whole before they have their name,
and on the disk before anybody counts on them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from hashlib import file_digest
from pathlib import Path


@contextmanager
def written_aside(draft: Path, goal: Path, models: Sequence[os.stat_result]) -> Iterator[Path]:
    """A draft that nobody else may read, which becomes `goal` where nothing goes wrong."""
    try:
        draft.touch(0o600, exist_ok=False)
        yield draft
        take_after(draft, models)
        _flush(draft)
        draft.replace(goal)
        _flush(goal.parent)
    finally:
        with suppress(OSError):  # it has its name, or where a folder should be, something else is
            draft.unlink()


def take_after(file: Path, models: Sequence[os.stat_result]) -> None:
    """Owner, mode and times, as far as all of them agree. Who may not give a file away lets no
    other group read it."""
    if not models or os.name != "posix":
        return
    mode = reduce(int.__and__, (stat.S_IMODE(one.st_mode) for one in models))
    owners, groups = {one.st_uid for one in models}, {one.st_gid for one in models}
    if not (len(groups) == 1 and _is_given(file, owners, groups.pop())):
        mode &= ~stat.S_IRWXG
    file.chmod(mode)
    if len(models) == 1:
        os.utime(file, ns=(models[0].st_atime_ns, models[0].st_mtime_ns))


def _is_given(file: Path, owners: set[int], group: int) -> bool:
    for owner in (next(iter(owners)) if len(owners) == 1 else -1, -1):
        with suppress(PermissionError):
            os.chown(file, owner, group)
            return True
    return False


def _flush(place: Path) -> None:
    """A file's bytes, or a folder's names."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
