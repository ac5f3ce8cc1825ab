"""A live database brought to the end of the history; what was done to it, as a receipt.

Where it is there already, word for word, that is all there is to say, and nothing is replayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from sqlplumb import limits
from sqlplumb.commands.applying.course import Course, Wish, forget_backup, patience
from sqlplumb.commands.applying.proved_end import is_at_proved_end
from sqlplumb.commands.applying.upgraded import upgraded
from sqlplumb.commands.applying.written_down import written_down
from sqlplumb.engines import Location
from sqlplumb.errors import ChangedMeanwhile, DatabaseFailed, PlumbError, Problem
from sqlplumb.hiding import without_password
from sqlplumb.receipts import Outcome, Passage, Receipt, State, outcome_of
from sqlplumb.sources import from_environment
from sqlplumb.sources.database import LOOKS, locate
from sqlplumb.sources.history import open_replay
from sqlplumb.upgrade import gates

Work = Callable[[Course, datetime], Outcome | None]  # None: somebody else was faster


def apply(url: str, wish: Wish) -> Receipt:
    """One database. Whatever stops it stands in the receipt."""
    location = locate(from_environment(url), wish.base).resolved()
    start, began = time.monotonic(), datetime.now(UTC)
    blank = blank_of(location, began)
    filled = _at_the_end(location, wish, blank) or worked(location, wish, blank, began, upgraded)
    return replace(filled, seconds=time.monotonic() - start)


def blank_of(location: Location, began: datetime) -> Receipt:
    """Nothing was done yet."""
    return Receipt(
        database=location.label,
        path=location.path,
        outcome="nothing to do",
        began=began.isoformat(timespec="milliseconds"),
        seconds=0.0,
    )


def _at_the_end(location: Location, wish: Wish, blank: Receipt) -> Receipt | None:
    """Where that is plain. What is wrong, if anything, is told by whoever looks closer."""
    with suppress(PlumbError), location.open(0.0) as live:
        if is_at_proved_end(live, wish.settings):
            state = State(live.at(wish.settings.version_table))
            passed = [Passage(gate.name, "passed") for gate in (gates.KNOWN, gates.PLUMB)]
            return replace(blank, before=state, after=state, gates=gates.told(passed))
    return None


def worked(location: Location, wish: Wish, blank: Receipt, began: datetime, work: Work) -> Receipt:
    """What came of this work. Whatever stops it stands in the receipt."""
    label = blank.database
    waits = patience(wish.wait, label, wish.progress.tell)
    recovered, looks = False, 0
    while True:
        memory = wish.memory
        with open_replay(wish.settings, "the history", memory.scripts, memory.config) as replay:
            memory.scripts, memory.config = replay.scripts, replay.config
            course = Course(location, wish, replay, waits, recovered=recovered)
            error: PlumbError | None = None
            try:
                with limits.piece():
                    outcome = work(course, began)
            except PlumbError as failure:
                error, outcome = failure, outcome_of(failure)
                if isinstance(failure, ChangedMeanwhile) and not course.done and looks < LOOKS:
                    error, outcome = None, None
                forget_backup(course)
            except BaseException as end:
                if isinstance(end, Exception):  # a person may end it between COMMIT and our note
                    forget_backup(course)
                written_down(_filled(blank, course, "failed", _ended(label, end)), wish.backups)
                raise
        recovered, looks = course.recovered, looks + 1
        if outcome:
            return _filled(blank, course, outcome, error)
        wish.progress.tell(f"{label}: somebody else has changed it meanwhile; looking again")


def _ended(label: str, end: BaseException) -> PlumbError:
    """By a person, or by what nobody expected: what was committed until then stays."""
    message = f"{label}: it was ended: {type(end).__name__}: {without_password(str(end))}"
    return DatabaseFailed(Problem(message.rstrip(": "), "run it again: it goes on from there"))


def _filled(blank: Receipt, course: Course, outcome: Outcome, error: PlumbError | None) -> Receipt:
    return replace(
        blank,
        outcome=outcome,
        waited=course.patience.waited,
        locked=course.locked,
        recovered=course.recovered,
        before=course.before,
        after=course.after,
        gates=gates.told(course.passages),
        revisions=tuple(course.done),
        backup=course.backup,
        error=error,
        drift=course.drift,
        warnings=tuple(dict.fromkeys(course.warnings)),
    )
