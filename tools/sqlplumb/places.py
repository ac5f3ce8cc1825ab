"""The value `Place`: where something is written. Must never read a file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A line (and, where it is known, a column) of a file; both count from 1."""

    file: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        spot = f"{self.file}:{self.line}"
        return f"{spot}:{self.column}" if self.column else spot


PlaceFinder = Callable[[int], Place]


def place_finder(file: str, text: str) -> PlaceFinder:
    """Return a function from an offset in this text to its place. It counts the lines once, when it
    is first asked."""
    ends: list[int] | None = None

    def place(offset: int) -> Place:
        nonlocal ends
        if ends is None:
            ends = [match.start() for match in re.finditer("\n", text)]
        lines = bisect_left(ends, offset)
        return Place(file, lines + 1, offset - (ends[lines - 1] if lines else -1))

    return place
