"""All the changes of a schema into steps, and the steps into their order.

A table that is on both sides is altered in place, rebuilt once, or only what hangs on it is made
anew. The order is that of the needs of the steps: nothing here ranks them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlplumb.changes import Change, Create, Drop, Rename
from sqlplumb.engines.sqlite.plan.copying import fillings, given
from sqlplumb.engines.sqlite.plan.create_drop import beside, created_whole, dropped_whole
from sqlplumb.engines.sqlite.plan.in_place import in_place
from sqlplumb.engines.sqlite.plan.instant import instant
from sqlplumb.engines.sqlite.plan.losses import lost_inside
from sqlplumb.engines.sqlite.plan.naming import BODIES_GONE, NONE_ASIDE, gone, table_there, was_read
from sqlplumb.engines.sqlite.plan.orphans import key_checks, keys_that_wake, with_woken
from sqlplumb.engines.sqlite.plan.rebuild import is_inside, rebuilt
from sqlplumb.engines.sqlite.plan.renames import is_in_place, renamed
from sqlplumb.engines.sqlite.plan.row_checks import row_rules
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Schema, Table, Unit, View
from sqlplumb.steps import CircularNeeds, Step, Target, in_order


def plan_steps(
    current: Schema, desired: Schema, changes: Collection[Change], target: Target
) -> tuple[Step, ...]:
    before = renamed(current, desired)
    read = (ref.name for schema in (current, desired) for ref in schema.objects)
    taken = frozenset((*read, *current.units, *desired.units))
    told = before.swapped if target.keeps_hints else frozenset[str]()
    by_unit: dict[str, list[Change]] = {name: [] for name in told}
    for change in changes:
        for one in _apart(change):
            by_unit.setdefault(one.ref.unit, []).append(one)
    steps: list[Step] = []
    for name, group in by_unit.items():
        former, unit, own = before.schema.unit(name), desired.unit(name), tuple(group)
        if name in told:
            steps += rebuilt(former, unit, own, taken=taken)
        else:
            steps += _unit_steps(former, unit, own, target=target, taken=taken)
    for key in keys_that_wake(before.schema, desired, changes):
        place = _giver(steps, key.target)
        steps[place] = with_woken(steps[place], key, before.schema, desired=desired)
    ordered = _as_written(steps, before.schema, desired)
    try:
        return (*before.steps, *in_order(ordered))
    except CircularNeeds as circle:
        raise (_read_each_other(circle, desired) or circle) from circle


def _read_each_other(circle: CircularNeeds, desired: Schema) -> Refused | None:
    """Hints that read tables whose own hints read theirs. Any other circle is a fault of ours."""
    hinted = dict.fromkeys(fill.ref for step in circle.path for fill in step.fills)
    if not hinted:
        return None
    facts = [desired.objects[ref] for ref in hinted]
    names = ", ".join(str(ref) for ref in hinted)
    message = f"the @backfill of {names} read each other's tables, and each is made anew"
    hint = "give one of these values in a revision of its own, and the others in the next one"
    return Refused(Problem(message, hint, place=facts[-1].place))


def _apart(change: Change) -> tuple[Change, ...]:
    """Renames that SQLite carries out are done; a view goes and comes."""
    if is_in_place(change):
        return ()
    if isinstance(change, Rename) and isinstance(change.desired, View):
        return (Drop(change.current), Create(change.desired))
    return (change,)


def _as_written(steps: Sequence[Step], current: Schema, desired: Schema) -> list[Step]:
    """The order where no step needs another: what goes, from the last to the first; then as the
    author writes it; then the tables that go with their rows."""
    former = {ref: place for place, ref in enumerate(current.objects)}
    places = {ref: place for place, ref in enumerate(desired.objects)}

    def place(step: Step) -> int:
        goes = step.verb == "drop" and not step.drops_table
        return -1 - former.get(step.ref, 0) if goes else places.get(step.ref, len(places))

    return sorted(steps, key=place)


def _giver(steps: Sequence[Step], parent: str) -> int:
    """Which step gives this table a key that it did not have."""
    own = [
        place
        for place, step in enumerate(steps)
        if step.ref.unit == parent and step.verb != "drop" and step.ref.kind in ("table", "index")
    ]
    return next((place for place in own if steps[place].changes), own[0])


def _unit_steps(
    current: Unit,
    desired: Unit,
    changes: tuple[Change, ...],
    *,
    target: Target,
    taken: Collection[str],
) -> Iterator[Step]:
    heads = current.head, desired.head
    if isinstance(heads[0], Table) and isinstance(heads[1], Table):
        yield from altered(current, desired, changes, target=target, taken=taken)
    elif isinstance(heads[0], View) and heads[0] == heads[1]:
        yield from beside(current, desired, changes)
    else:
        if current.head is not None:
            yield dropped_whole(current, tuple(c for c in changes if not isinstance(c, Create)))
        if desired.head is not None:
            made = tuple(change for change in changes if not isinstance(change, Drop))
            yield from created_whole(desired, made)


def altered(
    current: Unit,
    desired: Unit,
    changes: tuple[Change, ...],
    *,
    target: Target,
    taken: Collection[str],
) -> Iterator[Step]:
    inside = tuple(change for change in changes if is_inside(change))
    outside = tuple(change for change in changes if not is_inside(change))
    kept = (
        _without_rebuild(current, desired, inside, outside=outside, target=target) if inside else ()
    )
    if any(given(current, desired, fillings(current, desired, changes))):
        kept = None  # whatever edits the table in place copies no row
    if kept is None:
        yield from rebuilt(current, desired, changes, taken=taken)
        return
    yield from kept
    yield from beside(current, desired, outside)


def _without_rebuild(
    current: Unit,
    desired: Unit,
    inside: tuple[Change, ...],
    *,
    outside: tuple[Change, ...],
    target: Target,
) -> tuple[Step, ...] | None:
    """None where the table must be made anew."""
    statements = in_place(current, desired, inside, target=target)
    if statements is not None:
        return (_step(current, desired, inside, outside=outside, statements=statements),)
    edited = instant(current, desired, inside) if target.instant else None
    return (edited,) if edited else None


def _step(
    current: Unit,
    desired: Unit,
    inside: tuple[Change, ...],
    *,
    outside: tuple[Change, ...],
    statements: list[str],
) -> Step:
    """A column goes when no index is on it any more."""
    assert desired.head is not None
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
