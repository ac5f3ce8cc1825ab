"""Where something was written. Owns the value `Place`; must never read a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A line (and, where it is known, a column) of a file; both count from 1."""

    file: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        spot = f"{self.file}:{self.line}"
        return f"{spot}:{self.column}" if self.column else spot
