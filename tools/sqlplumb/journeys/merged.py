"""What is desired where Core has said it: the current schema, and in it what differs.

Core cannot say everything, so what it leaves unsaid stays what it is.
"""

from __future__ import annotations

from dataclasses import replace

from sqlplumb.changes import Alter, Create, Drop, Rename
from sqlplumb.changes.measure import Measure
from sqlplumb.schema import Object, Ref, Schema


def as_planned(measure: Measure) -> Schema:
    """A filtered difference, too, leaves the rest as it is."""
    if measure.desired.spelled_in == "sql":
        return measure.desired
    objects = {ref: _spoken(fact, measure.desired) for ref, fact in measure.current.objects.items()}
    for change in measure.changes:
        match change:
            case Create():
                objects[change.ref] = change.desired
            case Drop():
                objects.pop(change.ref)
            case Alter():
                objects[change.ref] = _altered(change)
            case Rename():
                objects.pop(change.current.ref)
                objects[change.ref] = change.desired
    return replace(measure.desired, objects=objects, spelled_in="sql")


def _altered(change: Alter) -> Object:
    said = {name: getattr(change.desired, name) for name in change.fields}
    return replace(change.current, text=change.desired.text, **said)


def _spoken(fact: Object, desired: Schema) -> Object:
    """A table that is made anew is made from the words of the desired side."""
    wanted: dict[Ref, Object] = dict(desired.objects)
    return replace(fact, text=wanted[fact.ref].text) if fact.ref in wanted else fact
