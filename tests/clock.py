"""Time as the tests see it: `nox -s nightly` holds durations on a quiet machine, CI holds none."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD = os.environ.get("SQLPLUMB_CLOCK") == "held"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Hold what runs inside to `seconds`, where durations are held."""
    start = time.monotonic()
    yield
    hold(time.monotonic() - start, below=seconds)


def hold(seconds: float, *, below: float) -> None:
    assert not HOLD or seconds < below
