"""One at a time writes a history: the lock on its folder, which a kill releases, too.

It is on the folder itself, so nothing is left behind; where a system cannot lock a folder (Windows,
some network drives), nobody waits and nothing of others is taken away.
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
_HELD = ContextVar[frozenset[Path]]("folders that are locked", default=frozenset())


def in_silence(words: str) -> None:
    """Nobody hears it."""


@contextmanager
def alone_in(folder: Path, tell: Callable[[str], None] = in_silence) -> Iterator[None]:
    """`tell` hears of it where another has the folder. Whoever has it already may ask again."""
    folder = folder.resolve()
    if folder in _HELD.get():
        yield
        return
    handle = os.open(folder, os.O_RDONLY) if os.name == "posix" else -1
    try:
        if handle >= 0 and _locked(handle, folder, tell):
            _clear(folder)
        token = _HELD.set(_HELD.get() | {folder})
        try:
            yield
        finally:
            _HELD.reset(token)
    finally:
        if handle >= 0:
            os.close(handle)


def _locked(handle: int, folder: Path, tell: Callable[[str], None]) -> bool:
    import fcntl

    start, name = time.monotonic(), os.path.relpath(folder)
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - start > _PATIENCE:
                message = f"another sqlplumb has been writing in {name} for {_PATIENCE:g} s"
                hint = "nothing was written; run it again when that one is done"
                raise Refused(Problem(message, hint)) from None
        except OSError:
            return False
        else:
            limits.current().restart()
            return True
        if time.monotonic() - start < _TURN:
            tell(f"another sqlplumb writes in {name}: waiting until it is done")
        time.sleep(_TURN)


def _clear(folder: Path) -> None:
    """Whoever began these has no lock any more, so it was killed."""
    for pattern in _HALF_WRITTEN:
        for one in folder.glob(pattern):
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, ignore_errors=True)
            else:
                one.unlink(missing_ok=True)
