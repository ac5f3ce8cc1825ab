"""The outcome of holding one schema against another. Values only; `commands` makes them."""

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
class Standing:
    """Where the history has what differs: `at` these revisions, before those that are `pending`;
    `differences` are those from what the history made there. None: that is not known, and `why`."""

    at: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    differences: int | None = None
    why: str = ""


State = Literal["plumb", "behind", "drift", "unmeasured"]


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
    standing: Standing | None = None  # of a mirror that differs

    def state(self, strict: bool) -> State:
        """Behind is what is plumb with an earlier revision."""
        if self.is_plumb(strict):
            return "plumb"
        is_behind = self.changes and self.standing and self.standing.differences == 0
        return "behind" if is_behind else "drift"

    def is_plumb(self, strict: bool) -> bool:
        return not self.changes and not (strict and self.notes)


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A mirror that could not be read; the others are measured all the same."""

    source: str
    error: PlumbError
