"""Let one process at a time write a history.

The lock is on the folder itself: a kill releases it, and nothing is left behind. Where a system
cannot lock a folder (Windows, some network drives), nobody waits. Must never know what is written.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from sqlplumb import limits
from sqlplumb.errors import Problem, Refused

DRAFT = ".sqlplumb-"  # begins the name of a folder in which a revision is written
_HALF_WRITTEN = (f"{DRAFT}*", ".proofs.toml-*")
_PATIENCE = 120.0  # seconds
_TURN = 0.1
_LOCKED = ContextVar[frozenset[Path]]("folders that are locked", default=frozenset())


def in_silence(message: str) -> None:
    """Tell nobody."""


@contextmanager
def locked_folder(folder: Path, tell: Callable[[str], None] = in_silence) -> Iterator[None]:
    """Lock this folder; whoever has locked it already may do so again. `tell` hears of it where
    another process has it. What a killed process left half written is removed."""
    folder = folder.resolve()
    if folder in _LOCKED.get():
        yield
        return
    handle = os.open(folder, os.O_RDONLY) if os.name == "posix" else -1
    try:
        if handle >= 0 and _lock(handle, folder, tell):
            for path in (path for pattern in _HALF_WRITTEN for path in folder.glob(pattern)):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
        token = _LOCKED.set(_LOCKED.get() | {folder})
        try:
            yield
        finally:
            _LOCKED.reset(token)
    finally:
        if handle >= 0:
            os.close(handle)


def _lock(handle: int, folder: Path, tell: Callable[[str], None]) -> bool:
    """Wait for the lock; return False where this system has none."""
    import fcntl  # which Windows does not have

    start, name = time.monotonic(), os.path.relpath(folder)
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - start > _PATIENCE:
                message = f"another sqlplumb has been writing in {name} for {_PATIENCE:g} s"
                advice = "nothing was written; run it again when that one is done"
                raise Refused(Problem(message, advice)) from None
        except OSError:
            return False
        else:
            limits.current().restart()
            return True
        if time.monotonic() - start < _TURN:
            tell(f"another sqlplumb writes in {name}: waiting until it is done")
        time.sleep(_TURN)
