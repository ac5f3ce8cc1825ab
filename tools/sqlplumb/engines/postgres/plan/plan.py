"""All the changes of a schema into steps, and the steps into their order.

What each step gives and needs follows from what the objects need. Where steps would need each
other in a circle, what stood in one statement is taken apart, and what was replaced is made anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlplumb.changes import Change
from sqlplumb.engines.postgres.plan.beginning import begin
from sqlplumb.engines.postgres.plan.builder import Loose
from sqlplumb.engines.postgres.plan.event_triggers import around
from sqlplumb.engines.postgres.plan.graph import Graph
from sqlplumb.engines.postgres.plan.online import IN_PARTS, Online
from sqlplumb.engines.postgres.plan.settling import partners
from sqlplumb.engines.postgres.plan.steps import steps_of
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Ref, Schema
from sqlplumb.steps import CircularNeeds, Step, Target, in_order

_MOST_CIRCLES = 500


def plan_steps(
    current: Schema, desired: Schema, changes: Collection[Change], *, target: Target
) -> tuple[Step, ...]:
    """Return the steps that make these changes, in an order that their needs allow."""
    graphs = Graph(current), Graph(desired)
    loose, anew, plain, aside = Loose(), set[Ref](), set[Ref](), set[Ref]()
    known = partners(current, desired)
    for _ in range(_MOST_CIRCLES):
        transition = Transition(current=graphs[0], desired=graphs[1], partners=known)
        begin(transition, changes, anew)
        transition.aside |= aside & transition.retyping
        steps = list(steps_of(transition, changes, loose))
        # A table that steps aside must be there again when its transaction ends.
        is_online = target.online and not transition.rebuilt
        if is_online:
            steps = list(Online(transition, plain).steps(steps))
        try:
            return around(transition, in_order(steps))
        except CircularNeeds as circle:
            if is_online and _leave_plain(circle.path, plain):
                continue
            if _loosen(circle.path, loose, anew, current=graphs[0]):
                continue
            if not _let_step_aside(circle.path, aside, transition=transition):
                raise
    raise AssertionError("every circle is taken apart once")


def _leave_plain(path: Collection[Step], plain: set[Ref]) -> bool:
    """Leave steps as they are whose parts make a circle."""
    split = {step.ref for step in path if step.ref.kind in IN_PARTS} - plain
    plain |= split
    return bool(split)


def _loosen(path: Collection[Step], loose: Loose, anew: set[Ref], *, current: Graph) -> bool:
    """Take apart what makes a circle; False where nothing is left that could be."""
    for known, held in (
        (loose.soft, "softly"),
        (loose.apart, "folded"),
        (loose.on_its_own, "taken"),
    ):
        found = {ref for step in path for ref in getattr(loose, held).get(id_of(step), ())}
        if new := found - known:
            known |= new
            return True
    altered = {step.ref for step in path if step.verb == "alter"}
    between = {ref for ref in current.nodes if ref.kind == "foreign key"}
    altered |= {ref for ref in between if ref.table_ref in altered}
    replaced = set(_replaceable(altered - anew))
    anew |= replaced
    return bool(replaced)


def _let_step_aside(path: Collection[Step], aside: set[Ref], *, transition: Transition) -> bool:
    """Let types give up their names where columns go from one to another that comes anew."""
    types = {step.ref for step in path} & transition.retyping - transition.without_aside
    new = types - transition.aside
    aside |= new
    return bool(new)


def id_of(step: Step) -> tuple[str, Ref]:
    return step.verb, step.ref


def _replaceable(refs: Collection[Ref]) -> Iterator[Ref]:
    kinds = ("view", "function", "procedure", "default", "policy", "foreign key")
    return (ref for ref in refs if ref.kind in kinds)
