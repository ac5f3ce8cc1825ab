"""A database that names no revision: held against the history, and stamped only where it is plumb.

It is looked at without a lock, and once more under it. What it holds is never changed here: what
would make it plumb is offered, and is another command.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from shlex import quote

from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.apply import patient
from sqlplumb.commands.comparing import compare_sources, leftovers
from sqlplumb.commands.live import open_recovered
from sqlplumb.commands.nearest import find_nearest
from sqlplumb.config import Settings
from sqlplumb.engines import Location, Patience, Progress, Source
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.receipts import Adoption
from sqlplumb.sources import from_environment, open_schema
from sqlplumb.sources.database import locate, retry_if_changed
from sqlplumb.sources.replay import Replay, open_replay
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
class Case:
    """One database; `name` is what commands may call it, `label` what people may."""

    location: Location
    name: str
    options: AdoptOptions

    @property
    def label(self) -> str:
        return self.location.label

    @property
    def table(self) -> str:
        return self.options.settings.version_table


def adopt(url: str, options: AdoptOptions) -> Adoption:
    case = case_of(url, options)
    while not (done := retry_if_changed(partial(_adopted, case))):
        options.progress.tell(
            f"{case.label}: somebody else has changed it meanwhile; looking again"
        )
    return done


def _adopted(case: Case) -> Adoption | None:
    with open_replay(case.options.settings, "the history") as replay:
        with _opened(case) as live:
            done, texts = find_revision(live, replay, case), dict(live.texts)
        if done.outcome != "to be adopted" or case.options.dry_run:
            return done
        return _stamped(done, texts, replay, case)


def _opened(case: Case) -> AbstractContextManager[Source]:
    options = case.options
    if options.dry_run:
        return case.location.open(options.wait)
    return open_recovered(case.location, Patience(seconds=options.wait), options.progress.tell)


def case_of(url: str, options: AdoptOptions) -> Case:
    location = locate(from_environment(url), Path())
    return Case(location, url if url.startswith("env:") else location.label, options)


def _stamped(
    done: Adoption, texts: Mapping[str, Hashable], replay: Replay, case: Case
) -> Adoption | None:
    """None: it is not any more, word for word, what was looked at."""
    with case.location.lock() as database:
        waits = patient(case.options.wait, case.label, case.options.progress)
        with database.transaction(waits):
            if database.read().texts != texts or database.read().at(case.table):
                return None
            stamp(database, replay, done.revision)
    return replace(done, outcome="adopted", waited=waits.waited)


def find_revision(live: Source, replay: Replay, case: Case) -> Adoption:
    said = Adoption(database=case.label, outcome="to be adopted", warnings=tuple(leftovers(live)))
    if live.at(case.table):
        return _already(live, replay, case, said)
    refuse_adopted(live, case.table)
    if case.options.revision:
        return _at_named(live, replay, case, said)
    return _at_nearest(live, replay, case, said)


def _already(live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    """Whoever is adopted is only looked at."""
    versions = live.at(case.table)
    known = [one.revision for one in replay.scripts.walk_revisions()]
    at = " and ".join(gates.known(case.label, versions, tables=live.texts, history=known))
    wanted = replay.target(case.options.revision) if case.options.revision else at
    if wanted != at:
        message = f"{case.label}: it is adopted already: it is at {at}, not at {wanted}"
        raise Refused(Problem(message, "`sqlplumb apply` brings it on from there"))
    for version in versions:
        replay.upgrade(version)
    found = _measured(live, replay, at, case)
    return replace(
        said,
        outcome="drift" if found.changes else "adopted already",
        revision=at,
        comparison=found,
        pending=_pending(versions, replay),
    )


def _at_named(live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    """Somebody knows at which revision it is."""
    revision = replay.target(case.options.revision)
    if not revision:
        message = "base is where nothing has run yet: there is nothing to stamp"
        raise WrongInput(Problem(message, "`alembic history` lists the revisions"))
    told = _at(revision, live, replay, case, said)
    assert told.comparison
    if told.comparison.changes:
        message = f"it is not what revision {revision} makes"
        return _refused(told, message, ways=mending(case, revision))
    return told


def _at_nearest(live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    """Nobody knows: the end of the history, unless its schema says something else."""
    head, found = replay.target(""), find_nearest(live, case.options.settings)
    if found is None:
        hint = 'write the first with `sqlplumb revise -m "baseline"`'
        return _refused(said, "the history has no revision", hint)
    if found.plumb == (head,) and not case.options.whole:
        return replace(said, revision=head, comparison=found.comparison)
    told = _at(found.revision, live, replay, case, said)
    match found.plumb:
        case () if _is_in_schema_file(live, case):
            message = "it is what schema.sql says, which no revision makes yet"
            return _refused(told, message, "write that one first, with `sqlplumb revise`")
        case ():
            message = f"it is not what revision {found.revision} makes"
            many = f", the nearest of {found.count}: it is not what any of them makes"
            ways = mending(case, found.revision)
            return _refused(told, message + many * (found.count > 1), ways=ways)
        case (one,) if one == head:
            return told
        case (one,):
            message = f"it is what revision {one} makes, which is not the end of the history"
            return _refused(told, message, ways=[stamping(case, one)])
    message = (
        f"{' and '.join(found.plumb)} make the same schema, and differ in what they do to rows"
    )
    hint = "say how far it has come: what is behind that will run when it is upgraded"
    return _refused(told, message, hint, [stamping(case, one) for one in found.plumb])


def _at(revision: str, live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    replay.upgrade(revision)
    _own_table(live, replay, case)
    found = _measured(live, replay, revision, case)
    return replace(said, revision=revision, comparison=found, pending=_pending((revision,), replay))


def _own_table(live: Source, replay: Replay, case: Case) -> None:
    """It may be there without a row, and must then be Alembic's own."""
    if case.table not in live.texts:
        return
    found = compare_sources(live, replay.source(), case.table)
    if any(change.ref.unit == case.table for change in found.changes):
        message = f"{case.label}: {case.table} names no revision, and is not as Alembic makes it"
        raise Refused(Problem(message, f"it is empty: DROP TABLE {case.table}, and adopt again"))


def _pending(versions: tuple[str, ...], replay: Replay) -> int:
    """A history that ends in several places leads nowhere."""
    with suppress(WrongInput):
        return len(replay.pending(versions))
    return 0


def _measured(live: Source, replay: Replay, revision: str, case: Case) -> Comparison:
    return compare_sources(
        live, authors_words(revision, replay, case), case.table, case.options.whole
    )


def authors_words(revision: str, replay: Replay, case: Case) -> Source:
    """What this revision makes, where the scratch stands: in the author's own words, with their
    hints, if schema.sql says the same."""
    desired = replay.source(f"history@{revision}")
    with suppress(PlumbError):
        schema = open_schema(case.options.settings)
        if not compare_sources(desired, schema, case.table).changes:
            return schema
    return desired


def _is_in_schema_file(live: Source, case: Case) -> bool:
    with suppress(PlumbError):
        return not compare_sources(live, open_schema(case.options.settings), case.table).changes
    return False


def refuse_adopted(live: Source, table: str) -> None:
    """It has tables, and names no revision."""
    if at := live.at(table):
        message = f"{live.label}: it is adopted already: it is at {' and '.join(at)}"
        raise Refused(Problem(message, "`sqlplumb apply` brings it on from there"))
    if not live.texts.keys() - {table}:
        message = f"{live.label}: it is empty: there is nothing to adopt"
        raise Refused(Problem(message, "`sqlplumb apply` fills it from the first revision on"))


def _refused(
    said: Adoption, message: str, hint: str = "", ways: Sequence[tuple[str, str]] = ()
) -> Adoption:
    problem = Problem(f"{said.database}: not adopted: {message}", hint)
    return replace(said, outcome="not adopted", problem=problem, ways=tuple(ways))


def stamping(case: Case, revision: str) -> tuple[str, str]:
    command = f"sqlplumb adopt {quote(case.name)} --as {revision}"
    return command, f"says that it is at {revision}"


def mending(case: Case, revision: str) -> tuple[tuple[str, str], ...]:
    url = quote(case.name)
    return (
        (
            f"sqlplumb adopt {url} --as {revision} --revise",
            f"writes a proved revision that leads to {revision} from what it is",
        ),
        (
            f"sqlplumb diff {url} history@{revision} --format sql",
            "the same as a script, for SQLite's own client",
        ),
    )
