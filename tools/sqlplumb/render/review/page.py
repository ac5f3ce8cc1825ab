"""The view model of a review: everything that it tells, in words, and nothing of how it looks.

Its JSON is the model itself. The form is fixed: a change of it is a breaking change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from sqlplumb.lint import Finding
from sqlplumb.render.findings import as_value
from sqlplumb.render.json_text import json_text
from sqlplumb.render.picture import Picture, mermaid
from sqlplumb.render.review.statements import ChangedStatement
from sqlplumb.render.words import counted
from sqlplumb.review import (
    LEVELS,
    Level,
    NextStep,
    Origin,
    Reason,
    worst,
)

JSON_VERSION = 1
HEADLINES: dict[Level, str] = {"safe": "Safe", "look": "Look here", "stop": "Stop"}
_GUARD = "guard"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatement:
    """One statement that runs. `rows` and `time` are guesses, from a database that was given."""

    number: int
    sql: str
    words: str
    work: str
    blocks: str
    rows: int | None
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRun:
    """Statements that stand behind each other: guards together, of which a page shows one line, or
    one of another kind."""

    statements: tuple[RunStatement, ...]

    @property
    def is_guard(self) -> bool:
        return self.statements[0].work == _GUARD

    @property
    def numbers(self) -> str:
        first, last = self.statements[0].number, self.statements[-1].number
        return str(first) if first == last else f"{first}-{last}"

    @property
    def words(self) -> str:
        if len(self.statements) == 1:
            return self.statements[0].words
        return f"{len(self.statements)} statements: all ends here unless what must hold does"


@dataclass(frozen=True, slots=True)
class Lost:
    message: str
    leave: str
    advice: str


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
    """A live database; `held` are the rules that none of its rows break."""

    label: str
    waits: str
    tables: tuple[tuple[str, int, str], ...]
    refused: tuple[Refused, ...]
    held: tuple[str, ...]
    drift: tuple[str, ...]

    @property
    def has_sizes(self) -> bool:
        return any(size for *_, size in self.tables)


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
    sha256: str
    approved_by: tuple[str, ...]
    stale_approvals: tuple[str, ...]
    origin: Origin
    level: Level
    summary: str
    reasons: tuple[Reason, ...]
    changes: tuple[ChangedStatement, ...]
    statements: tuple[RunStatement, ...]
    lost: tuple[Lost, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    proved: Proved
    back: tuple[str, ...]
    back_loses: tuple[str, ...]
    is_one_way: bool
    stays_lost: bool
    values: tuple[str, ...]
    database: Database | None
    next_steps: tuple[NextStep, ...]
    picture: Picture | None

    @property
    def headline(self) -> str:
        return f"{HEADLINES[self.level]}: {self.summary}"

    @property
    def runs(self) -> tuple[StatementRun, ...]:
        """The statements, those of guards together."""
        grouped = groupby(
            self.statements,
            key=lambda statement: statement.number if statement.work != _GUARD else _GUARD,
        )
        return tuple(StatementRun(statements=tuple(run)) for _, run in grouped)

    @property
    def steps_title(self) -> str:
        return f"To go on{', once nothing says Stop' if self.level == 'stop' else ''}"

    @property
    def about(self) -> tuple[tuple[str, str], ...]:
        """Terms of where this page comes from, and what is to be said of each."""
        terms = [
            ("Reviewed", self.origin.date),
            ("sqlplumb", self.origin.version),
            ("Commit", self.origin.commit),
            ("SHA-256 of the file", self.sha256),
            ("Approved by", ", ".join(self.approved_by)),
            ("Approved before the file was changed", ", ".join(self.stale_approvals)),
        ]
        return tuple((term, words) for term, words in terms if words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is said of several revisions together. Each reason names its revision; the gravest come
    first."""

    level: Level
    summary: str
    reasons: tuple[tuple[str, Reason], ...]

    @property
    def headline(self) -> str:
        return f"{HEADLINES[self.level]}: {self.summary}"

    @property
    def listed(self) -> tuple[tuple[str, Reason], ...]:
        """The reasons, where there are more than the headline says already."""
        return self.reasons if len(self.reasons) > 1 else ()


def overview(pages: Sequence[Page]) -> Overview:
    level = worst(page.level for page in pages)
    reasons = [
        (page.revision, reason)
        for page in pages
        for reason in (Reason(page.level, page.summary), *page.reasons)
        if reason.level != "safe"
    ]
    reasons.sort(key=lambda named: LEVELS.index(named[1].level))
    return Overview(level=level, summary=_summary(pages, level), reasons=tuple(reasons))


def _summary(pages: Sequence[Page], level: Level) -> str:
    """Of several revisions, give the summary of the first that is as grave as the review."""
    if not pages:
        return "there is no revision to review"
    gravest = next(page for page in pages if page.level == level)
    if len(pages) == 1:
        return gravest.summary
    if level == "safe":
        return f"{counted(len(pages), 'revision')}, nothing is lost, and every proof holds"
    return f"{counted(len(pages), 'revision')}; {gravest.revision}: {gravest.summary}"


def as_json(pages: Sequence[Page]) -> str:
    whole = overview(pages)
    value = {
        "version": JSON_VERSION,
        "verdict": whole.level,
        "summary": whole.summary,
        "reasons": [{"revision": name, **asdict(reason)} for name, reason in whole.reasons],
        "made": asdict(pages[0].origin) if pages else None,
        "revisions": [_value(page) for page in pages],
    }
    return json_text(value)


def _value(page: Page) -> dict[str, object]:
    changes = []
    for change in page.changes:
        sides = (
            [line.current for line in change.lines if line.current is not None],
            [line.desired for line in change.lines if line.desired is not None],
        )
        current, desired = (
            "\n".join("".join(bit.text for bit in line) for line in lines) for lines in sides
        )
        value = {"object": change.title, "does": list(change.deeds), "where": change.place}
        value["log"] = list(change.log)
        changes.append({**value, "current": current, "desired": desired})
    return {
        "revision": page.revision,
        "message": page.message,
        "file": page.file,
        "sha256": page.sha256,
        "approved_by": list(page.approved_by),
        "stale_approvals": list(page.stale_approvals),
        "verdict": page.level,
        "summary": page.summary,
        "reasons": [asdict(reason) for reason in page.reasons],
        "changes": changes,
        "statements": [asdict(statement) for statement in page.statements],
        "losses": [
            {"message": lost.message, "leave": lost.leave, "hint": lost.advice}
            for lost in page.lost
        ],
        "values": list(page.values),
        "findings": [as_value(finding) for finding in page.findings],
        "ignored": [{**as_value(finding), "reason": finding.reason} for finding in page.ignored],
        "proof": asdict(page.proved),
        "way_back": {"does": list(page.back), "loses": list(page.back_loses)},
        "database": asdict(page.database) if page.database else None,
        "next_steps": [asdict(step) for step in page.next_steps],
        "picture": mermaid(page.picture) if page.picture else None,
    }
