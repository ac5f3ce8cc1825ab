"""Where a live database stands: at the proved end of the history, behind it, or nearest to which
revision of it.

What the proofs tell in the very words needs no replay, and is asked first. Nothing here must ever
change what a database holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from sqlplumb.changes.comparison import Comparison, Standing
from sqlplumb.commands.accepting import compare_accepting
from sqlplumb.config import Settings
from sqlplumb.config.env_file import plain_location
from sqlplumb.engines import DerivedSource, LiveDatabase, Location, Patience, Source, engine
from sqlplumb.errors import HalfWritten, PlumbError, WrongInput
from sqlplumb.proof.ledger import proved_end
from sqlplumb.receipts import RECOVERED
from sqlplumb.render.comparisons import count_differences
from sqlplumb.schema import Object
from sqlplumb.sources.database import from_environment
from sqlplumb.sources.history import HistoryStep, history_steps
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.sources.scripts import has_revision, script_directory


@contextmanager
def open_recovered(
    location: Location, patience: Patience, tell: Callable[[str], None]
) -> Iterator[LiveDatabase]:
    """Open a database for whoever is about to write it: what a killed process left half written is
    rolled back first, and `tell` hears of it. Whoever only looks is refused there, and leaves no
    trace."""
    with ExitStack() as stack:
        try:
            with patience.counted():
                live = stack.enter_context(location.open(patience.remaining))
        except HalfWritten:
            location.recover(patience)
            tell(f"{location.label}: {RECOVERED}")
            live = stack.enter_context(location.open(patience.remaining))
        yield live


def is_at_proved_end(live: LiveDatabase, settings: Settings) -> bool:
    """Tell whether it is, in the very words, what the proofs say that the history ends with.

    Nothing is replayed and no revision imported; what is not plainly so, somebody else looks at
    more closely.
    """
    folder = plain_location(settings.alembic)
    end = proved_end(folder, settings) if folder else None
    if end is None:
        return False
    head, wording = end
    is_at_head = live.at(settings.version_table) == (head,)
    return is_at_head and live.engine.wording(live.texts, settings.version_table) == wording


def standing(mirror: str, source: Source, settings: Settings) -> Standing | None:
    """Tell where in the history a mirror is that differs: behind, or drifted from what it names.

    Return None where the history has nothing to say of it, or says that it is at its end.
    """
    if not settings.has_history:
        return None
    written = from_environment(mirror)
    if written.startswith("history@"):
        return _standing_of_revision(written.partition("@")[2], settings)
    if not isinstance(source, LiveDatabase):
        return None
    try:
        at = source.at(settings.version_table)
    except WrongInput as error:
        return Standing(why=str(error))
    unnamed = Standing(why="it names no revision, so nobody knows what it should be")
    if not (at or settings.begins_unmarked):
        return unnamed
    try:
        standing = _standing_of_database(at, source, settings)
    except PlumbError as error:
        return Standing(at=at, why=f"what the history makes of that cannot be told: {error}")
    return standing if at or (standing and not standing.differences) else unnamed


def _standing_of_revision(revision: str, settings: Settings) -> Standing | None:
    with open_replay(settings) as replay:
        at = replay.target(revision)
        pending = tuple(script.revision for script in replay.pending(at))
    return Standing(at=at, pending=pending, differences=0) if at and pending else None


def _standing_of_database(
    at: tuple[str, ...], live: LiveDatabase, settings: Settings
) -> Standing | None:
    scripts = script_directory(settings)
    unknown = [revision for revision in at if not has_revision(scripts, revision)]
    if unknown:
        return Standing(at=at, why=f"the history does not know {' and '.join(unknown)}")
    with open_replay(settings, f"history@{','.join(at)}", scripts) as replay:
        pending = tuple(script.revision for script in replay.pending(at))
        if not pending:
            return None
        replay.reach(at)
        count = count_drift(live, replay.source(), settings)
    return Standing(at=at, pending=pending, differences=count)


def count_drift(live: LiveDatabase, desired: Source, settings: Settings) -> int:
    """Count the differences of a database from what it should be. An Alembic of another age made
    its own table in another way."""
    comparison = compare_accepting(live, desired, settings)
    own = settings.version_table
    changes = tuple(change for change in comparison.changes if change.ref.unit != own)
    return count_differences(replace(comparison, changes=changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """`comparison` holds the database against `revision`, the nearest of `count`. `plumb` are those
    that it is plumb with, as far as their schema or what they do to rows tells them apart."""

    revision: str
    comparison: Comparison
    count: int = 1
    plumb: tuple[str, ...] = ()


# What a table or a view is, by its words: most revisions leave most of them alone.
_ReadFacts = dict[tuple[str, Hashable], list[Object]]


@dataclass(slots=True, kw_only=True)
class _Search:
    """What is known of the revisions that were compared so far."""

    live: Source
    settings: Settings
    read_facts: _ReadFacts
    least: int | None = None  # the distance of the nearest one that is known
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    plumb_by_phase: list[str] = field(default_factory=list)  # the last one plumb of each, or none
    count: int = 0

    def look_at(self, step: HistoryStep) -> None:
        self.count += 1
        if step.moves_rows or not self.plumb_by_phase:
            self.plumb_by_phase.append("")
        # Tables and views that only one of the two has: each is a difference.
        one_sided = {*self.live.texts} ^ {*step.source.texts}
        if self.least is not None and len(one_sided - {self.settings.version_table}) > self.least:
            return  # it cannot be nearer
        desired = _ReadOnce(step.source, self.read_facts)
        comparison = compare_accepting(self.live, desired, self.settings)
        self.comparisons[step.revision] = comparison
        distance, _ = self.distance(step.revision)
        self.least = distance if self.least is None else min(self.least, distance)
        if not comparison.changes:
            self.plumb_by_phase[-1] = step.revision

    def distance(self, revision: str) -> tuple[int, int]:
        """Count the differences; a table or a column that would be lost is as far as three.

        Else the beginning of a history that several services share, when most of their tables
        were not there yet, would be nearest to the whole database of one.
        """
        comparison = self.comparisons[revision]
        loses_data = engine(comparison.desired.engine).loses_data
        lost = sum(map(loses_data, comparison.changes))
        return count_differences(comparison) + 2 * lost, lost


def find_nearest(live: Source, settings: Settings) -> Nearest | None:
    """Compare the database with every revision; of equals the later one is nearer.

    Return None where there is no revision.
    """
    read_facts: _ReadFacts = {}
    search = _Search(
        live=_ReadOnce(live, read_facts),
        settings=settings,
        read_facts=read_facts,
    )
    for step in history_steps(settings):
        search.look_at(step)
    if not search.comparisons:
        return None
    nearest = min(reversed(search.comparisons), key=search.distance)
    return Nearest(
        revision=nearest,
        comparison=search.comparisons[nearest],
        count=search.count,
        plumb=tuple(revision for revision in search.plumb_by_phase if revision),
    )


class _ReadOnce(DerivedSource):
    """A source that reads nothing twice, unless other units decide what a body of one says."""

    def __init__(self, source: Source, read_facts: _ReadFacts) -> None:
        super().__init__(source)
        self.read_facts = read_facts

    def read_units(self, units: Collection[str]) -> Iterator[Object]:
        if self.quotes_in_bodies:
            yield from self.source.read_units(units)
            return
        keys = {unit: (unit, self.texts[unit]) for unit in units}
        unknown = [unit for unit, key in keys.items() if key not in self.read_facts]
        self.read_facts.update((keys[unit], []) for unit in unknown)
        for fact in self.source.read_units(unknown) if unknown else ():
            self.read_facts[keys[fact.ref.unit]].append(fact)
        for key in keys.values():
            yield from self.read_facts[key]
