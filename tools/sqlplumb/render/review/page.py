"""The view model of a review: everything that is told, in words, and nothing of how it looks.

Its JSON is the model itself. The form is fixed: a change of it is a breaking change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlplumb.lint import Finding
from sqlplumb.render.findings import as_value
from sqlplumb.render.picture import Picture, mermaid
from sqlplumb.review import Level, Reason, worst

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One statement of a schema, before and after; `deeds` say in words what happens to it."""

    title: str
    deeds: tuple[str, ...]
    place: str
    lines: tuple[Line, ...]

    @property
    def has_both(self) -> bool:
        return any(line.current for line in self.lines) and any(one.desired for one in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Rows of a live database that a rule would refuse, and the first of their values."""

    rule: str
    table: str
    rows: int
    values: tuple[str, ...]
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`held` are the rules that none of its rows break."""

    label: str
    waits: str
    tables: tuple[tuple[str, int, str], ...]
    refused: tuple[Refused, ...]
    held: tuple[str, ...]
    drift: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
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


VERSION = 1


def as_json(pages: Sequence[Page]) -> str:
    value = {
        "version": VERSION,
        "verdict": worst(page.level for page in pages),
        "revisions": [_value(page) for page in pages],
    }
    return json.dumps(value, indent=2)


def _value(page: Page) -> dict[str, object]:
    return {
        "revision": page.revision,
        "message": page.message,
        "file": page.file,
        "verdict": page.level,
        "summary": page.summary,
        "reasons": [asdict(reason) for reason in page.reasons],
        "changes": [_shown(page, index) for index in range(len(page.shown))],
        "statements": [asdict(said) for said in page.said],
        "losses": [asdict(lost) for lost in page.lost],
        "values": list(page.changed),
        "findings": [as_value(finding) for finding in page.findings],
        "ignored": [{**as_value(one), "reason": one.reason} for one in page.ignored],
        "proof": asdict(page.proved),
        "way_back": {"does": list(page.back), "loses": list(page.back_loses)},
        "database": asdict(page.database) if page.database else None,
        "picture": mermaid(page.picture) if page.picture else None,
    }


def _shown(page: Page, index: int) -> dict[str, object]:
    one = page.shown[index]
    sides = {
        "current": [line.current for line in one.lines],
        "desired": [line.desired for line in one.lines],
    }
    texts = {
        side: "\n".join("".join(bit.text for bit in line) for line in lines if line is not None)
        for side, lines in sides.items()
    }
    return {"object": one.title, "does": list(one.deeds), "where": one.place, **texts}
