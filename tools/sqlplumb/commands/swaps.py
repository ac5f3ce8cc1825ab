"""Names that are on both sides and have hints to move: has their work been done?

`a` was `b` and `b` was `a`: the same names before and after, so names cannot tell, and to do it
twice would undo it. Whoever knows is asked: the history, the texts that a database keeps. Where
nobody knows, nothing is moved, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Literal

from sqlplumb.changes.names import differing_fields
from sqlplumb.engines import KnownRenames, Source, engine
from sqlplumb.errors import Problem, did_you_mean
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
class _Names:
    """The tables of a namespace, or the columns of a table in it, by name."""

    schema: Schema
    table: str  # of columns
    _: KW_ONLY
    namespace: str

    def facts(self) -> dict[str, Object]:
        kinds = Column if self.table else Table | VirtualTable
        facts = (fact for fact in self.schema.objects.values() if isinstance(fact, kinds))
        place = self.namespace, self.table
        return {f.ref.name: f for f in facts if (f.ref.namespace, f.ref.table) == place}

    def ref(self, kind: str, name: str) -> Ref:
        return Ref(kind, self.table, name, namespace=self.namespace)


def settled_swaps(
    source: Source, current: Schema, desired: Schema, *, chosen: Swaps = ""
) -> Settled:
    """Take away hints whose work is done; `source` may know of the current side."""
    if not any(fact.renamed_from for fact in desired.objects.values()):
        return Settled(desired=desired)
    return settled_hints(current, desired, known=source.known_renames, chosen=chosen)


def settled_hints(
    current: Schema, desired: Schema, known: Callable[[], KnownRenames], *, chosen: Swaps = ""
) -> Settled:
    """Settle tables first: the columns of one are those of the table that it is to be."""
    settled = Settled(desired=desired)
    hinted = [fact for fact in desired.objects.values() if fact.renamed_from]
    for namespace in dict.fromkeys(fact.ref.namespace for fact in hinted):
        former_place = _former_namespace(current, desired, namespace)
        group = _Group(
            current=_Names(current, "", namespace=former_place),
            desired=_Names(desired, "", namespace=namespace),
            known=known,
            chosen=chosen,
        )
        settled = group.decide(settled)
        tables = _Names(settled.desired, "", namespace=namespace).facts()
        columns = [f.ref for f in hinted if isinstance(f, Column) and f.ref.namespace == namespace]
        for name in dict.fromkeys(column.table for column in columns):
            former = tables[name].renamed_from or name if name in tables else name
            group = replace(
                group,
                current=_Names(current, former, namespace=former_place),
                desired=_Names(settled.desired, name, namespace=namespace),
            )
            settled = group.decide(settled)
    return settled


def _former_namespace(current: Schema, desired: Schema, namespace: str) -> str:
    """Return how a schema that holds tables is called in the current one, as a hint of it says."""
    fact = desired.objects.get(Ref("schema", "", namespace))
    former = fact.renamed_from if fact else ""
    return former if Ref("schema", "", former) in current.objects else namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Names of both sides that may pass on to each other, and whoever knows whether they have."""

    current: _Names
    desired: _Names
    known: Callable[[], KnownRenames]
    chosen: Swaps

    def decide(self, settled: Settled) -> Settled:
        """A hint moves something where its former name is there; names that only change places do
        so where that has not been done."""
        present, desired = self.current.facts(), self.desired.facts()
        hints = {name: fact.renamed_from for name, fact in desired.items() if fact.renamed_from}
        idle = {name for name, former in hints.items() if former not in present or former == name}
        for names in _connected({name: hints[name] for name in hints.keys() - idle}):
            if all(name in present and hints[name] in desired for name in names):
                swap = {name: hints[name] for name in names}
                settled, is_idle = self._judge(settled, swap)
                idle |= names if is_idle else set()
        objects = dict(settled.desired.objects)
        told = list(settled.done)
        for name in idle:
            fact = desired[name]
            objects[fact.ref] = replace(fact, renamed_from="")
            if present and name not in present and hints[name] not in present:
                message = (
                    f"{fact.ref} comes as a new {fact.ref.kind}: nothing is called {hints[name]}"
                )
                advice = did_you_mean(hints[name], present, "look at its @renamed")
                told.append(Problem(message, advice, place=fact.place))
        schema = replace(settled.desired, objects=objects)
        return replace(settled, desired=schema, done=tuple(told))

    def _judge(self, settled: Settled, swap: Mapping[str, str]) -> tuple[Settled, bool]:
        """Return what is settled now, and whether these hints are to be taken away."""
        is_circle = {*swap} == {*swap.values()}
        known = KnownRenames()
        if self.chosen or not is_circle:
            work: _Work = "to do" if self.chosen == "do" else "done"
        else:
            known = self.known()
            work = self._work(swap, known)
        if work == "to do":
            return settled, False
        facts = self.desired.facts()
        pairs = ", ".join(f"{facts[name].ref} was {swap[name]}" for name in sorted(swap))
        hints = f"{facts[min(swap)].ref.kind} hints ({pairs})"
        if work == "done":
            who = f", as {known.by} tells" if known.by else ""
            message = f"{hints} are taken as done{who}: all these names are there"
            advice = "take the hints away; if it is to be done now, say --swaps do"
            return replace(settled, done=(*settled.done, Problem(message, advice))), True
        source = self.current.schema.source
        message = f"{hints}: nothing in {source} tells whether they have changed places"
        advice = "say --swaps do to do it now, or --swaps done if it has been done"
        return replace(settled, undecided=(*settled.undecided, Problem(message, advice))), True

    def _work(self, swap: Mapping[str, str], known: KnownRenames) -> _Work:
        """Tell whether a circle of names has been done: by renames that are known, else by fit."""
        current, desired = self.current, self.desired
        both = engine(desired.schema.engine)
        kinds = {name: fact.ref.kind for name, fact in desired.facts().items()}
        done = known.renames | both.hints_kept(current.schema)
        done |= {
            (ref, fact.renamed_from)
            for ref, fact in current.schema.objects.items()
            if fact.renamed_from
        }
        if {(current.ref(kinds[n], n), former) for n, former in swap.items()} <= done:
            return "done"
        hints = {(desired.ref(kinds[n], n), former) for n, former in swap.items()}
        is_kept = hints <= both.hints_kept(desired.schema)
        if known.knows == "all" or (known.knows == "texts" and is_kept):
            return "to do"
        swapped, unswapped = self._fit(swap), self._fit({name: name for name in swap})
        if swapped == unswapped:
            return "done" if desired.schema.spelled_in == "core" else "unknown"
        return "to do" if swapped > unswapped else "done"

    def _fit(self, former_names: Mapping[str, str]) -> int:
        """Count what is the same on both sides, if these are what had those names."""
        present, desired = self.current.facts(), self.desired.facts()
        if self.current.table:
            pairs = former_names.items()
            return sum(_is_alike(present[former], desired[name]) for name, former in pairs)
        fit = 0
        for name, former in former_names.items():
            here = replace(self.current, table=former).facts()
            there = replace(self.desired, table=name).facts()
            fit += sum(_is_alike(here[key], there[key]) for key in here.keys() & there.keys())
            fit -= len(here.keys() ^ there.keys())
        return fit


def _is_alike(current: Object, desired: Object) -> bool:
    return type(current) is type(desired) and not differing_fields(current, desired)


def _connected(hints: Mapping[str, str]) -> Iterator[set[str]]:
    """Yield groups of names that pass on to each other."""
    rest = set(hints)
    while rest:
        group = {rest.pop()}
        while True:
            former = {hints[name] for name in group}
            more = {name for name in rest if hints[name] in group or name in former}
            if not more:
                break
            group |= more
            rest -= more
        yield group
