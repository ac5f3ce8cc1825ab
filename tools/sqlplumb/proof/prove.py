"""One revision: up with rows, down, and up again; what is left to differ, what was lost."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlplumb.changes import diff
from sqlplumb.engines import Filled, Opened, engine
from sqlplumb.proof.proof import Proof
from sqlplumb.proof.run import Findings, Nearer, Refusal, Run, down_and_up, state, up
from sqlplumb.proof.state import State
from sqlplumb.proof.touched import far
from sqlplumb.schema.fingerprint import wording
from sqlplumb.sources.history import OpenScratch
from sqlplumb.steps import Look

_ATTEMPTS = 40


def prove_revision(
    open_scratch: OpenScratch,
    revision: str,
    bases: tuple[str, ...],
    parents: tuple[str, ...],
    desired: Opened | None,
) -> Proof:
    """On scratches that stand where it begins. Where rows are refused, it is tried again without
    those of that table, and said."""
    emptied: dict[str, str] = {}
    left_alone = _far(open_scratch, revision)
    looks: tuple[Look, ...] | None = None
    left_out: list[Look] = []
    climbed: Findings | None = None
    for _ in range(_ATTEMPTS):
        try:
            with open_scratch() as replay:
                run = Run(replay, revision, bases, parents, left_alone)
                filled, before = _prepared(run, left_out, emptied)
                climbing, after = up(run, before, desired)
                climbed, states = climbed or climbing, (before, after)
                if climbing.failures:
                    return _proof(run, filled, states, (climbed, Findings()), (left_out, emptied))
                returning = down_and_up(run, before, after)
                return _proof(run, filled, states, (climbed, returning), (left_out, emptied))
        except Nearer as nearer:
            left_alone = set(left_alone) - nearer.tables
        except Refusal as refusal:
            if looks is None:
                looks = _looks(open_scratch, revision)
            if rules := _at_fault(looks, refusal, left_out):
                left_out += rules
                continue
            way = "the way back with rows of" if refusal.down else "rows of"
            new = [table for table in refusal.tables if table not in emptied]
            if not new:
                return Proof(revision, failures=(f"it cannot be run: {refusal}",))
            emptied |= {table: f"{way} {table}: {refusal}" for table in new}
    return Proof(revision, failures=("it refuses the rows of too many tables", *emptied.values()))


def _far(open_scratch: OpenScratch, revision: str) -> Collection[str]:
    with open_scratch() as replay:
        return far(replay, revision)


def _looks(open_scratch: OpenScratch, revision: str) -> tuple[Look, ...]:
    """The rules that are new in this revision, and in its way back, found between its two ends."""
    with open_scratch() as replay:
        before = replay.opened().read()
        replay.upgrade(revision)
        after = replay.opened().read()
    spoken = engine(after.engine)
    steps = spoken.plan_steps(before, after, diff(before, after), spoken.target())
    return tuple(look for step in steps for look in step.looks)


def _at_fault(looks: Collection[Look], refusal: Refusal, left_out: Collection[Look]) -> list[Look]:
    """The rule that is named; of those tables any, where none is. The others may well hold."""
    new = [one for one in looks if one.ref.unit in refusal.tables and one not in left_out]
    said = re.findall(r"\w+", str(refusal).lower())
    return [one for one in new if one.ref.name in said] or new


def _prepared(run: Run, looks: Collection[Look], emptied: Collection[str]) -> tuple[Filled, State]:
    own = run.replay.settings.version_table
    filled = run.replay.scratch.fill({own, *run.left_alone})
    for look in looks:
        run.replay.scratch.remove(look.table, look.where)
    for table in emptied:
        run.replay.scratch.remove(table, "1")
    return filled, state(run)


def _proof(
    run: Run,
    filled: Filled,
    states: tuple[State, State],
    findings: tuple[Findings, Findings],
    left_out: tuple[Collection[Look], dict[str, str]],
) -> Proof:
    counts = [len(rows.rows) for rows in states[0].rows.values() if rows.rows]
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
        left_alone=len(run.left_alone),
        makes=wording(states[1].texts, run.replay.settings.version_table),
    )
