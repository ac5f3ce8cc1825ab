"""Bring a live database to the end of the history, and write a receipt of what was done to it.

The database is looked at without a lock first: what cannot pass is told without disturbing anybody,
and what is done already costs nobody anything. Whoever had to wait for the lock looks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count, pairwise
from pathlib import Path

from sqlplumb import limits
from sqlplumb.changes.comparison import AcceptedDifference
from sqlplumb.commands.backups import write_receipt
from sqlplumb.commands.losses import allowance, check_rows
from sqlplumb.commands.standing import is_at_proved_end
from sqlplumb.commands.upgrade_job import (
    ApplyOptions,
    PendingRevision,
    Upgrade,
)
from sqlplumb.commands.upgrading import (
    CHANGED_SINCE,
    prepare,
    rehearse,
    run_revision,
    tables_written,
    under_lock,
    verify,
)
from sqlplumb.commands.way import judge, paths_to_target, scripts_to_target, untouched
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Location, LockedDatabase, Patience, Progress
from sqlplumb.errors import ChangedMeanwhile, DatabaseFailed, PlumbError, Problem, Refused
from sqlplumb.hiding import without_password
from sqlplumb.lint import project_rules
from sqlplumb.receipts import Outcome, Receipt, State, outcome_of
from sqlplumb.sources.base import read_base
from sqlplumb.sources.database import LOOKS, from_environment, locate
from sqlplumb.sources.history import RevisionPath, open_states
from sqlplumb.sources.positions import has_run
from sqlplumb.sources.scripts import all_revisions
from sqlplumb.stand_ins import standing_in
from sqlplumb.upgrade import Record, gates

Work = Callable[[Upgrade], Outcome | None]  # None: somebody else was faster


def allowances(written: Collection[str], settings: Settings) -> frozenset[str]:
    """Return losses, rules by code or name, and `rows:TABLE` for what triggers may change."""
    rules = [word for rule in project_rules(settings) for word in (rule.code, rule.name)]
    folded = {word.lower() for word in rules}
    others = {name for name in written if name.lower() in folded or name.startswith("rows:")}
    losses = allowance([name for name in written if name not in others], rules)
    return frozenset(others | losses.named)


def apply(url: str, options: ApplyOptions) -> Receipt:
    """Upgrade one database. Whatever stops it stands in the receipt."""
    try:
        with (
            standing_in(options.settings.stand_ins),
            limits.within(options.settings.timeout, each=True),
        ):
            location = locate(from_environment(url), options.base, options.settings)
            location.engine.refuse_to_change(location.label, "apply")
            location = location.resolved()
            is_to_head = not (options.to or options.down)
            if is_to_head and (receipt := _at_proved_end(location, options)):
                return receipt
            return carry_out(location, options, migrate_to_target)
    except PlumbError as error:
        return not_begun(url, error)


def not_begun(url: str, error: PlumbError) -> Receipt:
    return Receipt(
        database=without_password(url),
        path=Path(),
        outcome=outcome_of(error),
        began=datetime.now(UTC).isoformat(timespec="milliseconds"),
        seconds=0.0,
        error=error,
    )


def _at_proved_end(location: Location, options: ApplyOptions) -> Receipt | None:
    """Return a receipt where it is plain, without a replay, that nothing is to be done.

    What is wrong, if anything, is told by whoever looks closer.
    """
    start, record = time.monotonic(), Record(location, datetime.now(UTC))
    with suppress(PlumbError), location.open(0.0) as live:
        if is_at_proved_end(live, options.settings):
            for gate in (gates.KNOWN, gates.PLUMB):
                with record.gate(gate):
                    pass
            record.warn(live.passed_over)
            state = State(live.at(options.settings.version_table))
            record.note(before=state, after=state, gates=record.all_gates())
            return replace(record.receipt, seconds=time.monotonic() - start)
    return None


def carry_out(location: Location, options: ApplyOptions, work: Work) -> Receipt:
    """Do this work, and once more where somebody else changed the database meanwhile. Its receipt
    is written here and nowhere else, however the work ends."""
    start, began = time.monotonic(), datetime.now(UTC)
    patience = patient(options.wait, location.label, options.progress)
    recovered, cache = False, options.cache
    for look in count():
        record = Record(location, began, recovered)
        with open_states(
            options.settings, cache.snapshots, scripts=cache.scripts, config=cache.config
        ) as states:
            cache.scripts, cache.config = states.replay.scripts, states.replay.config
            job = Upgrade(
                location=location, options=options, states=states, patience=patience, record=record
            )
            try:
                with limits.piece():
                    outcome, error = work(job), None
            except PlumbError as failure:
                record.forget_backup()
                is_torn = isinstance(failure, ChangedMeanwhile) and not record.has_committed
                outcome = None if is_torn and look < LOOKS else outcome_of(failure)
                error = failure
            except BaseException as end:
                if isinstance(end, Exception):  # a person may end it between COMMIT and our note
                    record.forget_backup()
                reason = f"{type(end).__name__}: {without_password(str(end))}".rstrip(": ")
                message = f"{location.label}: it was ended: {reason}"
                problem = Problem(message, "run it again: it goes on from there")
                record.note(outcome="failed", error=DatabaseFailed(problem))
                _write_down(job, start)
                raise
            if outcome:
                record.note(outcome=outcome, error=error)
                return _write_down(job, start)
        recovered = record.receipt.recovered
        job.tell("somebody else has changed it meanwhile; looking again")
    raise AssertionError


def _write_down(job: Upgrade, start: float) -> Receipt:
    record, step = job.record, job.options.progress.step
    if step and record.has_committed:
        step("writing the receipt")
    record.note(waited=job.patience.waited, gates=record.all_gates())
    record.note(seconds=time.monotonic() - start)
    return write_receipt(record.receipt, job.options.backup_folder)


def patient(seconds: float, label: str, progress: Progress) -> Patience:
    """Return patience that says once a second how long has been waited."""
    last_told = 0.0

    def tell(waited: float) -> None:
        nonlocal last_told
        if waited - last_told >= 1:
            last_told = waited
            progress.tell(f"{label}: waiting for the lock, {waited:.0f} s")

    return Patience(seconds=seconds, tell=tell)


def migrate_to_target(job: Upgrade) -> Outcome | None:
    """Run every revision that leads to the target, or take it back, each in a transaction of its
    own.

    Return None where the database is not at its revision any more when it is locked.
    """
    _require_file(job)
    with job.open() as live:
        at, accepted = _plumb_revisions(job, live)
        scripts = scripts_to_target(job, at)
        is_empty, has_others = _is_empty(job, live), bool(live.ignored)
        needs_base = is_empty and bool(job.options.settings.base) and not job.options.down
        if scripts:
            job.record.note(before=State(at, job.fingerprint(live)))
    if needs_base and not scripts and not job.options.dry_run:
        return _make_base_alone(job)
    if not scripts:
        job.record.note(after=job.record.receipt.before)
        return "nothing to do"
    # What takes long, takes nobody's lock. What the settings ignore may be lost, too.
    pending = judge(job, scripts, is_empty and not has_others, at=at, accepted=accepted)
    paths = paths_to_target(job, at, scripts)
    if job.options.dry_run:
        rehearse(job, pending)
        return "rehearsed"
    with job.location.lock() as database:
        if needs_base:
            _make_base(job, database)
        run_first = partial(_run_first, job, database, paths=paths, pending=pending)
        if not under_lock(job, database, tables_written(pending), work=run_first):
            return None
        for following, ends in zip(pending[1:], pairwise(paths[1:]), strict=True):
            run_next = partial(_run_next, job, database, ends=ends, pending=following)
            under_lock(job, database, following.writes, work=run_next)
        database.tidy()
    verify(job, paths[-1])
    return "applied"


def _require_file(job: Upgrade) -> None:
    path = job.location.path
    if path.exists() or job.options.dry_run:
        return
    if not job.options.create:
        message = f"{job.label}: {path} does not exist"
        advice = "look at the path in the URL; --create makes a database there"
        raise DatabaseFailed(Problem(message, advice))
    try:
        path.touch()
    except OSError as error:
        message = f"{job.label}: {path} cannot be made: {error.strerror}"
        raise DatabaseFailed(Problem(message, "look at its folder")) from error


def _known_revisions(job: Upgrade, live: LiveDatabase) -> tuple[str, ...]:
    """Return the revisions it is at, once the history knows them."""
    history = all_revisions(job.states.replay.scripts)
    at = live.revisions(job.version_table)
    # One without a revision may be where the history begins, if that is not nothing.
    settings = job.options.settings
    tables = () if settings.begins_unmarked else live.texts
    return gates.known(job.label, at, tables=tables, history=history, settings=settings)


def _plumb_revisions(
    job: Upgrade, live: LiveDatabase
) -> tuple[tuple[str, ...], Sequence[AcceptedDifference]]:
    """Return the revisions it is at, once it is what the history makes of them but for what is
    accepted, which is returned as well."""
    with job.record.gate(gates.KNOWN) as words:
        at = _known_revisions(job, live)
        is_empty = _is_empty(job, live)
        words.append(" and ".join(at) or ("base: it is empty" if is_empty else "base"))
    job.record.note(before=State(at))
    with job.record.gate(gates.PLUMB):
        accepted: Sequence[AcceptedDifference] = ()
        if at or not (is_empty and job.options.settings.base):
            advice = gates.BY_HAND if at else gates.ADOPT
            accepted = job.compare(live, at, advice=advice).accepted
    job.record.warn(live.passed_over)
    return at or job.options.settings.begins_at, accepted


def _is_empty(job: Upgrade, live: LiveDatabase) -> bool:
    """Does it hold nothing of ours?"""
    return not live.texts.keys() - {job.version_table}


def _make_base_alone(job: Upgrade) -> Outcome:
    with job.location.lock() as database:
        _make_base(job, database)
    verify(job, job.options.settings.begins_at)
    return "applied"


def _make_base(job: Upgrade, database: LockedDatabase) -> None:
    """Make in an empty database what the first revision finds."""
    base = read_base(job.options.settings)
    if base is None:
        return
    job.tell(f"making what {base.written} says")
    with database.transaction(job.patience), database.alchemy.connect() as bind:
        if not _is_empty(job, database.read()):
            return
        bind.begin()
        for statement in base.statements:
            bind.exec_driver_sql(statement)
        database.commit()


def _run_first(
    job: Upgrade,
    database: LockedDatabase,
    *,
    paths: Sequence[RevisionPath],
    pending: Sequence[PendingRevision],
) -> bool:
    """Run the first revision, if the database still is what it was when it was looked at."""
    first, runner = pending[0], job.states.replay
    if not _is_still(job, database, paths[0], pending=first):
        return False
    prepare(job, database, pending)
    run_revision(job, database, first, path=paths[1], runner=runner, before=paths[0])
    return True


def _run_next(
    job: Upgrade,
    database: LockedDatabase,
    *,
    ends: tuple[RevisionPath, RevisionPath],
    pending: PendingRevision,
) -> bool:
    """Run another one, unless whoever had the lock in between has run it.

    It must find what the one before it left.
    """
    live, history = database.read(), job.states.replay
    at = _known_revisions(job, live)
    if has_run(history.scripts, at, pending.revision) != pending.down:
        job.record.note(after=State(at))
        return True
    if not _is_still(job, database, ends[0], pending=pending):
        message = f"{job.label}: somebody else has changed its revision meanwhile"
        raise Refused(Problem(message, "run it again: it goes on from where it is"))
    job.record.warn(check_rows(pending.replayed.plan, live))
    run_revision(job, database, pending, path=ends[1], runner=history, before=ends[0])
    return True


def _is_still(
    job: Upgrade, database: LockedDatabase, path: Sequence[str], *, pending: PendingRevision
) -> bool:
    """Tell whether it is at these revisions; raise Refused where its schema is another one."""
    live, receipt = database.read(), job.record.receipt
    state = receipt.after if receipt.revisions else receipt.before
    if live.at(job.version_table) != state.revisions:
        return False
    advice = CHANGED_SINCE if receipt.revisions else gates.BY_HAND
    comparison = job.compare(live, path, name=" and ".join(state.revisions), advice=advice)
    untouched(job, comparison.accepted, pending)
    return True
