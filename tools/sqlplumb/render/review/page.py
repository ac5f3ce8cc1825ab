"""The view model of a review: everything that is told, in words, and nothing of how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlplumb.lint import Finding
from sqlplumb.render.picture import Picture
from sqlplumb.review import Level, Reason

HEADLINES: dict[Level, str] = {"safe": "Safe", "look": "Look here", "stop": "Stop"}


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of a line; `marked` where it is not on the other side."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line before and after; None where that side has none."""

    current: tuple[Bit, ...] | None
    desired: tuple[Bit, ...] | None
    kind: Literal["same", "changed", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One statement of a schema, before and after; `deeds` say in words what happens to it."""

    title: str
    deeds: tuple[str, ...]
    place: str
    lines: tuple[Line, ...]

    @property
    def has_both(self) -> bool:
        return any(line.current for line in self.lines) and any(one.desired for one in self.lines)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement that runs. `rows` and `time` are guesses, from a database that was given."""

    number: int
    sql: str
    words: str
    work: str
    blocks: str
    rows: int | None
    time: str


@dataclass(frozen=True, slots=True)
class Lost:
    message: str
    leave: str
    hint: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows of a live database that a rule would refuse, and the first of their values."""

    rule: str
    table: str
    rows: int
    values: tuple[str, ...]
    why_not: str


@dataclass(frozen=True, slots=True)
class Database:
    """`held` are the rules that none of its rows break."""

    label: str
    waits: str
    tables: tuple[tuple[str, int, str], ...]
    refused: tuple[Refused, ...]
    held: tuple[str, ...]
    drift: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proved:
    holds: bool
    words: str
    failures: tuple[str, ...]
    uncovered: tuple[str, ...]
    notes: tuple[str, ...]
    under: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One revision, in the order in which it is read."""

    revision: str
    message: str
    file: str
    level: Level
    summary: str
    reasons: tuple[Reason, ...]
    shown: tuple[Shown, ...]
    said: tuple[Said, ...]
    lost: tuple[Lost, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    proved: Proved
    back: tuple[str, ...]
    back_loses: tuple[str, ...]
    stays_lost: bool
    changed: tuple[str, ...]
    database: Database | None
    picture: Picture | None

    @property
    def headline(self) -> str:
        return f"{HEADLINES[self.level]}: {self.summary}"
