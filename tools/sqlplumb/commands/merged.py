"""What is desired where Core has said it: the current schema, and in it what differs.

Core cannot say everything, so what it leaves unsaid stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.changes import Alter, Create, Drop, Rename
from sqlplumb.changes.measure import Measure
from sqlplumb.changes.names import named_on_one_side
from sqlplumb.engines import engine
from sqlplumb.schema import Object, Ref, Schema, value_of, with_values


def as_planned(measure: Measure) -> Schema:
    """A filtered difference, too, leaves the rest as it is."""
    if measure.desired.spelled_in == "sql":
        return measure.desired
    objects = {fact.ref: _spoken(fact, measure.desired) for fact in _named(measure)}
    for change in measure.changes:
        if not isinstance(change, Create):
            objects.pop(change.current.ref)
    for change in measure.changes:
        match change:
            case Create() | Rename():
                objects[change.ref] = change.desired
            case Alter():
                objects[change.ref] = _altered(change)
            case Drop():
                pass
    return replace(measure.desired, objects=objects, spelled_in="sql")


def _named(measure: Measure) -> Iterator[Object]:
    """The current objects; a name that Core says, and only Core, is theirs."""
    sides = measure.current, measure.desired
    pairs = named_on_one_side(*engine(measure.desired.engine).settle(*sides))
    said = {one.ref: other.ref for one, other in pairs if other.ref.shown}
    for ref, fact in measure.current.objects.items():
        yield replace(fact, ref=said[ref]) if ref in said else fact


def _altered(change: Alter) -> Object:
    said = {name: value_of(change.desired, name) for name in change.fields}
    return with_values(change.current, {"ref": change.ref, "text": change.desired.text, **said})


def _spoken(fact: Object, desired: Schema) -> Object:
    """A table that is made anew is made from the words of the desired side."""
    wanted: dict[Ref, Object] = dict(desired.objects)
    return replace(fact, text=wanted[fact.ref].text) if fact.ref in wanted else fact
