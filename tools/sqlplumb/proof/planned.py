"""A plan that is no revision yet: its script, run on a scratch of the current schema with rows."""

from __future__ import annotations

from sqlplumb.changes import Rename
from sqlplumb.engines import engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.proof import Failure, Proof, refused_rows
from sqlplumb.proof.state import complaints, differing, state_of
from sqlplumb.proof.survival import compared, counted_less, damages, losses, pairs
from sqlplumb.steps import Plan


def prove_plan(plan: Plan) -> Proof:
    """Rows that a new rule refuses are left out, and said."""
    spoken = engine(plan.desired.engine)
    with spoken.open_scratch() as scratch:
        scratch.run(spoken.creates(plan.current))
        renames = [one for one in plan.changes if isinstance(one, Rename)]
        filled = scratch.fill(looks=plan.looks, renames=renames, fills=plan.fills)
        for look in plan.looks:
            scratch.remove(look.table, look.where, renames)
        before = state_of(scratch.source("scratch"), scratch)
        statements = list[str]()
        orphans = scratch.orphans()
        scratch.record(statements)
        failures = list[str]()
        try:
            scratch.run(spoken.script(plan))
            after = state_of(scratch.source("scratch"), scratch, before)
        except PlumbError as error:
            return Proof("plan", failures=(Failure(str(error)),))
        traced = scratch.traced(statements)
        found = list(pairs(before, after, traced))
        failures += counted_less(before, after, found)
        failures += damages(compared(before, after, traced))
        left = differing(after.schema, plan.desired)
        failures += complaints(before, after)
        failures += [f"{ref.kind} {ref} is not what it should be" for ref in left]
        new = [looked for looked in scratch.orphans() if looked not in orphans]
        failures += [
            f"{one.table}: rows refer to rows of {one.target} that are gone" for one in new
        ]
    counts = [len(rows.rows) for rows in before.rows.values() if rows.rows]
    return Proof(
        "plan",
        tables=len(counts),
        rows=sum(counts),
        failures=tuple(map(Failure, failures)),
        losses=tuple(map(str, losses(before, found))),
        uncovered=(
            *(f"rows of {table}: {why}" for table, why in filled.unfilled.items()),
            *map(refused_rows, plan.row_rules),
            "a way back: it is a revision that has one",
        ),
    )
