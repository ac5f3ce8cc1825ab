"""A database that names no revision: held against the history, and stamped only where it is plumb.

It is looked at without a lock, and once more under it. What it holds is never changed here: what
would make it plumb is offered, and is another journey.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlplumb.commands.adopting.adoption import Case, Wish
from sqlplumb.commands.adopting.found import looked_at
from sqlplumb.commands.applying.course import patience
from sqlplumb.commands.recovered import open_recovered
from sqlplumb.engines import Patience, Source
from sqlplumb.receipts import Adoption
from sqlplumb.sources import from_environment
from sqlplumb.sources.database import locate, retry_if_changed
from sqlplumb.sources.history import Replay, open_replay
from sqlplumb.upgrade import stamp


def adopt(url: str, wish: Wish) -> Adoption:
    case = case_of(url, wish)
    while not (done := retry_if_changed(partial(_adopted, case))):
        wish.progress.tell(f"{case.label}: somebody else has changed it meanwhile; looking again")
    return done


def _adopted(case: Case) -> Adoption | None:
    with open_replay(case.wish.settings, "the history") as replay:
        with _opened(case) as live:
            done, texts = looked_at(live, replay, case), dict(live.texts)
        if done.outcome != "to be adopted" or case.wish.rehearse:
            return done
        return _stamped(done, texts, replay, case)


def _opened(case: Case) -> AbstractContextManager[Source]:
    wish = case.wish
    if wish.rehearse:
        return case.location.open(wish.wait)
    return open_recovered(case.location, Patience(wish.wait), wish.progress.tell)


def case_of(url: str, wish: Wish) -> Case:
    location = locate(from_environment(url), Path())
    return Case(location, url if url.startswith("env:") else location.label, wish)


def _stamped(
    done: Adoption, texts: Mapping[str, Hashable], replay: Replay, case: Case
) -> Adoption | None:
    """None: it is not any more, word for word, what was looked at."""
    with case.location.lock() as database:
        waits = patience(case.wish.wait, case.label, case.wish.progress.tell)
        with database.transaction(waits):
            if database.read().texts != texts or database.read().at(case.table):
                return None
            stamp(database, replay, done.revision)
    return replace(done, outcome="adopted", waited=waits.waited)
