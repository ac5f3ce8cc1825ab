"""Run pending revisions on one live database, behind the gates that stand under its lock.

What `apply` and a bridge have in common; a rehearsal runs the same revisions on a copy in memory.
Which revisions are pending, and whether they may run, must be decided before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from sqlplumb.commands.losses import check_rows
from sqlplumb.commands.upgrade_job import PendingRevision, Upgrade
from sqlplumb.engines import Effect, LiveDatabase, LockedDatabase, ReadersStay
from sqlplumb.errors import Problem, Refused
from sqlplumb.receipts import Done, State, Touched
from sqlplumb.schema import Ref
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.sources.replay import Replay
from sqlplumb.upgrade import Doing, gates, migrate, refuse_new_orphans, run

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

CHANGED_SINCE = "what was applied stays; somebody has changed the schema since. Bring it back"

_ROWS = "rows:"
_PATIENT = 5.0  # seconds, for a last look at what is done already
_OTHERWISE = "it was rolled back; the revision does something else here than on a scratch"
_MOST = 1 << 28  # bytes of a database that is copied


def tables_written(pending: Sequence[PendingRevision]) -> set[str]:
    return {table for revision in pending for table in revision.writes}


def under_lock(
    job: Upgrade, database: LockedDatabase, anew: Collection[str], *, work: Callable[[], bool]
) -> bool:
    """Do this work, which commits, under the lock.

    Where readers would not let it commit, do it once more from its beginning, when nobody reads
    and nobody may.
    """
    while True:
        try:
            with _locked(job, database, anew):
                return work()
        except ReadersStay:
            job.record.forget_backup()
            if not job.patience.remaining:
                raise
            job.patience.alone = True
            job.tell("it is read; once more, when nobody reads")


@contextmanager
def _locked(job: Upgrade, database: LockedDatabase, anew: Collection[str]) -> Iterator[None]:
    """Hold the lock for one transaction; the first one of a job is a gate."""
    try:
        with ExitStack() as stack:
            if job.record.has_committed:
                stack.enter_context(database.transaction(job.patience, anew))
            else:
                with job.record.gate(gates.ALONE) as words:
                    stack.enter_context(database.transaction(job.patience, anew))
                    words.append(f"waited {job.patience.waited:.1f} s")
                    if job.patience.alone:
                        words.append("readers wait as well")
            yield
    finally:
        job.record.note(locked=database.locked_seconds)


def _way(pending: Sequence[PendingRevision]) -> str:
    """Say how a revision that rows refuse gets what mends them."""
    first = pending[0]
    if first.down:
        return ""
    anew = ". A hint counts when `sqlplumb revise --redo` has written the revision anew"
    return (
        f"A statement that mends them may stand in the revision, before those that are there:"
        f" write it, and `sqlplumb prove {first.revision}`{anew if first.script.is_head else ''}"
    )


def prepare(job: Upgrade, database: LockedDatabase, pending: Sequence[PendingRevision]) -> None:
    """Pass the gates that stand under the lock: what they find stays true until it is released."""
    options, record, path = job.options, job.record, job.location.path
    with record.gate(gates.ROWS):
        record.warn(check_rows(pending[0].replayed.plan, database.read(), _way(pending)))
    folder = None if options.no_backup else (options.backup_folder or path.parent.resolve())
    with record.gate(gates.ROOM) as words:
        words.append(gates.room(database.needs(tables_written(pending), folder)))
    with record.gate(gates.BACKUP) as words:
        if not folder:
            database.verify()
            words.append("sound; no backup was wanted")
            return
        job.tell("backing up")
        at = "-".join(record.receipt.before.revisions) or "base"
        file = folder / f"{path.name}.{at}.{record.began:%Y%m%dT%H%M%S%f}.backup"
        copy = database.back_up(file, options.progress.moved)
        record.note(backup=copy)
        words.append(str(copy.path))


def run_revision(
    job: Upgrade,
    database: LockedDatabase,
    pending: PendingRevision,
    *,
    path: Sequence[str],
    runner: Replay,
    before: Sequence[str] = (),
) -> None:
    """Run and commit a revision; it must come to what the history makes on this path, from what it
    made `before`. `runner` knows the revision."""
    record, options, revision = job.record, job.options, pending.revision
    job.tell(f"{'taking back' if pending.down else 'running'} {revision}")
    known = {*record.receipt.before.revisions, *record.receipt.after.revisions}

    def require(live: LiveDatabase) -> None:
        name = " and ".join(path) or "base" if pending.down else revision
        job.compare(live, path, name=name, advice=_OTHERWISE)
        written = set(live.at(job.version_table))
        is_new = revision in written and written - {revision} <= known
        if written != set(path) if pending.down else not is_new:
            message = f"{job.label}: Alembic did not write down revision {name}, and that alone"
            raise Refused(Problem(message, "it was rolled back: the database is as it was"))

    known_ignored: Collection[Ref] = ()
    if options.settings.ignore.patterns:
        known_ignored = job.states.revision_state(tuple(before), "before").ignored

    doing = Doing(
        label=job.label,
        revision=revision,
        message=pending.script.doc,
        down=pending.down,
        writes=pending.writes,
        names=pending.names,
        renamed=pending.renamed,
        allowed_rows={name.removeprefix(_ROWS) for name in options.allow if name.startswith(_ROWS)},
        compare=require,
        own=job.version_table,
        checks=pending.replayed.plan.checks,
        verify_all=options.applying.verify == "all",
        effects=pending.effects,
        known_ignored=known_ignored,
        step=options.progress.step,
    )
    record.add(run(database, runner, doing))
    record.note(after=State(database.read().at(job.version_table)))


def verify(job: Upgrade, path: Sequence[str]) -> None:
    """Compare the database once more, as anybody would find it now."""
    retry_if_changed(partial(_verify, job, path, max(job.patience.remaining, _PATIENT)))


def _verify(job: Upgrade, path: Sequence[str], wait: float) -> None:
    with job.location.open(wait) as live:
        at = live.at(job.version_table)
        job.record.note(after=State(at, job.fingerprint(live)))
        job.compare(live, path, name=" and ".join(at), advice=CHANGED_SINCE)


def rehearse(
    job: Upgrade, pending: Sequence[PendingRevision], scripts: ScriptDirectory | None = None
) -> None:
    """Run pending revisions on a copy in memory, and write down what they would do.

    The database is opened read-only, by the engine's own word. `scripts` are there where the
    revisions are no part of the history.
    """
    settings, record = job.options.settings, job.record
    with job.open() as live:
        with record.gate(gates.ROWS):
            record.warn(check_rows(pending[0].replayed.plan, live, _way(pending)))
        snapshot = live.snapshot(_MOST)
        if snapshot is None:
            message = f"{job.label}: too large for a copy in memory"
            advice = "what is shown is what the revisions do where tables are empty"
            record.warn([Problem(message, advice)])
            record.note(
                revisions=tuple(_done(revision, revision.effects, live) for revision in pending)
            )
            return
        job.tell("trying it on a copy")
        engine = project_engine(settings)
        with open_replay(settings, f"{job.label}, copied", scripts) as copy:
            if not settings.base or live.texts.keys() - {job.version_table}:
                copy.scratch.restore(snapshot)  # else it begins where the history does
            run_here = [(revision, _run_on_copy(revision, copy, job.label)) for revision in pending]
            done = [
                _done(revision, engine.effects(statements), live)
                for revision, statements in run_here
            ]
        record.note(revisions=tuple(done))


def _run_on_copy(pending: PendingRevision, copy: Replay, label: str) -> list[str]:
    """Run a revision on the copy; return its statements."""
    statements: list[str] = []
    orphans = copy.scratch.orphan_rows()
    copy.scratch.record(statements)
    with copy.scratch.alchemy.connect() as bind:
        bind.begin()
        way = "the way back of " if pending.down else ""
        words = f"{label}: {way}revision {pending.revision}, on a copy,"
        move = partial(copy.run_on, down=pending.down)
        migrate(move, bind, pending.revision, label=words, checks=pending.replayed.plan.checks)
        bind.commit()
    copy.scratch.record(None)
    refuse_new_orphans(
        orphans,
        copy.scratch.orphan_rows(),
        label=words,
        renamed=pending.renamed,
        outcome="nothing was changed: it was tried on a copy",
    )
    return statements


def _done(pending: PendingRevision, effects: Iterable[Effect], live: LiveDatabase) -> Done:
    touched = []
    for effect in effects:
        weight = live.weigh(effect.table) if effect.table else None
        rows = weight.rows if weight else None
        touched.append(
            Touched(statement=effect.statement, words=effect.words, table=effect.table, rows=rows)
        )
    return Done(revision=pending.revision, message=pending.script.doc, statements=tuple(touched))
