"""The values of this room: a rule, what it found, and a finding with its severity.

A rule says what happened and what follows from it; how grave that is, the settings have the last
word on. Must never know a file, a screen or a format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlplumb.config import Severity
from sqlplumb.places import Place
from sqlplumb.schema import Ref

Judged = Literal["schema", "plan", "revision", "comment"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule's function yields. What is left out is taken from the rule, and the place from
    the object itself."""

    ref: Ref | None
    message: str
    instead: str = ""
    place: Place | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule in five parts: what triggers it, what that does to you, what to do instead, and an
    example of either. `find` takes a Schema, an Outlook, or ignores, as `judges` says; a rule for
    revisions is asked only where one was run. `engine` is said where only one engine has the
    trap."""

    code: str
    name: str
    severity: Severity
    triggers: str
    harms: str
    instead: str
    bad: str
    good: str
    find: Callable[[Any], Iterable[Found]]
    judges: Judged = "schema"
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, what to do instead. `reason` is why somebody wants it ignored."""

    code: str
    name: str
    severity: Severity
    message: str
    instead: str
    ref: Ref | None = None
    place: Place | None = None
    reason: str = ""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """By place; what has none, comes last."""
        place = self.place or Place("\uffff", 0)
        return (place.file, place.line, place.column, self.code, self.message)
