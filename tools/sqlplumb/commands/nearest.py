"""At which revision a database is that names none: looked for in the history, by its schema."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Settings
from sqlplumb.engines import DerivedSource, Source, engine
from sqlplumb.render.comparisons import count_differences
from sqlplumb.schema import Object
from sqlplumb.sources.history import HistoryStep, history_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """`measure` holds the database against `revision`, the nearest of `count`. `plumb` are those
    that it is plumb with, as far as their schema or what they do to rows tells them apart."""

    revision: str
    comparison: Comparison
    count: int = 1
    plumb: tuple[str, ...] = ()


# What a table or a view is, by its words: most revisions leave most of them alone.
_ReadFacts = dict[tuple[str, Hashable], list[Object]]


@dataclass(slots=True, kw_only=True)
class _Search:
    live: Source
    table: str
    memory: _ReadFacts
    least: int | None = None  # so many differences with one that is known
    found: dict[str, Comparison] = field(default_factory=dict)
    phases: list[str] = field(default_factory=list)  # the last one plumb, or none, of each
    count: int = 0


def find_nearest(live: Source, settings: Settings) -> Nearest | None:
    """Every revision is looked at, and of equals the later one is nearer. None: there is none."""
    memory: _ReadFacts = {}
    search = _Search(live=_Remembering(live, memory), table=settings.version_table, memory=memory)
    for station in history_steps(settings):
        _look(station, search)
    if not search.found:
        return None
    order = list(search.found)
    nearest = min(order, key=lambda one: (*_distance(search.found[one]), -order.index(one)))
    plumb = tuple(one for one in search.phases if one)
    return Nearest(
        revision=nearest, comparison=search.found[nearest], count=search.count, plumb=plumb
    )


def _look(station: HistoryStep, search: _Search) -> None:
    search.count += 1
    if station.moves_rows or not search.phases:
        search.phases.append("")
    if search.least is not None and _one_sided(station, search) > search.least:
        return  # it cannot be nearer
    found = compare_sources(search.live, _Remembering(station.source, search.memory), search.table)
    search.found[station.revision] = found
    count = count_differences(found)
    search.least = count if search.least is None else min(search.least, count)
    if not found.changes:
        search.phases[-1] = station.revision


def _distance(found: Comparison) -> tuple[int, int]:
    """A revision that takes something away from the database is further than one that adds."""
    loses = engine(found.desired.engine).loses_data
    return count_differences(found), sum(loses(change) for change in found.changes)


def _one_sided(station: HistoryStep, search: _Search) -> int:
    """Tables and views that only one of the two has: each is a difference."""
    sides: tuple[Iterable[str], Iterable[str]] = (search.live.texts, station.source.texts)
    return len(set(sides[0]).symmetric_difference(sides[1]) - {search.table})


class _Remembering(DerivedSource):
    """A source that reads nothing twice, unless other units decide what a body of one says."""

    def __init__(self, source: Source, memory: _ReadFacts) -> None:
        super().__init__(source)
        self.memory = memory

    def read_units(self, units: Collection[str]) -> Iterator[Object]:
        if self.quotes_in_bodies:
            yield from self.source.read_units(units)
            return
        keys = {unit: (unit, self.texts[unit]) for unit in units}
        unknown = [unit for unit, key in keys.items() if key not in self.memory]
        self.memory.update((keys[unit], []) for unit in unknown)
        for fact in self.source.read_units(unknown) if unknown else ():
            self.memory[keys[fact.ref.unit]].append(fact)
        for key in keys.values():
            yield from self.memory[key]
