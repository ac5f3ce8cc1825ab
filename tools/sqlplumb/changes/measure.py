"""The outcome of holding one schema against another. Values only; `journeys` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlplumb.changes import Change
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.schema import Ref, Schema

Reason = Literal["column order", "name", "spelling", "not in metadata", "stand-in"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is not the same and is no drift. `--strict` makes it one."""

    ref: Ref
    reason: Reason
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """`current` measured against `desired`. The schemas hold only what could differ, unless the
    whole was asked for."""

    current: Schema
    desired: Schema
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    units: int
    passed_over: tuple[Problem, ...] = ()
    done: tuple[Problem, ...] = ()  # hints of names that change places, and did so before
    undecided: tuple[Problem, ...] = ()  # of which nobody knows whether they did

    def is_plumb(self, strict: bool) -> bool:
        return not self.changes and not (strict and self.notes)


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A mirror that could not be read; the others are measured all the same."""

    source: str
    error: PlumbError
