"""The folder in which Alembic is at home.

It reads its paths from the working folder, and has one `op` for a whole process: so one at a time,
whoever asks and from whichever thread.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from threading import RLock

from sqlplumb.config import Settings

_ALONE = RLock()


@contextmanager
def at_home(settings: Settings) -> Iterator[None]:
    """What Alembic or a revision prints is no answer of ours."""
    with _ALONE, chdir(settings.root), redirect_stdout(sys.stderr):
        yield
