"""One revision: up with rows, down, and up again; what is left to differ, what was lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlplumb.changes import Rename
from sqlplumb.engines import Filled, Opened, engine
from sqlplumb.proof.proof import Proof
from sqlplumb.proof.rules import NewRules, at_fault, rules_of
from sqlplumb.proof.run import Findings, Nearer, Refusal, Run, down_and_up, state, up
from sqlplumb.proof.state import State
from sqlplumb.proof.touched import far
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
    coming: list[NewRules] = []
    left_out: list[Look] = []
    climbed: Findings | None = None
    for _ in range(_ATTEMPTS):
        try:
            with open_scratch() as replay:
                run = Run(replay, revision, bases, parents, left_alone)
                renames = coming[0].renames if coming else ()
                filled, before = _prepared(run, left_out, renames, emptied)
                climbing, after = up(run, before, desired)
                climbed, states = climbed or climbing, (before, after)
                if climbing.failures:
                    return _proof(run, filled, states, (climbed, Findings()), (left_out, emptied))
                returning = down_and_up(run, before, after)
                return _proof(run, filled, states, (climbed, returning), (left_out, emptied))
        except Nearer as nearer:
            left_alone = set(left_alone) - nearer.tables
        except Refusal as refusal:
            coming = coming or [rules_of(open_scratch, revision, each) for each in (False, True)]
            tables = coming[0].before(refusal.tables) if refusal.down else refusal.tables
            if rules := at_fault(coming, tables, str(refusal), left_out):
                left_out += rules
                continue
            way = "the way back with rows of" if refusal.down else "rows of"
            new = [table for table in tables if table not in emptied]
            if not new:
                return Proof(revision, failures=(f"it cannot be run: {refusal}",))
            emptied |= {table: f"{way} {table}: {refusal}" for table in new}
    return Proof(revision, failures=("it refuses the rows of too many tables", *emptied.values()))


def _far(open_scratch: OpenScratch, revision: str) -> Collection[str]:
    with open_scratch() as replay:
        return far(replay, revision)


def _prepared(
    run: Run, looks: Collection[Look], renames: Sequence[Rename], emptied: Collection[str]
) -> tuple[Filled, State]:
    own = run.replay.settings.version_table
    filled = run.replay.scratch.fill({own, *run.left_alone}, looks, renames)
    for look in looks:
        run.replay.scratch.remove(look.table, look.where, renames)
    for table in emptied:
        run.replay.scratch.remove(table, "1", ())
    return filled, state(run)


def _proof(
    run: Run,
    filled: Filled,
    states: tuple[State, State],
    findings: tuple[Findings, Findings],
    left_out: tuple[Collection[Look], dict[str, str]],
) -> Proof:
    spoken = engine(states[1].schema.engine)
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
        notes=tuple(dict.fromkeys(one for side in findings for one in side.notes)),
        left_alone=len(run.left_alone),
        makes=spoken.wording(states[1].texts, run.replay.settings.version_table),
    )
