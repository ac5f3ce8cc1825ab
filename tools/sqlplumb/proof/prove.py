"""One revision: up with rows, down, and up again; what is left to differ, what was lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlplumb.changes import Rename
from sqlplumb.engines import Opened, engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.promised import as_planned, forgotten, has_hints
from sqlplumb.proof.proof import Proof
from sqlplumb.proof.rules import NewRules, at_fault, renames_of, rules_of
from sqlplumb.proof.run import (
    Again,
    Findings,
    Refusal,
    Run,
    below,
    down_and_up,
    state,
    up,
)
from sqlplumb.proof.state import State
from sqlplumb.proof.touched import far
from sqlplumb.proof.values import came_back, with_way_back
from sqlplumb.sources.history import OpenScratch
from sqlplumb.steps import Fill, Look, Plan

_ATTEMPTS = 40


def prove_revision(
    open_scratch: OpenScratch,
    revision: str,
    bases: tuple[str, ...],
    parents: tuple[str, ...],
    desired: Opened | None,
    plan: Plan | None = None,
) -> Proof:
    """On scratches that stand where it begins. Where rows are refused, it is tried again without
    those of that table, and said. A `plan` that it was written from says what it must do to rows.
    """
    emptied: dict[str, str] = {}
    promised = plan if plan and has_hints(plan) else None
    left_alone = _far(open_scratch, revision)
    coming: list[NewRules] = []
    left_out: list[Look] = []
    climbed: Findings | None = None
    typed = False
    without_rows = {False, True}  # until it is found to fail there as well
    refused_back = False
    for _ in range(_ATTEMPTS):
        try:
            with open_scratch() as replay:
                run = Run(replay, revision, bases, parents, left_alone, typed, without_rows)
                rows = RowsToPut(promised, coming[0] if coming else None, left_out, emptied)
                unfilled, before = _prepared(run, rows)
                climbing, after = up(run, before, desired)
                if promised and not climbed:
                    climbing.failures += _forgotten(open_scratch, run, rows, after)
                climbed, states = climbed or climbing, (before, after)
                if climbing.failures:
                    return _proof(run, unfilled, states, (climbed, Findings()), (left_out, emptied))
                returning = down_and_up(run, before, after)
                back = None if refused_back else returning.back
                climbed.changes = [
                    *with_way_back(climbed.changes, climbing.changes, (before, back))
                ]
                lost = [one for one in climbed.losses if back and came_back(before, back, one)]
                proof = _proof(run, unfilled, states, (climbed, returning), (left_out, emptied))
                return replace(
                    proof,
                    losses=tuple(str(one) for one in climbed.losses if one not in lost),
                    returning=tuple(map(str, lost)),
                )
        except Again as again:
            left_alone, typed = again.left_alone, again.typed
        except Refusal as refusal:
            refused_back |= refusal.down
            if refusal.by_code:
                emptied |= _refused_by_code(open_scratch, run, refusal, emptied)
                continue
            if promised and not refusal.down and _planned(open_scratch, run, rows):
                message = f"it refuses rows that the plan takes: {refusal}"
                return Proof(revision, failures=(message,))
            coming = coming or _rules(open_scratch, revision, promised)
            tables = coming[0].before(refusal.tables) if refusal.down else refusal.tables
            if rules := at_fault(coming, tables, str(refusal), left_out):
                left_out += rules
                continue
            new = [table for table in tables if table not in emptied]
            if not new:
                return Proof(revision, failures=(f"it cannot be run: {refusal}",))
            emptied |= {table: _told(refusal, table) for table in new}
    return Proof(revision, failures=("it refuses the rows of too many tables", *emptied.values()))


def _told(refusal: Refusal, table: str) -> str:
    way = "the way back with rows of" if refusal.down else "rows of"
    return f"{way} {table}: {refusal}"


def _refused_by_code(
    open_scratch: OpenScratch, run: Run, refusal: Refusal, emptied: Collection[str]
) -> dict[str, str]:
    """The tables that its Python read last, then all; none where it fails without rows as well, and
    is at fault itself."""
    full = [one for one in refusal.full if one not in emptied]
    if not full or not _runs_without_rows(open_scratch, run, refusal.down):
        run.runs_without_rows.discard(refusal.down)
        return {}
    tables = [one for one in full if one in refusal.tables] or full
    return {table: _told(refusal, table) for table in tables}


def _runs_without_rows(open_scratch: OpenScratch, run: Run, down: bool) -> bool:
    try:
        with open_scratch() as replay:
            replay.upgrade(run.revision)
            if down:
                replay.downgrade(below(run))
                replay.upgrade(run.revision)
    except PlumbError:
        return False
    return True


def _rules(open_scratch: OpenScratch, revision: str, plan: Plan | None) -> list[NewRules]:
    """Those of the plan first, which know what a hint will make of a row."""
    found = [rules_of(open_scratch, revision, each) for each in (False, True)]
    return [NewRules(plan.looks, renames_of(plan)), *found] if plan else found


def _far(open_scratch: OpenScratch, revision: str) -> Collection[str]:
    with open_scratch() as replay:
        return far(replay, revision)


@dataclass(frozen=True, slots=True)
class RowsToPut:
    """What decides which rows a scratch gets: the hints of a plan, the rules that are known to
    come, those whose rows are left out, and the tables that hold none."""

    plan: Plan | None
    coming: NewRules | None
    left_out: Sequence[Look]
    emptied: Collection[str]

    @property
    def renames(self) -> Sequence[Rename]:
        if self.plan:
            return renames_of(self.plan)
        return self.coming.renames if self.coming else ()

    @property
    def fills(self) -> Sequence[Fill]:
        return self.plan.fills if self.plan else ()


def _prepared(run: Run, rows: RowsToPut) -> tuple[list[str], State]:
    """And what no row was found for."""
    scratch, own = run.replay.scratch, run.replay.settings.version_table
    types = run.replay.types() if run.typed else {}
    filled = scratch.fill({own, *run.left_alone}, rows.left_out, rows.renames, rows.fills, types)
    for look in rows.left_out:
        scratch.remove(look.table, look.where, rows.renames)
    for table in rows.emptied:
        scratch.remove(table, "1", ())
    unfilled = [f"rows of {table}: {why}" for table, why in filled.unfilled.items()]
    unfilled += [
        f"the hint of {fill.ref}: no row was found that it would change"
        for fill in rows.fills
        if not scratch.count(fill.table, fill.where or "1", rows.renames)
    ]
    return unfilled, state(run)


def _planned(open_scratch: OpenScratch, run: Run, rows: RowsToPut) -> State | None:
    assert rows.plan is not None
    with open_scratch() as replay:
        other = replace(run, replay=replay)
        _prepared(other, rows)
        return as_planned(other, rows.plan)


def _forgotten(open_scratch: OpenScratch, run: Run, rows: RowsToPut, after: State) -> Iterator[str]:
    planned = _planned(open_scratch, run, rows)
    if planned and rows.plan:
        yield from forgotten(planned, after, rows.plan)


def _proof(
    run: Run,
    unfilled: Sequence[str],
    states: tuple[State, State],
    findings: tuple[Findings, Findings],
    left_out: tuple[Collection[Look], dict[str, str]],
) -> Proof:
    spoken = engine(states[1].schema.engine)
    counts = [len(rows.rows) for rows in states[0].rows.values() if rows.rows]
    return Proof(
        run.revision,
        tables=len(counts),
        rows=sum(counts),
        failures=tuple(one for side in findings for one in side.failures),
        losses=tuple(str(one) for one in findings[0].losses),
        changes=tuple(findings[0].changes),
        uncovered=(
            *unfilled,
            *(f"rows that {look.rule} refuses" for look in left_out[0]),
            *left_out[1].values(),
            *findings[1].uncovered,
        ),
        notes=tuple(dict.fromkeys(one for side in findings for one in side.notes)),
        left_alone=len(run.left_alone),
        makes=spoken.wording(states[1].texts, run.replay.settings.version_table),
    )
