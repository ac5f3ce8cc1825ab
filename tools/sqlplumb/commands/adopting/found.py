"""What a database that names no revision is found to be: of which revision, or what it lacks.

It is looked at, and nothing is done.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from sqlplumb.changes.measure import Measure
from sqlplumb.commands.adopting.adoption import (
    Case,
    mending,
    refused,
    stamping,
    unadopted,
)
from sqlplumb.commands.adopting.sought import sought
from sqlplumb.commands.comparing import leftovers, measure
from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.receipts import Adoption
from sqlplumb.sources import open_schema
from sqlplumb.sources.history import Replay
from sqlplumb.upgrade import gates


def looked_at(live: Source, replay: Replay, case: Case) -> Adoption:
    said = Adoption(database=case.label, outcome="to be adopted", warnings=tuple(leftovers(live)))
    if live.at(case.table):
        return _already(live, replay, case, said)
    unadopted(live, case.table)
    if case.wish.revision:
        return _said(live, replay, case, said)
    return _found(live, replay, case, said)


def _already(live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    """Whoever is adopted is only looked at."""
    versions = live.at(case.table)
    known = [one.revision for one in replay.scripts.walk_revisions()]
    at = " and ".join(gates.known(case.label, versions, live.texts, known))
    wanted = replay.target(case.wish.revision) if case.wish.revision else at
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
        measure=found,
        pending=_pending(versions, replay),
    )


def _said(live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    """Somebody knows at which revision it is."""
    revision = replay.target(case.wish.revision)
    if not revision:
        message = "base is where nothing has run yet: there is nothing to stamp"
        raise WrongInput(Problem(message, "`alembic history` lists the revisions"))
    told = _at(revision, live, replay, case, said)
    assert told.measure
    if told.measure.changes:
        message = f"it is not what revision {revision} makes"
        return refused(told, message, ways=mending(case, revision))
    return told


def _found(live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    """Nobody knows: the end of the history, unless its schema says something else."""
    head, found = replay.target(""), sought(live, case.wish.settings)
    if found is None:
        hint = 'write the first with `sqlplumb revise -m "baseline"`'
        return refused(said, "the history has no revision", hint)
    if found.plumb == (head,) and not case.wish.whole:
        return replace(said, revision=head, measure=found.measure)
    told = _at(found.revision, live, replay, case, said)
    match found.plumb:
        case () if _is_in_schema_file(live, case):
            message = "it is what schema.sql says, which no revision makes yet"
            return refused(told, message, "write that one first, with `sqlplumb revise`")
        case ():
            message = f"it is not what revision {found.revision} makes"
            many = f", the nearest of {found.count}: it is not what any of them makes"
            ways = mending(case, found.revision)
            return refused(told, message + many * (found.count > 1), ways=ways)
        case (one,) if one == head:
            return told
        case (one,):
            message = f"it is what revision {one} makes, which is not the end of the history"
            return refused(told, message, ways=[stamping(case, one)])
    message = (
        f"{' and '.join(found.plumb)} make the same schema, and differ in what they do to rows"
    )
    hint = "say how far it has come: what is behind that will run when it is upgraded"
    return refused(told, message, hint, [stamping(case, one) for one in found.plumb])


def _at(revision: str, live: Source, replay: Replay, case: Case, said: Adoption) -> Adoption:
    replay.upgrade(revision)
    _own_table(live, replay, case)
    found = _measured(live, replay, revision, case)
    return replace(said, revision=revision, measure=found, pending=_pending((revision,), replay))


def _own_table(live: Source, replay: Replay, case: Case) -> None:
    """It may be there without a row, and must then be Alembic's own."""
    if case.table not in live.texts:
        return
    found = measure(live, replay.opened(), case.table)
    if any(change.ref.unit == case.table for change in found.changes):
        message = f"{case.label}: {case.table} names no revision, and is not as Alembic makes it"
        raise Refused(Problem(message, f"it is empty: DROP TABLE {case.table}, and adopt again"))


def _pending(versions: tuple[str, ...], replay: Replay) -> int:
    """A history that ends in several places leads nowhere."""
    with suppress(WrongInput):
        return len(replay.pending(versions))
    return 0


def _measured(live: Source, replay: Replay, revision: str, case: Case) -> Measure:
    return measure(live, words_of(revision, replay, case), case.table, case.wish.whole)


def words_of(revision: str, replay: Replay, case: Case) -> Source:
    """What this revision makes, where the scratch stands: in the author's own words, with their
    hints, if schema.sql says the same."""
    desired = replay.opened(f"history@{revision}")
    with suppress(PlumbError):
        schema = open_schema(case.wish.settings)
        if not measure(desired, schema, case.table).changes:
            return schema
    return desired


def _is_in_schema_file(live: Source, case: Case) -> bool:
    with suppress(PlumbError):
        return not measure(live, open_schema(case.wish.settings), case.table).changes
    return False
