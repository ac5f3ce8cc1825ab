"""One revision: up with rows, down, and up again; what is left to differ, what was lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlplumb.changes import diff
from sqlplumb.engines import Filled, Traced, engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.proof import Proof
from sqlplumb.proof.survival import State, damages, losses, pairs
from sqlplumb.schema import Schema
from sqlplumb.sources.history import Replay
from sqlplumb.steps import Look

_ATTEMPTS = 12

OpenScratch = Callable[[], AbstractContextManager[Replay]]


@dataclass(slots=True)
class _Findings:
    failures: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)


class _Refusal(Exception):
    """Rows that satisfied the schema before are refused after it; the tables that hold them."""

    def __init__(self, tables: Collection[str], why: str, down: bool) -> None:
        super().__init__(why)
        self.tables = tuple(tables)
        self.down = down


@dataclass(frozen=True, slots=True)
class _Run:
    """One revision on one scratch. `bases` are what must have run before it."""

    replay: Replay
    revision: str
    bases: tuple[str, ...]


def prove_revision(
    open_scratch: OpenScratch, revision: str, bases: tuple[str, ...], desired: Schema | None
) -> Proof:
    """Where rows are refused, it is tried again without those of that table, and said."""
    emptied: dict[str, str] = {}
    looks: tuple[Look, ...] | None = None
    left_out: list[Look] = []
    climbed: _Findings | None = None
    for _ in range(_ATTEMPTS):
        try:
            with open_scratch() as replay:
                run = _Run(replay, revision, bases)
                filled, before = _prepared(run, left_out, emptied)
                climbing, after = _up(run, before, desired)
                climbed = climbed or climbing
                returning = _down_and_up(run, before, after)
                return _proof(run, filled, before, (climbed, returning), (left_out, emptied))
        except _Refusal as refusal:
            if looks is None:
                looks = _looks(open_scratch, revision, bases)
            rules = [look for look in looks if look.table.lower() in refusal.tables]
            if not set(rules) <= set(left_out):
                left_out += [look for look in rules if look not in left_out]
                continue
            way = "the way back with rows of" if refusal.down else "rows of"
            new = [table for table in refusal.tables if table not in emptied]
            if not new:
                return Proof(revision, failures=(f"it cannot be run: {refusal}",))
            emptied |= {table: f"{way} {table}: {refusal}" for table in new}
    return Proof(revision, failures=("it refuses the rows of too many tables", *emptied.values()))


def _looks(open_scratch: OpenScratch, revision: str, bases: tuple[str, ...]) -> tuple[Look, ...]:
    """The rules that are new in this revision, and in its way back, found between its two ends."""
    with open_scratch() as replay:
        for base in bases:
            replay.upgrade(base)
        before = replay.opened().read()
        replay.upgrade(revision)
        after = replay.opened().read()
    spoken = engine(after.engine)
    steps = spoken.plan_steps(before, after, diff(before, after), spoken.target())
    return tuple(look for step in steps for look in step.looks)


def _prepared(run: _Run, looks: Collection[Look], emptied: Collection[str]) -> tuple[Filled, State]:
    for base in run.bases:
        run.replay.upgrade(base)
    filled = run.replay.scratch.fill((run.replay.settings.version_table,))
    for look in looks:
        run.replay.scratch.remove(look.table, look.where)
    for table in emptied:
        run.replay.scratch.remove(table, "1")
    return filled, _state(run.replay)


def _up(run: _Run, before: State, desired: Schema | None) -> tuple[_Findings, State]:
    findings = _Findings()
    traced = _ran(run, run.replay.upgrade, run.revision, before, down=False)
    after = _state(run.replay)
    found = list(pairs(before, after, traced))
    findings.losses += losses(before, found)
    for pair in found:
        findings.failures += damages(before, after, pair, traced)
    findings.failures += run.replay.scratch.unsound()
    if desired is not None:
        findings.failures += _differences(after.schema, desired, "after the upgrade")
    return findings, after


def _down_and_up(run: _Run, before: State, after: State) -> _Findings:
    findings = _Findings()
    if len(run.bases) > 1:
        findings.uncovered.append("the way back of a merge")
        return findings
    try:
        traced = _ran(run, run.replay.downgrade, "".join(run.bases) or "base", after, down=True)
    except PlumbError as error:
        findings.failures.append(f"there is no way back: {_first(error)}")
        return findings
    back = _state(run.replay)
    findings.failures += _differences(back.schema, before.schema, "after the downgrade")
    for pair in pairs(after, back, traced):
        wrong = damages(after, back, pair, traced)
        findings.failures += (f"after the downgrade, {one}" for one in wrong)
    findings.failures += run.replay.scratch.unsound()
    _ran(run, run.replay.upgrade, run.revision, back, down=True)
    again = _state(run.replay)
    findings.failures += _differences(again.schema, after.schema, "after the second upgrade")
    _ran(run, run.replay.upgrade, run.revision, again, down=True)
    if _state(run.replay) != again:
        findings.failures.append("an upgrade of what is upgraded changes something")
    return findings


def _ran(run: _Run, move: Callable[[str], None], target: str, before: State, down: bool) -> Traced:
    statements: list[str] = []
    run.replay.scratch.record(statements)
    try:
        move(target)
    except PlumbError as error:
        cause = error.__cause__
        if type(cause).__name__ != "IntegrityError":
            raise
        traced = run.replay.scratch.traced(statements)
        words = re.findall(r"\w+", str(getattr(cause, "statement", "")).lower())
        tables = {traced.tables.get(word, word) for word in words} & before.rows.keys()
        raise _Refusal(tables, str(getattr(cause, "orig", cause)), down) from error
    return run.replay.scratch.traced(statements)


def _first(error: PlumbError) -> str:
    return str(error.problems[0].message)


def _state(replay: Replay) -> State:
    version_table = replay.settings.version_table
    schema = replay.opened().read()
    rows = {name: rows for name, rows in replay.scratch.rows().items() if name != version_table}
    return State(schema, rows)


def _differences(schema: Schema, desired: Schema, when: str) -> Iterator[str]:
    current, wanted = engine(desired.engine).settle(schema, desired)
    for change in diff(current, wanted):
        if change.ref.unit != "alembic_version":
            yield f"{when}, {change.ref.kind} {change.ref} is not what it should be"


def _proof(
    run: _Run,
    filled: Filled,
    before: State,
    findings: tuple[_Findings, _Findings],
    left_out: tuple[Collection[Look], dict[str, str]],
) -> Proof:
    counts = [len(rows.rows) for rows in before.rows.values() if rows.rows]
    unfilled = [f"rows of {table}: {why}" for table, why in filled.unfilled.items()]
    return Proof(
        run.revision,
        tables=len(counts),
        rows=sum(counts),
        failures=tuple(one for side in findings for one in side.failures),
        losses=tuple(one for side in findings for one in side.losses),
        uncovered=(
            *unfilled,
            *(f"rows that {look.rule} refuses" for look in left_out[0]),
            *left_out[1].values(),
            *findings[1].uncovered,
        ),
    )
