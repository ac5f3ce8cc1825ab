"""What happens to a live database on its way to the end of the history, behind gates.

It is looked at first without a lock: what cannot pass is told without disturbing anybody, and what
is done already costs nobody anything. Whoever had to wait for the lock looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from sqlplumb.commands.losses import check_rows
from sqlplumb.commands.pending import PendingRevision, unjudged_revision
from sqlplumb.commands.rehearse import rehearse
from sqlplumb.commands.upgrade_job import Upgrade
from sqlplumb.engines import (
    LiveDatabase,
    LockedDatabase,
    ReadersStay,
)
from sqlplumb.errors import DatabaseFailed, Problem, Refused
from sqlplumb.proof.ledger import LEDGER_NAME, entry_of, ledger_file, read_ledger
from sqlplumb.receipts import Outcome, State
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.sources.replay import Replay
from sqlplumb.upgrade import Doing, gates, run

if TYPE_CHECKING:
    from alembic.script import Script

_ROWS = "rows:"
_PATIENT = 5.0  # seconds, for a last look at what is done already
_SINCE = "what was applied stays; somebody has changed the schema since. Bring it back"
_OTHERWISE = "it was rolled back; the revision does something else here than on a scratch"


def upgrade_to_head(job: Upgrade) -> Outcome | None:
    """None: it is not any more where it was when it was looked at."""
    _require_file(job)
    with job.open() as live:
        at = _known_revisions(job, live)
        scripts = job.states.replay.pending(at)
        is_empty = not live.texts.keys() - {job.table}
        if scripts:
            job.record.note(before=State(at, job.fingerprint(live)))
    if not scripts:
        job.record.note(after=job.record.receipt.before)
        return "nothing to do"
    pending = _judge(job, scripts, is_empty)  # what takes long, takes nobody's lock
    if job.options.dry_run:
        rehearse(job, pending)
        return "rehearsed"
    with job.location.lock() as database:
        first, *others = pending
        if not under_lock(
            job, database, tables_written(pending), partial(_begin, job, database, at, pending)
        ):
            return None
        path = [*at, first.revision]
        for one in others:
            under_lock(job, database, one.writes, partial(_go_on, job, database, path, one))
            path.append(one.revision)
        database.tidy()
    verify(job, path)
    return "applied"


def tables_written(pending: Sequence[PendingRevision]) -> set[str]:
    return {table for one in pending for table in one.writes}


def _require_file(job: Upgrade) -> None:
    path = job.location.path
    if path.exists() or job.options.dry_run:
        return
    if not job.options.create:
        message = f"{job.label}: {path} does not exist"
        hint = "look at the path in the URL; --create makes a database there"
        raise DatabaseFailed(Problem(message, hint))
    try:
        path.touch()
    except OSError as error:
        message = f"{job.label}: {path} cannot be made: {error.strerror}"
        raise DatabaseFailed(Problem(message, "look at its folder")) from error


def _known_revisions(job: Upgrade, live: LiveDatabase) -> tuple[str, ...]:
    """The revisions it is at, held against what the history makes of them."""
    with job.record.gate(gates.KNOWN) as said:
        known = [one.revision for one in job.states.replay.scripts.walk_revisions()]
        at = gates.known(job.label, live.revisions(job.table), tables=live.texts, history=known)
        said.append(" and ".join(at) or "base: it is empty")
    job.record.note(before=State(at))
    with job.record.gate(gates.PLUMB):
        job.compare(live, at)
    return at


def _judge(job: Upgrade, scripts: Sequence[Script], is_empty: bool) -> list[PendingRevision]:
    """The gates that stand before the revisions, not before the database."""
    history, settings = job.states.replay.scripts, job.options.settings
    with job.record.gate(gates.PROVED) as said:
        now = {one.revision: entry_of(one) for one in history.walk_revisions()}
        gates.proved(
            read_ledger(ledger_file(history)),
            now,
            pending=[one.revision for one in scripts],
            file=LEDGER_NAME,
        )
        said.append(f"{len(scripts)} of {len(scripts)}")
    if is_empty:
        with job.record.gate(gates.LEAVE) as said:
            said.append("it is empty: there is nothing to lose")
        return [unjudged_revision(one, settings) for one in scripts]
    pending = [job.options.cache.judge(one, history, settings) for one in scripts]
    with job.record.gate(gates.LEAVE):
        failing = [finding for one in pending for finding in one.failing]
        losses = [loss for one in pending for loss in one.ran.plan.losses]
        gates.leave(failing, losses, job.options.allow)
    return pending


def _begin(
    job: Upgrade, database: LockedDatabase, at: Sequence[str], pending: Sequence[PendingRevision]
) -> bool:
    """The first revision, if the database still is what it was when it was looked at."""
    if not _is_still(job, database, at):
        return False
    prepare(job, database, pending)
    first = pending[0]
    run_revision(job, database, first, path=(*at, first.revision), runner=job.states.replay)
    return True


def _go_on(
    job: Upgrade, database: LockedDatabase, path: Sequence[str], one: PendingRevision
) -> bool:
    """Each revision has a transaction of its own, and finds what the one before it left."""
    if not _is_still(job, database, path):
        message = f"{job.label}: somebody else has changed its revision meanwhile"
        raise Refused(Problem(message, "run it again: it goes on from where it is"))
    job.record.warn(check_rows(one.ran.plan, database.read()))
    run_revision(job, database, one, path=(*path, one.revision), runner=job.states.replay)
    return True


def _is_still(job: Upgrade, database: LockedDatabase, path: Sequence[str]) -> bool:
    live, receipt = database.read(), job.record.receipt
    state = receipt.after if receipt.revisions else receipt.before
    if live.at(job.table) != state.revisions:
        return False
    hint = _SINCE if receipt.revisions else gates.BY_HAND
    job.compare(live, path, " and ".join(state.revisions), hint)
    return True


def under_lock(
    job: Upgrade, database: LockedDatabase, anew: Collection[str], work: Callable[[], bool]
) -> bool:
    """This work, which commits, with the lock; and once more from its beginning, when nobody reads
    and nobody may, if readers would not let it commit."""
    while True:
        try:
            with _locked(job, database, anew):
                return work()
        except ReadersStay:
            job.record.forget_backup()
            if not job.patience.left:
                raise
            job.patience.alone = True
            job.tell("it is read; once more, when nobody reads")


@contextmanager
def _locked(job: Upgrade, database: LockedDatabase, anew: Collection[str]) -> Iterator[None]:
    try:
        with ExitStack() as stack:
            if job.record.has_committed:
                stack.enter_context(database.transaction(job.patience, anew))
            else:
                with job.record.gate(gates.ALONE) as said:
                    stack.enter_context(database.transaction(job.patience, anew))
                    said.append(f"waited {job.patience.waited:.1f} s")
                    if job.patience.alone:
                        said.append("readers wait as well")
            yield
    finally:
        job.record.note(locked=database.locked_seconds)


def prepare(job: Upgrade, database: LockedDatabase, pending: Sequence[PendingRevision]) -> None:
    """The gates that stand under the lock: what they find stays true until it is released."""
    options, record, path = job.options, job.record, job.location.path
    with record.gate(gates.ROWS):
        record.warn(check_rows(pending[0].ran.plan, database.read()))
    folder = None if options.no_backup else (options.backup_folder or path.parent.resolve())
    with record.gate(gates.ROOM) as said:
        said.append(gates.room(database.needs(tables_written(pending), folder)))
    with record.gate(gates.BACKUP) as said:
        if folder:
            job.tell("backing up")
            at = "-".join(record.receipt.before.revisions) or "base"
            goal = folder / f"{path.name}.{at}.{record.began:%Y%m%dT%H%M%S%f}.backup"
            copy = database.back_up(goal, options.progress.moved)
            record.note(backup=copy)
            said.append(str(copy.path))
        else:
            database.verify()
            said.append("sound; no backup was wanted")


def run_revision(
    job: Upgrade,
    database: LockedDatabase,
    one: PendingRevision,
    *,
    path: Sequence[str],
    runner: Replay,
) -> None:
    """Run and commit it; it must come to what the history makes on this path. `runner` knows the
    revision."""
    record, options = job.record, job.options
    job.tell(f"running {one.revision}")
    before = {*record.receipt.before.revisions, *record.receipt.after.revisions}

    def require(live: LiveDatabase) -> None:
        job.compare(live, path, one.revision, _OTHERWISE)
        written = set(live.at(job.table))
        if one.revision not in written or not written - {one.revision} <= before:
            message = (
                f"{job.label}: Alembic did not write down revision {one.revision}, and that alone"
            )
            raise Refused(Problem(message, "it was rolled back: the database is as it was"))

    doing = Doing(
        label=job.label,
        revision=one.revision,
        message=one.script.doc,
        writes=one.writes,
        names=one.names,
        renamed=one.renamed,
        leave={name[len(_ROWS) :] for name in options.allow if name.startswith(_ROWS)},
        compare=require,
        own=job.table,
        checks=one.ran.plan.checks,
        verify_all=options.applying.verify == "all",
        effects=one.effects,
        step=options.progress.step,
    )
    record.add(run(database, runner, doing))
    record.note(after=State(database.read().at(job.table)))


def verify(job: Upgrade, path: Sequence[str]) -> None:
    """Look at it once more, as anybody would find it now."""
    retry_if_changed(partial(_verify, job, path, max(job.patience.left, _PATIENT)))


def _verify(job: Upgrade, path: Sequence[str], wait: float) -> None:
    with job.location.open(wait) as live:
        at = live.at(job.table)
        job.record.note(after=State(at, job.fingerprint(live)))
        job.compare(live, path, " and ".join(at), _SINCE)
