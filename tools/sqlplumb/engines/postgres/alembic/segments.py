"""Cut the steps of a plan where a revision must end.

A segment is one transaction, or a row of statements of which each runs by itself and may run
twice. Labels of enums are a segment of their own: they can be used when they are committed, and
taken back only with their type. Steps that need nothing of what lies between come together, so that
there are few segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from sqlplumb.engines.statements import Segment
from sqlplumb.steps import Step

_Way = Literal["in a transaction", "alone", "labels", ""]
_SETTINGS = "SET check_function_bodies = off;\n"


def segments(steps: Iterable[Step]) -> Sequence[Segment]:
    """Return the steps in segments, with what a client runs for each, one string at a time."""
    return [Segment(tuple(part), tuple(_strings(part))) for part in _cut(_joined(steps))]


def runs_alone(steps: Sequence[Step]) -> bool:
    """Are these statements that run by themselves?"""
    return any(_way(step) in ("alone", "labels") for step in steps)


def _joined(steps: Iterable[Step]) -> list[Step]:
    """Go on with steps that run in the same way, as long as there are any that need nothing of
    those left out; begin with labels."""
    left, joined, way = list(steps), list[Step](), "labels"
    if all(_way(step) in ("in a transaction", "") for step in left):
        return left
    while left:
        step = _next(left, way) or left[0]
        way = _way(step) or way
        left.remove(step)
        joined.append(step)
    return joined


def _next(left: Sequence[Step], way: str) -> Step | None:
    """Return the first that runs this way and needs none of those before it."""
    passed = list[Step]()
    for step in left:
        if _way(step) in (way, "") and not step.needs_before(passed):
            return step
        passed.append(step)
    return None


def _cut(steps: Sequence[Step]) -> Iterable[list[Step]]:
    part, way = list[Step](), ""
    for step in steps:
        own = _way(step)
        if part and ((own and way and own != way) or ("labels" in (own, way) and own != way)):
            yield part
            part, way = [], ""
        way = way or own
        part.append(step)
    if part:
        yield part


def _way(step: Step) -> _Way:
    """Return how a step must run; empty where either way will do."""
    if step.commits:
        return "labels"
    if not step.transactional:
        return "alone"
    return "" if step.repeatable else "in a transaction"


def _strings(steps: Sequence[Step]) -> Iterable[str]:
    statements = [statement for step in steps for statement in step.statements]
    if runs_alone(steps):
        return statements
    return [_SETTINGS + ";\n".join(("BEGIN", *statements, "COMMIT;"))]
