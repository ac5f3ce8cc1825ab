"""For Python: a plan put to the proof."""

from __future__ import annotations

from sqlplumb import limits
from sqlplumb.commands.read import Planned
from sqlplumb.proof import Proof
from sqlplumb.proof.planned import prove_plan


def prove(plan: Planned) -> Proof:
    """Runs the plan's script on a scratch database with rows; look at `holds` and `failures`."""
    with limits.within(limits.DEFAULT):
        return prove_plan(plan.plan)
