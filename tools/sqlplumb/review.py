"""What is known of a revision that somebody must review, and the verdict on it.

Owns which facts make a verdict. It must never run anything, and never say how a page looks.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlplumb.approvals import Approvals
from sqlplumb.changes.comparison import Comparison
from sqlplumb.engines import Effect, RefusedRows, Weight, engine
from sqlplumb.lint import Finding
from sqlplumb.log import Log
from sqlplumb.places import Place
from sqlplumb.proof import Changed, Counted, Proof, refused_rows
from sqlplumb.schema import Ref, Schema
from sqlplumb.schema.words import enumerate_names
from sqlplumb.steps import Loss, Plan, RowCheck

Level = Literal["stop", "look", "safe"]
LEVELS: tuple[Level, ...] = ("stop", "look", "safe")
_LEVEL_OF_SEVERITY: Mapping[str, Level] = {"error": "stop", "warning": "look"}
_RUNNING = "P208"  # what code that runs meanwhile cannot work with
_ROWS = "P206"  # rows that a new rule would refuse
_MOST = 3  # rules in one sentence


@dataclass(frozen=True, slots=True)
class Refusing:
    """A rule that is to come, and the rows of the live database that break it."""

    row_check: RowCheck
    seen: RefusedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A database that the revision is to run on.

    `row_checks` are the rules that its rows were held against; `refusing` are those that some rows
    break, or where nobody could look. `counted` are the values that the revision changed in a copy
    of it. `drift` is how it differs from the state that the revision starts from; `at` are the
    revisions that it names: it `lacks` others before this one, or has run it already (`has_run`).
    """

    label: str
    waits: str
    weights: Mapping[str, Weight]
    row_checks: tuple[RowCheck, ...]
    refusing: tuple[Refusing, ...]
    drift: Comparison
    at: tuple[str, ...] = ()
    lacks: bool = False
    has_run: bool = False
    counted: Counted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """When a review was made, by which sqlplumb, and of which commit; each as text, or nothing."""

    date: str = ""
    version: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A command as it is typed, and what it is for."""

    purpose: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """All that is known of one revision.

    `plan` is what the revision amounts to, `back` its way back; `near` is what it changes, and what
    that is tied to, once it ran, and `reads` what the views among it read; `effects` are what its
    statements do. `places` are the places in schema.sql of what it makes; `written` are the
    author's texts of what has a CREATE statement of its own, `written_before` those of what was
    there. `log` is that of the revisions before it, where it can be remembered. `leave` are the
    options without which `apply` refuses it; `next_steps` lead on from here.
    """

    revision: str
    message: str
    file: str
    plan: Plan
    back: Plan
    near: Schema
    reads: Mapping[str, frozenset[str]]
    effects: tuple[Effect, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    proof: Proof
    places: Mapping[Ref, Place]
    written_before: Mapping[Ref, str]
    written: Mapping[Ref, str]
    approvals: Approvals
    next_steps: tuple[NextStep, ...]
    leave: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin)
    live: Live | None = None
    log: Log | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    level: Level
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    level: Level
    reasons: tuple[Reason, ...]


def verdict(reviewed: Reviewed) -> Verdict:
    """Judge from facts: safe, look here, or stop. The gravest reason comes first, and what `apply`
    does about it behind those of its level."""
    reasons = sorted(_reasons(reviewed), key=lambda reason: LEVELS.index(reason.level))
    level = worst(reason.level for reason in reasons)
    return Verdict(level, tuple(dict.fromkeys(reasons)))


def worst(levels: Iterable[Level]) -> Level:
    return min(levels, key=LEVELS.index, default="safe")


def _reasons(reviewed: Reviewed) -> Iterator[Reason]:
    live = reviewed.live
    for failure in reviewed.proof.failures:
        yield Reason("stop", f"the proof fails: {failure}")
    is_refused = bool(reviewed.proof.failures)
    if live:
        for reason in _database_reasons(live, reviewed.ignored):
            is_refused |= reason.level == "stop"
            yield reason
    for loss in reviewed.plan.losses:
        back = "; the downgrade brings them back" if comes_back(reviewed, loss) else ""
        yield Reason("look", f"it takes away {loss.message}{back}")
    yield from _value_reasons(reviewed)
    refused = {refusal.row_check.ref for refusal in live.refusing} if live else set[Ref]()
    reported = {loss.ref for loss in reviewed.plan.losses} | refused
    for finding in reviewed.findings:
        level = _LEVEL_OF_SEVERITY.get(finding.severity)
        if level and (finding.ref not in reported or _stops_others(finding)):
            yield Reason(level, finding.message)
    yield from _gap_reasons(reviewed)
    if not engine(reviewed.plan.desired.engine).applies:
        return
    if is_refused:
        yield Reason("stop", "`apply` refuses it as things are, whatever is allowed")
    elif reviewed.leave:
        yield Reason("look", f"`apply` wants leave for it: {' '.join(reviewed.leave)}")


def _stops_others(finding: Finding) -> bool:
    """Does the settings' `rolling` make it an error? What is lost is then not all that happens."""
    return finding.code == _RUNNING and finding.severity == "error"


def comes_back(reviewed: Reviewed, loss: Loss) -> bool:
    """Return whether the downgrade brings it back, as the rows of the proof show."""
    return name_in_proof(loss) in reviewed.proof.returning


def name_in_proof(loss: Loss) -> str:
    ref = loss.ref
    name = f"{ref.display_unit}.{ref.display}" if ref.inline else ref.display
    return f"{ref.kind} {name}"


def changes(reviewed: Reviewed) -> tuple[Changed, ...]:
    """Return the values that change in the database that is named, or else in the proof."""
    counted = reviewed.live.counted if reviewed.live else None
    return counted.changes if counted and not counted.why_not else reviewed.proof.changes


def _value_reasons(reviewed: Reviewed) -> Iterator[Reason]:
    counted = reviewed.live.counted if reviewed.live else None
    is_live = counted is not None and not counted.why_not
    for change in changes(reviewed):
        level: Level = "look" if change.loses else "safe"
        yield Reason(level, f"it {change.words('' if is_live else ' of the proof')}")
    if reviewed.live and counted and counted.why_not and reviewed.proof.changes:
        message = f"nobody counted the rows that it changes: {counted.why_not}"
        yield Reason("look", f"{reviewed.live.label}: {message}")


def _gap_reasons(reviewed: Reviewed) -> Iterator[Reason]:
    """Name the rules that live rows decide in one sentence, if there are no live rows to ask."""
    uncovered = gaps(reviewed)
    by_gap = {refused_rows(rule): rule for rule in reviewed.plan.row_rules if not reviewed.live}
    if rules := [by_gap[gap] for gap in uncovered if gap in by_gap]:
        more = [f"{len(rules) - _MOST} more"] if len(rules) > _MOST else []
        names = enumerate_names([*rules[:_MOST], *more])
        refuse = f"{names} refuse{'s' if len(rules) == 1 else ''}"
        decide = "live rows decide, and --database URL asks them"
        yield Reason("look", f"the proof did not cover rows that {refuse}: {decide}")
    for gap in uncovered:
        if gap not in by_gap:
            yield Reason("look", f"the proof did not cover {gap}")


def gaps(reviewed: Reviewed) -> tuple[str, ...]:
    """Return what neither the proof covers nor the rows of the live database answer."""
    live = reviewed.live
    answered = {refused_rows(row_check.rule) for row_check in (live.row_checks if live else ())}
    if live and live.counted and not live.counted.why_not:  # it ran on a copy of them
        answered.update(map(refused_rows, reviewed.plan.row_rules))
    return tuple(gap for gap in reviewed.proof.uncovered if gap not in answered)


def _database_reasons(live: Live, ignored: Iterable[Finding]) -> Iterator[Reason]:
    ignored_refs = {finding.ref for finding in ignored if finding.code == _ROWS}
    for refusal in live.refusing:
        rule, table, count = refusal.row_check.rule, refusal.row_check.table, refusal.seen.count
        if count:
            rows = "1 row" if count == 1 else f"{count} rows"
            words = f"{live.label}: {rows} of {table} would be refused by {rule}"
            is_ignored = refusal.row_check.ref in ignored_refs
            yield Reason("stop", f"{words}, which no ignore changes" if is_ignored else words)
        elif refusal.seen.why_not:
            yield Reason("look", f"{live.label}: nobody could look for rows against {rule}")
    is_refused = any(refusal.seen.count for refusal in live.refusing)
    if live.counted and live.counted.fails and not is_refused:
        message = f"the revision fails on a copy of it: {live.counted.why_not}"
        yield Reason("stop", f"{live.label}: {message}")
    if live.drift.changes:
        number = len({change.ref.unit for change in live.drift.changes})
        differ = "1 object differs" if number == 1 else f"{number} objects differ"
        at = f"it is at {' and '.join(live.at)}" if live.at else "it names no revision"
        message = f"{live.label} is not what this revision starts from: {differ}; {at}"
        if live.has_run:
            message += ", and has run it already"
        elif live.lacks:
            message += (
                ", and others come before this one: `sqlplumb review --pending"
                f" {shlex.quote(live.label)}` reviews all of them"
            )
        yield Reason("stop", message)
