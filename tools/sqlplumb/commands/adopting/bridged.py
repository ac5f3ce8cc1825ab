"""A live database led over a bridge to a revision of the history, behind the gates of every other
change, and adopted in the same transaction.

The bridge is proved before it runs, on a scratch that is what this very database is: whatever was
proved before, somewhere else, counts for nothing here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.commands.adopting.adoption import unadopted
from sqlplumb.commands.applying.coming import Coming, come
from sqlplumb.commands.applying.course import Course, Wish, compare, looked_into
from sqlplumb.commands.applying.one import blank_of, worked
from sqlplumb.commands.applying.rehearsed import rehearse
from sqlplumb.commands.applying.upgraded import prepare, run_by, under_lock, verify
from sqlplumb.commands.applying.written_down import written_down
from sqlplumb.commands.comparing import without
from sqlplumb.commands.judging import replay_revision
from sqlplumb.commands.prove import proved
from sqlplumb.engines import Source
from sqlplumb.errors import Problem, Refused
from sqlplumb.proof import refuse_unproved
from sqlplumb.receipts import Outcome, Receipt, State
from sqlplumb.schema import Schema, fingerprint
from sqlplumb.sources import from_environment
from sqlplumb.sources.database import locate
from sqlplumb.sources.history import open_replay
from sqlplumb.sources.history_steps import beginning, open_bridge
from sqlplumb.upgrade import gates
from sqlplumb.upgrade.gates import passing

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True)
class _Bridge:
    script: Script
    scripts: ScriptDirectory

    @property
    def revision(self) -> str:
        return self.script.revision


def bridged(url: str, file: Path, wish: Wish) -> Receipt:
    """Whatever stops it stands in the receipt."""
    location = locate(from_environment(url), wish.base).resolved()
    start, began = time.monotonic(), datetime.now(UTC)
    blank = blank_of(location, began)
    with open_bridge(file, wish.settings) as found:
        work = partial(_crossed, bridge=_Bridge(*found))
        receipt = worked(location, wish, blank, began, work)
    return written_down(replace(receipt, seconds=time.monotonic() - start), wish.backups)


def _crossed(course: Course, began: datetime, bridge: _Bridge) -> Outcome | None:
    with looked_into(course) as live:
        if live.at(course.table) == (bridge.revision,):
            return _nothing_to_do(live, course, bridge)
        whole, texts = _known(live, course, bridge), dict(live.texts)
    one = _passed(whole, course, bridge)
    if course.wish.rehearse:
        rehearse([one], course, bridge.scripts)
        return "rehearsed"
    with course.location.lock() as database:

        def crossing() -> bool:
            if database.read().texts != texts:
                return False
            prepare(database, [one], course, began)
            with open_replay(course.wish.settings, "the bridge", bridge.scripts) as replay:
                run_by(replay, database, one, course)
            return True

        if not under_lock(database, course, one.writes, crossing):
            return None
        database.tidy()
    verify(course)
    return "applied"


def _nothing_to_do(live: Source, course: Course, bridge: _Bridge) -> Outcome:
    """Somebody was here before."""
    course.before = course.after = State((bridge.revision,))
    course.replay.upgrade(bridge.revision)
    compare(live, bridge.revision, course)
    return "nothing to do"


def _known(live: Source, course: Course, bridge: _Bridge) -> Schema:
    """All that it is; and the scratch of the course stands where it shall be."""
    with passing(gates.KNOWN, course.passages) as said:
        unadopted(live, course.table)
        history = {one.revision for one in course.replay.scripts.walk_revisions()}
        if bridge.revision not in history:
            message = f"the bridge leads to {bridge.revision}, which the history does not have"
            raise Refused(Problem(message, "was it written for another history?"))
        said.append(f"it names no revision; the bridge leads to {bridge.revision}")
    course.replay.upgrade(bridge.revision)
    whole = without(live.read(), course.table)
    course.before = State((), fingerprint(whole))
    return whole


def _passed(whole: Schema, course: Course, bridge: _Bridge) -> Coming:
    """What takes long, takes nobody's lock."""
    scratch = beginning(whole, bridge.scripts, course.wish.settings)
    with passing(gates.PLUMB, course.passages) as said:
        said.append("with no revision: it is what the bridge is proved on")
    with passing(gates.PROVED, course.passages) as said:
        proof = proved(bridge.script, scratch, course.replay.opened())
        refuse_unproved(proof, "this bridge is not for this database: nothing was changed")
        said.append(f"here, with {proof.rows} rows in {proof.tables} tables")
    done = replay_revision(bridge.revision, scratch, course.wish.settings)
    one = come(bridge.script, done, course.wish.settings)
    with passing(gates.LEAVE, course.passages):
        gates.leave(one.failing, done.plan.losses, course.wish.leave)
    return one
