"""What happens to a live database on its way to the end of the history, behind gates.

It is looked at first without a lock: what cannot pass is told without disturbing anybody, and what
is done already costs nobody anything. Whoever had to wait for the lock looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlplumb.commands.applying.coming import Coming, coming, unasked
from sqlplumb.commands.applying.course import (
    SINCE,
    Course,
    compare,
    forget_backup,
    looked_into,
    replay,
    short,
    standing,
    still_at,
)
from sqlplumb.commands.applying.rehearsed import rehearse
from sqlplumb.commands.losses import looked_at
from sqlplumb.engines import LiveDatabase, LockedDatabase, ReadersStay
from sqlplumb.errors import DatabaseFailed, Problem, Refused
from sqlplumb.proof.kept import NAME, file_of, kept_of, read_kept
from sqlplumb.receipts import Outcome, State
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.sources.history import Replay
from sqlplumb.upgrade import Doing, gates, run
from sqlplumb.upgrade.gates import passing

if TYPE_CHECKING:
    from alembic.script import Script

_ROWS = "rows:"
_PATIENT = 5.0  # seconds, for a last look at what is done already
_OTHERWISE = "it was rolled back; the revision does something else here than on a scratch"


def upgraded(course: Course, began: datetime) -> Outcome | None:
    """None: it is not any more where it was when it was looked at."""
    _make_empty(course)
    versions, scripts, is_empty = _looked_at(course)
    if not scripts:
        course.after = course.before
        return "nothing to do"
    ahead = _passed(scripts, course, is_empty)  # what takes long, takes nobody's lock
    if course.wish.rehearse:
        rehearse(ahead, course)
        return "rehearsed"
    with course.location.lock() as database:

        def first() -> bool:
            if not still_at(database, versions, course):
                return False
            prepare(database, ahead, course, began)
            _run(database, ahead[0], course)
            return True

        if not under_lock(database, course, {one for each in ahead for one in each.writes}, first):
            return None
        for one in ahead[1:]:
            under_lock(database, course, one.writes, partial(_next, database, one, course))
        database.tidy()
    verify(course)
    return "applied"


def _looked_at(course: Course) -> tuple[tuple[str, ...], Sequence[Script], bool]:
    """At which revisions it is, what is pending, and whether it holds nothing."""
    with looked_into(course) as live:
        versions = standing(live, course)
        scripts = course.replay.pending(versions)
        if scripts:
            course.before = replace(course.before, fingerprint=short(live, course))
        return versions, scripts, not live.texts.keys() - {course.table}


def _make_empty(course: Course) -> None:
    if course.path.exists() or course.wish.rehearse:
        return
    if not course.wish.create:
        message = f"{course.label}: {course.path} does not exist"
        hint = "look at the path in the URL; --create makes a database there"
        raise DatabaseFailed(Problem(message, hint))
    try:
        course.path.touch()
    except OSError as error:
        message = f"{course.label}: {course.path} cannot be made: {error.strerror}"
        raise DatabaseFailed(Problem(message, "look at its folder")) from error


def _passed(scripts: Sequence[Script], course: Course, is_empty: bool) -> tuple[Coming, ...]:
    """The gates that stand before the revisions, not before the database."""
    wish, known = course.wish, course.replay.scripts
    file = file_of(known)
    with passing(gates.PROVED, course.passages) as said:
        now = {one.revision: kept_of(one) for one in known.walk_revisions()}
        pending = [one.revision for one in scripts]
        gates.proved(read_kept(file), now, pending, NAME)
        said.append(f"{len(pending)} of {len(pending)}")
    if is_empty:
        with passing(gates.LEAVE, course.passages) as said:
            said.append("it is empty: there is nothing to lose")
        return tuple(unasked(one, wish.settings) for one in scripts)
    ahead = tuple(_tried(one, course) for one in scripts)
    with passing(gates.LEAVE, course.passages):
        failing = [finding for one in ahead for finding in one.failing]
        losses = [loss for one in ahead for loss in one.done.plan.losses]
        gates.leave(failing, losses, wish.leave)
    return ahead


def _tried(script: Script, course: Course) -> Coming:
    """Once, however many databases wait for it; by its bytes, should they change meanwhile."""
    known, wish = course.replay.scripts, course.wish
    name = f"{script.revision} {kept_of(script).sha256}"
    tried = wish.memory.tried
    if name not in tried:
        tried[name] = coming(script, known, wish.settings)
    return tried[name]


def under_lock(
    database: LockedDatabase, course: Course, anew: Collection[str], work: Callable[[], bool]
) -> bool:
    """This work, which commits, with the lock; and once more from its beginning, when nobody reads
    and nobody may, if readers would not let it commit."""
    stands = course.replay.scratch.snapshot()
    while True:
        try:
            with taken(database, course, anew):
                return work()
        except ReadersStay:
            forget_backup(course)
            if not course.patience.left:
                raise
            course.patience.alone = True
            course.wish.progress.tell(f"{course.label}: it is read; once more, when nobody reads")
            course.replay.scratch.restore(stands)


@contextmanager
def taken(database: LockedDatabase, course: Course, anew: Collection[str]) -> Iterator[None]:
    """The lock, for as long as this lasts."""
    passages = [] if course.done else course.passages
    try:
        with ExitStack() as stack:
            with passing(gates.ALONE, passages) as said:
                stack.enter_context(database.transaction(course.patience, anew))
                said.append(f"waited {course.patience.waited:.1f} s")
                if course.patience.alone:
                    said.append("readers wait as well")
            yield
    finally:
        course.locked = database.locked_seconds


def prepare(
    database: LockedDatabase, ahead: Sequence[Coming], course: Course, began: datetime
) -> None:
    """The gates that stand under the lock: what they find stays true until it is released."""
    wish, path = course.wish, course.path
    with passing(gates.ROWS, course.passages):
        course.warnings += looked_at(ahead[0].done.plan, database.read())
    folder = None if wish.no_backup else (wish.backups or path.parent.resolve())
    with passing(gates.ROOM, course.passages) as said:
        anew = {table for one in ahead for table in one.writes}
        said.append(gates.room(database.needs(anew, folder)))
    with passing(gates.BACKUP, course.passages) as said:
        if folder:
            wish.progress.tell(f"{course.label}: backing up")
            stamp = f"{began:%Y%m%dT%H%M%S%f}"
            at = "-".join(course.before.revisions) or "base"
            goal = folder / f"{path.name}.{at}.{stamp}.backup"
            course.backup = database.back_up(goal, wish.progress.moved)
            said.append(str(course.backup.path))
        else:
            database.verify()
            said.append("sound; no backup was wanted")


def _run(database: LockedDatabase, one: Coming, course: Course) -> None:
    stood = course.after.revisions or course.before.revisions
    replay(course, (*stood, "then", one.script.revision), [one.script.revision])
    run_by(course.replay, database, one, course)


def run_by(runner: Replay, database: LockedDatabase, one: Coming, course: Course) -> None:
    """It must come to what the scratch of the course stands at; `runner` knows the revision."""
    revision = one.script.revision
    course.wish.progress.tell(f"{course.label}: running {revision}")
    leave = {name[len(_ROWS) :] for name in course.wish.leave if name.startswith(_ROWS)}

    stood = {*course.before.revisions, *course.after.revisions}

    def held_against(live: LiveDatabase) -> None:
        compare(live, revision, course, _OTHERWISE)
        written = set(live.at(course.table))
        if revision not in written or not written - {revision} <= stood:
            message = (
                f"{course.label}: Alembic did not write down revision {revision}, and that alone"
            )
            raise Refused(Problem(message, "it was rolled back: the database is as it was"))

    doing = Doing(
        label=course.label,
        revision=revision,
        message=one.script.doc,
        writes=one.writes,
        names=one.names,
        renamed=one.renamed,
        leave=leave,
        compare=held_against,
        own=course.table,
        checks=one.done.plan.checks,
        verify_all=course.wish.applying.verify == "all",
        effects=one.effects,
        step=course.wish.progress.step,
    )
    course.done.append(run(database, runner, doing))
    course.after = State(database.read().at(course.table))


def _next(database: LockedDatabase, one: Coming, course: Course) -> bool:
    """Each revision has a transaction of its own, and finds what the one before it left."""
    if not still_at(database, course.after.revisions, course):
        message = f"{course.label}: somebody else has changed its revision meanwhile"
        raise Refused(Problem(message, "run it again: it goes on from where it is"))
    course.warnings += looked_at(one.done.plan, database.read())
    _run(database, one, course)
    return True


def verify(course: Course) -> None:
    """As anybody would find it now."""
    retry_if_changed(partial(_verify, course, max(course.patience.left, _PATIENT)))


def _verify(course: Course, wait: float) -> None:
    with course.location.open(wait) as live:
        versions = live.at(course.table)
        course.after = State(versions, short(live, course))
        compare(live, " and ".join(versions), course, SINCE)
