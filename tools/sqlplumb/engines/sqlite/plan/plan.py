"""All the changes of a schema into steps, and the steps into their order.

A table that is on both sides is altered in place, rebuilt once, or only what hangs on it is made
anew. The order is that of the needs of the steps: nothing here ranks them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlplumb.changes import Change, Create, Drop, Rename
from sqlplumb.engines.sqlite.plan.copying import fillings, find_fills
from sqlplumb.engines.sqlite.plan.create_drop import beside, create_unit, drop_unit
from sqlplumb.engines.sqlite.plan.in_place import in_place
from sqlplumb.engines.sqlite.plan.instant import instant
from sqlplumb.engines.sqlite.plan.losses import lost_inside
from sqlplumb.engines.sqlite.plan.naming import BODIES_GONE, NONE_ASIDE, gone, table_there, was_read
from sqlplumb.engines.sqlite.plan.orphans import key_checks, keys_that_wake, with_woken
from sqlplumb.engines.sqlite.plan.rebuild import is_inside, rebuild_table
from sqlplumb.engines.sqlite.plan.renames import idle_swaps, is_in_place, plan_renames
from sqlplumb.engines.sqlite.plan.row_checks import row_rules
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Schema, Table, Unit, View
from sqlplumb.steps import CircularNeeds, Step, Target, in_order


def plan_steps(
    current: Schema, desired: Schema, changes: Collection[Change], *, target: Target
) -> tuple[Step, ...]:
    """Return the steps that make these changes, in an order that their needs allow."""
    renames = plan_renames(current, desired)
    names = (ref.name for schema in (current, desired) for ref in schema.objects)
    taken = frozenset((*names, *current.units, *desired.units))
    swapped = frozenset[str]()
    if target.keeps_hints:
        swapped = renames.swapped | idle_swaps(desired, changes)
    by_unit: dict[str, list[Change]] = {name: [] for name in swapped}
    for change in changes:
        parts: tuple[Change, ...] = () if is_in_place(change) else (change,)
        if isinstance(change, Rename) and isinstance(change.desired, View):
            parts = Drop(change.current), Create(change.desired)
        for part in parts:
            by_unit.setdefault(part.ref.unit, []).append(part)
    steps: list[Step] = []
    for name, group in by_unit.items():
        former, unit = renames.schema.unit(name), desired.unit(name)
        if name in swapped:
            steps += rebuild_table(former, unit, tuple(group), taken=taken)
        else:
            steps += _unit_steps(former, unit, tuple(group), target=target, taken=taken)
    for key in keys_that_wake(renames.schema, desired, changes):
        place = _step_that_makes_key(steps, key.target)
        steps[place] = with_woken(steps[place], key, renames.schema, desired=desired)
    try:
        return (*renames.steps, *in_order(_as_written(steps, renames.schema, desired)))
    except CircularNeeds as circle:
        raise (_hints_read_each_other(circle, desired) or circle) from circle


def _step_that_makes_key(steps: Sequence[Step], parent: str) -> int:
    """Return the place of the step that gives this table a key that it did not have."""
    places = [
        place
        for place, step in enumerate(steps)
        if step.ref.unit == parent and step.verb != "drop" and step.ref.kind in ("table", "index")
    ]
    return next((place for place in places if steps[place].changes), places[0])


def _as_written(steps: Sequence[Step], current: Schema, desired: Schema) -> list[Step]:
    """Sort the steps as they go where none needs another.

    First drops, from the last object to the first; then the objects as the author writes them; then
    the tables that are dropped with their rows. Where values are lost, new tables come before
    anything else is written: a statement may keep the values there.
    """
    former = {ref: place for place, ref in enumerate(current.objects)}
    places = {ref: place for place, ref in enumerate(desired.objects)}
    is_lossy = any(step.losses for step in steps)

    def place(step: Step) -> tuple[int, int]:
        was = former.get(step.ref, 0)
        if step.verb == "drop" and not (step.drops_table or step.losses):
            return 0, -was
        if is_lossy and step.verb == "create" and step.ref.kind == "table":
            return 1, places[step.ref]
        return 2, places.get(step.ref, len(places) + was)

    return sorted(steps, key=place)


def _hints_read_each_other(circle: CircularNeeds, desired: Schema) -> Refused | None:
    """Refuse hints that read tables whose own hints read theirs; any other circle is our fault."""
    hinted = dict.fromkeys(fill.ref for step in circle.path for fill in step.fills)
    if not hinted:
        return None
    names = ", ".join(str(ref) for ref in hinted)
    message = f"the @backfill of {names} read each other's tables, and each is made anew"
    advice = "give one of these values in a revision of its own, and the others in the next one"
    places = [desired.objects[ref].place for ref in hinted]
    return Refused(Problem(message, advice, place=places[-1]))


def _unit_steps(
    current: Unit,
    desired: Unit,
    changes: tuple[Change, ...],
    *,
    target: Target,
    taken: Collection[str],
) -> Iterator[Step]:
    if isinstance(current.head, Table) and isinstance(desired.head, Table):
        yield from alter_table(current, desired, changes, target=target, taken=taken)
    elif isinstance(current.head, View) and current.head == desired.head:
        yield from beside(current, desired, changes)
    else:
        if current.head is not None:
            yield drop_unit(current, tuple(c for c in changes if not isinstance(c, Create)))
        if desired.head is not None:
            made = tuple(change for change in changes if not isinstance(change, Drop))
            yield from create_unit(desired, made)


def alter_table(
    current: Unit,
    desired: Unit,
    changes: tuple[Change, ...],
    *,
    target: Target,
    taken: Collection[str],
) -> Iterator[Step]:
    """Alter a table in place where SQLite can; else rebuild it."""
    inside = tuple(change for change in changes if is_inside(change))
    outside = tuple(change for change in changes if not is_inside(change))
    step: Step | None = None
    copies_rows = any(find_fills(current, desired, fillings(current, desired, changes)))
    if inside and not copies_rows:
        statements = in_place(current, desired, inside, target=target)
        if statements is not None:
            step = _alter_step(current, desired, inside, outside=outside, statements=statements)
        elif target.instant:
            step = instant(current, desired, inside)
    if copies_rows or (inside and step is None):
        yield from rebuild_table(current, desired, changes, taken=taken)
        return
    if step is not None:
        yield step
    yield from beside(current, desired, outside)


def _alter_step(
    current: Unit,
    desired: Unit,
    inside: tuple[Change, ...],
    *,
    outside: tuple[Change, ...],
    statements: list[str],
) -> Step:
    assert desired.head is not None
    # A column can only be dropped when no index is on it any more.
    in_the_way = [change for change in outside if not isinstance(change, Create)]
    rules = row_rules(current, desired, inside, filled=[])
    return Step(
        verb="alter",
        ref=desired.head.ref,
        statements=tuple(statements),
        gives=frozenset(table_there(desired.name)),
        needs=frozenset(
            (
                was_read(desired.name),
                BODIES_GONE,
                NONE_ASIDE,
                *(gone(change.ref.name) for change in in_the_way),
            )
        ),
        changes=inside,
        row_checks=rules.row_checks,
        unasked=rules.unasked,
        checks=tuple(key_checks(desired, inside)),
        losses=tuple(lost_inside(current, desired, inside, filled=[])),
    )
