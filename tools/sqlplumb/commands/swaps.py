"""Names that are on both sides and have hints to move: has their work been done?

`a` was `b` and `b` was `a`: the same names before and after, so names cannot tell, and to do it
twice would undo it. Whoever knows is asked: the history, the texts that a database keeps. Where
nobody knows, nothing is moved, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sqlplumb.changes.names import differing_fields
from sqlplumb.engines import KnownRenames, Source, engine
from sqlplumb.errors import Problem
from sqlplumb.schema import Column, Object, Ref, Schema, Table, VirtualTable

Swaps = Literal["", "do", "done"]  # what a person says of them; empty: whoever knows is asked
_Work = Literal["to do", "done", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`desired` has no hint whose work is done. `done` tells those of them that only change places;
    `undecided`, those of which nobody knows."""

    desired: Schema
    done: tuple[Problem, ...] = ()
    undecided: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """What a group of names is, before they move or after: by name."""

    schema: Schema
    table: str  # of columns

    def facts(self) -> dict[str, Object]:
        kinds = Column if self.table else Table | VirtualTable
        found = (fact for fact in self.schema.objects.values() if isinstance(fact, kinds))
        return {fact.ref.name: fact for fact in found if fact.ref.table == self.table}


def settled_swaps(source: Source, current: Schema, desired: Schema, said: Swaps = "") -> Settled:
    """Tables first: the columns of one are those of the table that it is to be."""
    if not any(fact.renamed_from for fact in desired.objects.values()):
        return Settled(desired=desired)
    return settled_hints(current, desired, told=source.told, said=said)


def settled_hints(
    current: Schema, desired: Schema, told: Callable[[], KnownRenames], said: Swaps = ""
) -> Settled:
    found = Settled(desired=desired)
    found = _settled(found, Side(current, ""), desired=Side(desired, ""), known=(told, said))
    tables = Side(found.desired, "").facts()
    for name in _tables_with_hints(desired):
        former = tables[name].renamed_from or name if name in tables else name
        found = _settled(
            found, Side(current, former), desired=Side(found.desired, name), known=(told, said)
        )
    return found


def _tables_with_hints(schema: Schema) -> dict[str, None]:
    """Of those whose columns have any, in order."""
    columns = (fact for fact in schema.objects.values() if isinstance(fact, Column))
    return {column.ref.table: None for column in columns if column.renamed_from}


def _settled(
    found: Settled, current: Side, desired: Side, known: tuple[Callable[[], KnownRenames], Swaps]
) -> Settled:
    """A hint moves something where its former name is there; a group that only changes places does
    so where that has not been done."""
    present, wanted = current.facts(), desired.facts()
    hints = {name: fact.renamed_from for name, fact in wanted.items() if fact.renamed_from}
    idle = {name for name, said in hints.items() if said not in present or said == name}
    for group in _groups({name: said for name, said in hints.items() if name not in idle}):
        if all(name in present and hints[name] in wanted for name in group):
            places = {name: hints[name] for name in group}
            found, is_done = _judged(found, places, sides=(current, desired), known=known)
            idle |= group if is_done else set()
    objects = dict(found.desired.objects)
    for name in idle:
        objects[wanted[name].ref] = replace(wanted[name], renamed_from="")
    return replace(found, desired=replace(found.desired, objects=objects))


def _judged(
    found: Settled,
    places: Mapping[str, str],
    sides: tuple[Side, Side],
    known: tuple[Callable[[], KnownRenames], Swaps],
) -> tuple[Settled, bool]:
    is_circle = {*places} == {*places.values()}
    ask, said = known
    told = KnownRenames() if said or not is_circle else ask()
    if said or not is_circle:
        work: _Work = "to do" if said == "do" else "done"
    else:
        work = _work(places, sides, told)
    if work == "to do":
        return found, False
    named = _named(places, sides[1])
    if work == "done":
        return replace(found, done=(*found.done, _done(named, told))), True
    return replace(found, undecided=(*found.undecided, _undecided(named, sides[0]))), True


def _work(places: Mapping[str, str], sides: tuple[Side, Side], told: KnownRenames) -> _Work:
    current, desired = sides
    spoken = engine(desired.schema.engine)
    kept = spoken.hints_kept(current.schema)
    known = told.renames | kept | _hints(current.schema)
    kind = {name: fact.ref.kind for name, fact in desired.facts().items()}
    asked = {(Ref(kind[name], current.table, name), said) for name, said in places.items()}
    if asked <= known:
        return "done"
    written = {
        (Ref(kind[name], desired.table, name), said) for name, said in places.items()
    } <= spoken.hints_kept(desired.schema)
    if told.knows == "all" or (told.knows == "texts" and written):
        return "to do"
    fits = _fit(places, sides), _fit({name: name for name in places}, sides)
    if fits[0] == fits[1]:
        return "done" if desired.schema.spelled_in == "core" else "unknown"
    return "to do" if fits[0] > fits[1] else "done"


def _hints(schema: Schema) -> set[tuple[Ref, str]]:
    return {(ref, fact.renamed_from) for ref, fact in schema.objects.items() if fact.renamed_from}


def _fit(places: Mapping[str, str], sides: tuple[Side, Side]) -> int:
    """How much is the same on both sides, if these are what these were."""
    present, wanted = sides[0].facts(), sides[1].facts()
    if sides[0].table:
        return sum(_is_alike(present[said], wanted[name]) for name, said in places.items())
    found = 0
    for name, said in places.items():
        one, other = (
            Side(side.schema, table).facts()
            for side, table in zip(sides, (said, name), strict=True)
        )
        found += sum(_is_alike(one[key], other[key]) for key in one.keys() & other.keys())
        found -= len(one.keys() ^ other.keys())
    return found


def _is_alike(current: Object, desired: Object) -> bool:
    return type(current) is type(desired) and not differing_fields(current, desired)


def _groups(hints: Mapping[str, str]) -> Iterator[set[str]]:
    """Names that pass on to each other."""
    left = set(hints)
    while left:
        group = {left.pop()}
        while more := {one for one in left if _touches(one, group, hints)}:
            group |= more
            left -= more
        yield group


def _touches(name: str, group: Collection[str], hints: Mapping[str, str]) -> bool:
    return hints[name] in group or name in {hints[one] for one in group}


def _named(places: Mapping[str, str], desired: Side) -> str:
    facts = desired.facts()
    shown = {name: str(facts[name].ref) for name in places}
    listed = ", ".join(f"{shown[name]} was {said}" for name, said in sorted(places.items()))
    return f"{facts[min(places)].ref.kind} hints ({listed})"


def _done(named: str, told: KnownRenames) -> Problem:
    who = f", as {told.by} tells" if told.by else ""
    message = f"{named} are taken as done{who}: all these names are there"
    return Problem(message, "take the hints away; if it is to be done now, say --swaps do")


def _undecided(named: str, current: Side) -> Problem:
    message = f"{named}: nothing in {current.schema.source} tells whether they have changed places"
    hint = "say --swaps do to do it now, or --swaps done if it has been done"
    return Problem(message, hint)
