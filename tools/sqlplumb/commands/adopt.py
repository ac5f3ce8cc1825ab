"""Adopt a database that names no revision: find the one that makes its schema, and stamp it.

The database is compared with the history without a lock, and once more under it. What it holds must
never be changed here: what would lead it to a revision is offered, and is another command (bridge).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from shlex import quote

from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.accepting import compare_accepting
from sqlplumb.commands.apply import patient
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.commands.standing import find_nearest, open_recovered
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Location, Patience, Progress, Source
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.receipts import Adoption
from sqlplumb.sources import open_schema
from sqlplumb.sources.database import from_environment, locate, retry_if_changed
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.scripts import all_revisions
from sqlplumb.upgrade import gates, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptOptions:
    """What a person asks for; `revision` is the one that the database is said to be at. `whole`:
    all of the schemas is to be told, for a machine."""

    settings: Settings
    revision: str = ""
    wait: float = 30.0
    dry_run: bool = False
    whole: bool = False
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True, slots=True)
class UnversionedDatabase:
    """A database to adopt; `name` is how a command may name it, `label` what people may read."""

    location: Location
    name: str
    options: AdoptOptions

    @property
    def label(self) -> str:
        return self.location.label

    @property
    def settings(self) -> Settings:
        return self.options.settings

    @property
    def version_table(self) -> str:
        return self.settings.version_table

    def stamp_command(self, revision: str) -> str:
        return f"sqlplumb adopt {quote(self.name)} --as {revision}"

    def open(self) -> AbstractContextManager[LiveDatabase]:
        """Open it without a lock. A dry run recovers nothing."""
        if self.options.dry_run:
            return self.location.open(self.options.wait)
        patience = Patience(seconds=self.options.wait)
        return open_recovered(self.location, patience, self.options.progress.tell)


def unversioned_database(url: str, options: AdoptOptions) -> UnversionedDatabase:
    location = locate(from_environment(url), Path(), options.settings)
    location.engine.refuse_to_change(location.label, "adopt")
    return UnversionedDatabase(location, url if url.startswith("env:") else location.label, options)


def adopt(url: str, options: AdoptOptions) -> Adoption:
    """Find the revision of this database, and stamp it unless this is a dry run."""
    database = unversioned_database(url, options)
    try:
        while not (adoption := retry_if_changed(partial(_adopt_once, database))):
            options.progress.tell(
                f"{database.label}: somebody else has changed it meanwhile; looking again"
            )
    except WrongInput as error:
        named = f"--base {quote(database.name)}"  # in what to do where the history misses a table
        problems = [
            replace(problem, advice=problem.advice.replace("--base SOURCE", named))
            for problem in error.problems
        ]
        raise WrongInput(problems) from error
    return adoption


def _adopt_once(database: UnversionedDatabase) -> Adoption | None:
    """Return None where somebody else changed the database before it was locked."""
    with open_replay(database.settings, "the history") as replay:
        with database.open() as live:
            adoption = _Search(database=database, live=live, replay=replay).find_revision()
            texts = dict(live.texts)
        if adoption.outcome != "to be adopted" or database.options.dry_run:
            return adoption
        return _stamp_locked(database, adoption, texts, replay=replay)


def _stamp_locked(
    database: UnversionedDatabase,
    adoption: Adoption,
    texts: Mapping[str, Hashable],
    *,
    replay: Replay,
) -> Adoption | None:
    """Stamp the database, or return None where its texts are not these any more."""
    patience = patient(database.options.wait, database.label, database.options.progress)
    with database.location.lock() as locked, locked.transaction(patience):
        live = locked.read()
        if live.texts != texts or live.at(database.version_table):
            return None
        stamp(locked, replay, adoption.revision)
    return replace(adoption, outcome="adopted", waited=patience.waited)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """A database that is open, and a scratch on which the history is replayed."""

    database: UnversionedDatabase
    live: LiveDatabase
    replay: Replay

    def find_revision(self) -> Adoption:
        """Tell the revision that makes this schema, or why there is none, and what to do."""
        database, live = self.database, self.live
        if live.at(database.version_table):
            return self._adopted_already()
        refuse_adopted(live, database.version_table)
        if not database.options.revision:
            return self._at_nearest()
        revision = ",".join(self.replay.target(database.options.revision))
        if not revision:
            message = "base is where nothing has run yet: there is nothing to stamp"
            raise WrongInput(Problem(message, "`alembic history` lists the revisions"))
        adoption = self._at(revision)
        if adoption.comparison and adoption.comparison.changes:
            message = f"it is not what revision {revision} makes"
            return _not_adopted(adoption, message, ways=_ways_to(database, revision))
        return adoption

    def _adopted_already(self) -> Adoption:
        """Compare a database that names a revision with what that revision makes."""
        database, live, replay = self.database, self.live, self.replay
        history = all_revisions(replay.scripts)
        revisions = gates.known(
            database.label,
            live.at(database.version_table),
            tables=live.texts.keys(),
            history=history,
            settings=database.settings,
        )
        at, desired = " and ".join(revisions), revisions
        if database.options.revision:
            desired = replay.target(database.options.revision)
        if {*desired} != {*revisions}:
            message = f"{database.label}: it is adopted already: it is at {at}, not at"
            message += f" {' and '.join(desired)}"
            raise Refused(Problem(message, "`sqlplumb apply` brings it on from there"))
        replay.reach(revisions)
        comparison = self._compare(at)
        return replace(
            self._begun(),
            outcome="drift" if comparison.changes else "adopted already",
            revision=at,
            comparison=comparison,
            pending=self._count_pending(revisions),
        )

    def _at_nearest(self) -> Adoption:
        """Look through the history. The end of it counts, unless the schema is another one."""
        database = self.database
        head = ",".join(self.replay.target(""))
        nearest = find_nearest(self.live, database.settings)
        if nearest is None:
            advice = 'write the first with `sqlplumb revise -m "baseline"`'
            return _not_adopted(self._begun(), "the history has no revision", advice)
        if nearest.plumb == (head,) and not database.options.whole:
            return replace(self._begun(), revision=head, comparison=nearest.comparison)
        adoption = self._at(nearest.revision)
        match nearest.plumb:
            case () if self._is_at_base():
                return replace(
                    self._begun(),
                    outcome="adopted already",
                    revision="base",
                    pending=nearest.count,
                )
            case () if self._is_in_schema_file():
                message = "it is what schema.sql says, which no revision makes yet"
                advice = "write that one first, with `sqlplumb revise`"
                return _not_adopted(adoption, message, advice)
            case ():
                message = f"it is not what revision {nearest.revision} makes"
                if nearest.count > 1:
                    message += f", the nearest of {nearest.count}: it is not what any of them makes"
                return _not_adopted(adoption, message, ways=_ways_to(database, nearest.revision))
            case (revision,) if revision == head:
                return adoption
            case (revision,):
                message = f"it is what revision {revision} makes"
                message += ", which is not the end of the history"
                return _not_adopted(adoption, message, ways=[_way_to_stamp(database, revision)])
        revisions = " and ".join(nearest.plumb)
        message = f"{revisions} make the same schema, and differ in what they do to rows"
        advice = "say how far it has come: what is behind that will run when it is upgraded"
        ways = [_way_to_stamp(database, revision) for revision in nearest.plumb]
        return _not_adopted(adoption, message, advice, ways=ways)

    def _at(self, revision: str) -> Adoption:
        """Replay the history up to this revision, and compare the database with it."""
        table = self.database.version_table
        self.replay.reach(revision.split(","))
        if table in self.live.texts:  # without a row, and it must be as Alembic makes it
            comparison = compare_sources(self.live, self.replay.source(), table)
            if any(change.ref.unit == table for change in comparison.changes):
                label = self.database.label
                message = f"{label}: {table} names no revision, and is not as Alembic makes it"
                advice = f"it is empty: DROP TABLE {table}, and adopt again"
                raise Refused(Problem(message, advice))
        return replace(
            self._begun(),
            revision=revision,
            comparison=self._compare(revision),
            pending=self._count_pending(tuple(revision.split(","))),
        )

    def _begun(self) -> Adoption:
        return Adoption(
            database=self.database.label,
            outcome="to be adopted",
            warnings=(*self.live.passed_over, *self.live.leftovers()),
        )

    def _compare(self, revision: str) -> Comparison:
        desired = source_at(revision, self.replay)
        options = self.database.options
        return compare_accepting(self.live, desired, options.settings, whole=options.whole)

    def _count_pending(self, revisions: tuple[str, ...]) -> int:
        with suppress(WrongInput):  # a history that ends in several places leads nowhere
            return len(self.replay.pending(revisions))
        return 0

    def _is_at_base(self) -> bool:
        """Is it where the history begins, which names no revision?"""
        with open_replay(self.database.settings, "base", self.replay.scripts) as replay:
            settings = self.database.settings
            is_base = not compare_accepting(self.live, replay.source(), settings).changes
        return self.database.settings.begins_unmarked and is_base

    def _is_in_schema_file(self) -> bool:
        with suppress(PlumbError):
            schema = open_schema(self.database.settings)
            comparison = compare_accepting(self.live, schema, self.database.settings)
            return not comparison.changes
        return False


def source_at(revision: str, replay: Replay) -> Source:
    """Return what this revision makes, at which the scratch stands.

    It is schema.sql where that says the same: in the author's own words, with their hints.
    """
    desired = replay.source(f"history@{revision}")
    with suppress(PlumbError):
        schema = open_schema(replay.settings)
        if not compare_sources(desired, schema, replay.settings.version_table).changes:
            return schema
    return desired


def refuse_adopted(live: LiveDatabase, version_table: str) -> None:
    """Raise Refused unless the database has tables and names no revision."""
    if at := live.at(version_table):
        message = f"{live.label}: it is adopted already: it is at {' and '.join(at)}"
        raise Refused(Problem(message, "`sqlplumb apply` brings it on from there"))
    if not live.texts.keys() - {version_table}:
        message = f"{live.label}: it is empty: there is nothing to adopt"
        raise Refused(Problem(message, "`sqlplumb apply` fills it from the first revision on"))


def _not_adopted(
    adoption: Adoption, message: str, advice: str = "", *, ways: Sequence[tuple[str, str]] = ()
) -> Adoption:
    problem = Problem(f"{adoption.database}: not adopted: {message}", advice)
    return replace(adoption, outcome="not adopted", problem=problem, ways=tuple(ways))


def _way_to_stamp(database: UnversionedDatabase, revision: str) -> tuple[str, str]:
    return database.stamp_command(revision), f"says that it is at {revision}"


def _ways_to(database: UnversionedDatabase, revision: str) -> tuple[tuple[str, str], ...]:
    """Return the commands that lead a database to this revision, each with what it does."""
    title = database.location.engine.title
    return (
        (
            f"{database.stamp_command(revision)} --revise",
            f"writes a proved revision that leads to {revision} from what it is",
        ),
        (
            f"sqlplumb diff {quote(database.name)} history@{revision} --format sql",
            f"the same as a script, for {title}'s own client",
        ),
    )
