"""The same rows through the plan itself: what the file of a revision forgot of it is seen.

A hint that the file does not carry leaves the right schema behind, and the wrong values.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create
from sqlplumb.engines import engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.matching import Sides, changed, matched
from sqlplumb.proof.run import Run, state
from sqlplumb.proof.state import State
from sqlplumb.schema import Ref, Unit
from sqlplumb.steps import Plan


def has_hints(plan: Plan) -> bool:
    return bool(plan.fills) or any(step.verb == "rename" for step in plan)


def as_planned(run: Run, plan: Plan) -> State | None:
    """What the plan makes of the rows of a scratch; None where it does not take them either."""
    try:
        run.replay.scratch.run(engine(plan.desired.engine).script(plan))
    except PlumbError:
        return None
    return state(run)


def forgotten(planned: State, after: State, plan: Plan) -> Iterator[str]:
    """Values that are not what the hints say. What comes by a default is the schema's own."""
    given = {fill.ref for fill in plan.fills if fill.again}
    made = {one.ref for one in plan.changes if isinstance(one, Create)} - given
    loose = made | {fill.ref for fill in plan.fills if not fill.again}
    for table in planned.rows.keys() & after.rows.keys():
        names = [name for name in planned.rows[table].columns if name in after.rows[table].columns]
        told = [(name, name) for name in names if Ref("column", table, name) not in loose]
        both = [(name, name) for name in names]
        sides = Sides((planned, table), (after, table), columns=both, steady=told)
        yield from _unlike(after.schema.unit(table), sides)


def _unlike(unit: Unit, sides: Sides) -> Iterator[str]:
    found, table = matched(sides), unit.display
    promised, there = (len(rows.rows) for rows in sides.rows)
    if promised != there:
        yield f"{table}: {there} rows are left, where the plan leaves {promised}"
    elif found.gone and not found.how:
        yield f"{table}: {found.gone} of {promised} rows are not what the plan makes of them"
    for names in sides.steady:
        if values := list(changed(sides, found, names)):
            what = f"{values[0][1]!r} where its hint gives {values[0][0]!r}"
            yield f"{table}.{unit.spelled(names[1])}: {len(values)} values are wrong, {what}"
