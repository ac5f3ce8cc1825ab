"""One table on both sides: altered in place, rebuilt once, or only what hangs on it made anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlplumb.changes import Change, Create
from sqlplumb.engines.sqlite.plan.copying import fillings, given
from sqlplumb.engines.sqlite.plan.in_place import in_place
from sqlplumb.engines.sqlite.plan.instant import instant
from sqlplumb.engines.sqlite.plan.looks import row_rules
from sqlplumb.engines.sqlite.plan.losses import lost_inside
from sqlplumb.engines.sqlite.plan.naming import BODIES_GONE, NONE_ASIDE, gone, table_there, was_read
from sqlplumb.engines.sqlite.plan.orphans import key_checks
from sqlplumb.engines.sqlite.plan.rebuild import is_inside, rebuilt
from sqlplumb.engines.sqlite.plan.whole import beside
from sqlplumb.schema import Unit
from sqlplumb.steps import Step, Target


def altered(
    current: Unit,
    desired: Unit,
    changes: tuple[Change, ...],
    target: Target,
    taken: Collection[str],
) -> Iterator[Step]:
    inside = tuple(change for change in changes if is_inside(change))
    outside = tuple(change for change in changes if not is_inside(change))
    kept = _without_rebuild(current, desired, inside, outside, target) if inside else ()
    if any(given(current, desired, fillings(current, desired, changes))):
        kept = None  # whatever edits the table in place copies no row
    if kept is None:
        yield from rebuilt(current, desired, changes, taken)
        return
    yield from kept
    yield from beside(current, desired, outside)


def _without_rebuild(
    current: Unit,
    desired: Unit,
    inside: tuple[Change, ...],
    outside: tuple[Change, ...],
    target: Target,
) -> tuple[Step, ...] | None:
    """None where the table must be made anew."""
    statements = in_place(current, desired, inside, target)
    if statements is not None:
        return (_step(current, desired, inside, outside, statements),)
    edited = instant(current, desired, inside) if target.instant else None
    return (edited,) if edited else None


def _step(
    current: Unit,
    desired: Unit,
    inside: tuple[Change, ...],
    outside: tuple[Change, ...],
    statements: list[str],
) -> Step:
    """A column goes when no index is on it any more."""
    assert desired.head is not None
    in_the_way = [change for change in outside if not isinstance(change, Create)]
    rules = row_rules(current, desired, inside, [])
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
        looks=rules.looks,
        unasked=rules.unasked,
        checks=tuple(key_checks(desired, inside)),
        losses=tuple(lost_inside(current, desired, inside, [])),
    )
