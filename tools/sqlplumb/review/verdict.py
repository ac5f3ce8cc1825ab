"""Safe, look here, or stop: from facts, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlplumb.lint import Finding
from sqlplumb.proof import Changed, refused_rows
from sqlplumb.review.reviewed import Reviewed
from sqlplumb.schema.words import enumerate_names
from sqlplumb.steps import Loss

Level = Literal["stop", "look", "safe"]
LEVELS: tuple[Level, ...] = ("stop", "look", "safe")
_MOST = 3  # rules in one sentence


@dataclass(frozen=True, slots=True)
class Reason:
    level: Level
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    level: Level
    reasons: tuple[Reason, ...]


def verdict(reviewed: Reviewed) -> Verdict:
    found = tuple(_reasons(reviewed))
    level = worst(one.level for one in found)
    ordered = sorted(found, key=lambda one: LEVELS.index(one.level))
    return Verdict(level, tuple(dict.fromkeys(ordered)))


def worst(levels: Iterable[Level]) -> Level:
    return min(levels, key=LEVELS.index, default="safe")


def _reasons(reviewed: Reviewed) -> Iterator[Reason]:
    for failure in reviewed.proof.failures:
        yield Reason("stop", f"the proof fails: {failure}")
    yield from _of_the_database(reviewed)
    for loss in reviewed.plan.losses:
        yield Reason("look", f"it takes away {loss.message}{_way_back(reviewed, loss)}")
    yield from _of_values(reviewed)
    refusing = reviewed.live.refusing if reviewed.live else ()
    told = {loss.ref for loss in reviewed.plan.losses} | {one.row_check.ref for one in refusing}
    for finding in reviewed.findings:
        level = _level(finding)
        if level and finding.ref not in told:
            yield Reason(level, finding.message)
    yield from _of_gaps(reviewed)


def _way_back(reviewed: Reviewed, loss: Loss) -> str:
    return "; the downgrade brings them back" if comes_back(reviewed, loss) else ""


def comes_back(reviewed: Reviewed, loss: Loss) -> bool:
    """As the rows of the proof show."""
    ref = loss.ref
    name = f"{ref.display_unit}.{ref.display}" if ref.inline else ref.display
    return f"{ref.kind} {name}" in reviewed.proof.returning


def changes(reviewed: Reviewed) -> tuple[Changed, ...]:
    """Of the database that is named, where its rows could be counted."""
    counted = reviewed.live.counted if reviewed.live else None
    return counted.changes if counted and not counted.why_not else reviewed.proof.changes


def _of_values(reviewed: Reviewed) -> Iterator[Reason]:
    counted = reviewed.live.counted if reviewed.live else None
    is_live = counted is not None and not counted.why_not
    for one in changes(reviewed):
        level: Level = "look" if one.loses else "safe"
        yield Reason(level, f"it {one.words('' if is_live else ' of the proof')}")
    if reviewed.live and counted and counted.why_not and reviewed.proof.changes:
        message = f"nobody counted the rows that it changes: {counted.why_not}"
        yield Reason("look", f"{reviewed.live.label}: {message}")


def _of_gaps(reviewed: Reviewed) -> Iterator[Reason]:
    """The rules that live rows decide in one sentence, if there are no live rows to ask."""
    found = gaps(reviewed)
    by_gap = {refused_rows(rule): rule for rule in reviewed.plan.row_rules if not reviewed.live}
    if rules := [by_gap[gap] for gap in found if gap in by_gap]:
        more = [f"{len(rules) - _MOST} more"] if len(rules) > _MOST else []
        said = enumerate_names([*rules[:_MOST], *more])
        refuse = f"{said} refuse{'s' if len(rules) == 1 else ''}"
        decide = "live rows decide, and --database URL asks them"
        yield Reason("look", f"the proof did not cover rows that {refuse}: {decide}")
    for gap in found:
        if gap not in by_gap:
            yield Reason("look", f"the proof did not cover {gap}")


def gaps(reviewed: Reviewed) -> tuple[str, ...]:
    """What the proof did not cover, and the rows of the live database do not answer either."""
    live = reviewed.live
    answered = {refused_rows(row_check.rule) for row_check in (live.row_checks if live else ())}
    if live and live.counted and not live.counted.why_not:  # it ran on a copy of them
        answered.update(map(refused_rows, reviewed.plan.row_rules))
    return tuple(gap for gap in reviewed.proof.uncovered if gap not in answered)


def _of_the_database(reviewed: Reviewed) -> Iterator[Reason]:
    live = reviewed.live
    if live is None:
        return
    for one in live.refusing:
        if one.seen.count:
            rows = "1 row" if one.seen.count == 1 else f"{one.seen.count} rows"
            breaks = f"{rows} of {one.row_check.table} would be refused by {one.row_check.rule}"
            yield Reason("stop", f"{live.label}: {breaks}")
        elif one.seen.why_not:
            yield Reason(
                "look", f"{live.label}: nobody could look for rows against {one.row_check.rule}"
            )
    if live.counted and live.counted.fails and not any(one.seen.count for one in live.refusing):
        message = f"the revision fails on a copy of it: {live.counted.why_not}"
        yield Reason("stop", f"{live.label}: {message}")
    if live.drift.changes:
        number = len({change.ref.unit for change in live.drift.changes})
        differ = "1 object differs" if number == 1 else f"{number} objects differ"
        at = f"it is at {' and '.join(live.at)}" if live.at else "it names no revision"
        message = f"{live.label} is not what this revision starts from: {differ}; {at}"
        yield Reason("stop", message)


def _level(finding: Finding) -> Level | None:
    match finding.severity:
        case "error":
            return "stop"
        case "warning":
            return "look"
        case "info":
            return None
