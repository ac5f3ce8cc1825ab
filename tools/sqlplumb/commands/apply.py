"""A live database brought to the end of the history; what was done to it, as a receipt.

Where it is there already, word for word, that is all there is to say, and nothing is replayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlplumb import limits
from sqlplumb.commands.live import is_at_proved_end
from sqlplumb.commands.losses import leave
from sqlplumb.commands.receipt_files import prune, write_receipt
from sqlplumb.commands.upgrade_job import ApplyOptions, Upgrade
from sqlplumb.commands.upgrading import upgrade_to_head
from sqlplumb.config import Settings
from sqlplumb.engines import Location, Patience, Progress
from sqlplumb.errors import ChangedMeanwhile, DatabaseFailed, PlumbError, Problem
from sqlplumb.hiding import without_password
from sqlplumb.lint import project_rules
from sqlplumb.receipts import Outcome, Receipt, State, outcome_of
from sqlplumb.sources import from_environment
from sqlplumb.sources.database import LOOKS, locate
from sqlplumb.sources.history import open_states
from sqlplumb.upgrade import Record, gates

Work = Callable[[Upgrade], Outcome | None]  # None: somebody else was faster


def allowances(written: Collection[str], settings: Settings) -> frozenset[str]:
    """Losses, rules by code or name, and `rows:TABLE` for what triggers may change."""
    names = {word.lower() for rule in project_rules(settings) for word in (rule.code, rule.name)}
    own = {one for one in written if one.lower() in names or one.startswith("rows:")}
    return frozenset((*own, *leave([one for one in written if one not in own]).named))


def apply(url: str, options: ApplyOptions) -> Receipt:
    """One database. Whatever stops it stands in the receipt."""
    try:
        with limits.within(options.settings.timeout, each=True):
            location = locate(from_environment(url), options.base).resolved()
            if receipt := _at_proved_end(location, options):
                return receipt
            receipt = carry_out(location, options, upgrade_to_head)
    except PlumbError as error:
        return not_begun(url, error)
    if receipt.outcome == "applied" and receipt.backup and options.applying.keep_backups:
        prune(receipt.backup.path, receipt.path.name, options.applying.keep_backups)
    return receipt


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
    """Where that is plain. What is wrong, if anything, is told by whoever looks closer."""
    start, record = time.monotonic(), Record(location, datetime.now(UTC))
    with suppress(PlumbError), location.open(0.0) as live:
        if is_at_proved_end(live, options.settings):
            for gate in (gates.KNOWN, gates.PLUMB):
                with record.gate(gate):
                    pass
            state = State(live.at(options.settings.version_table))
            record.note(before=state, after=state, gates=record.all_gates())
            return replace(record.receipt, seconds=time.monotonic() - start)
    return None


def carry_out(location: Location, options: ApplyOptions, work: Work) -> Receipt:
    """Do this work, and once more where somebody else changed the database meanwhile. Its receipt
    is written here and nowhere else, however the work ends."""
    start, began = time.monotonic(), datetime.now(UTC)
    waits = patient(options.wait, location.label, options.progress)
    recovered, cache = False, options.cache
    for look in count():
        record = Record(location, began, recovered)
        known = (cache.scripts, cache.config)
        with open_states(options.settings, cache.snapshots, *known) as states:
            cache.scripts, cache.config = states.replay.scripts, states.replay.config
            job = Upgrade(
                location=location, options=options, states=states, patience=waits, record=record
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
                record.note(outcome="failed", error=_ended(location.label, end))
                _written_down(job, start)
                raise
            if outcome:
                record.note(outcome=outcome, error=error)
                return _written_down(job, start)
        recovered = record.receipt.recovered
        job.tell("somebody else has changed it meanwhile; looking again")
    raise AssertionError


def _written_down(job: Upgrade, start: float) -> Receipt:
    record = job.record
    record.note(waited=job.patience.waited, gates=record.all_gates())
    record.note(seconds=time.monotonic() - start)
    return write_receipt(record.receipt, job.options.backup_folder)


def _ended(label: str, end: BaseException) -> PlumbError:
    """By a person, or by what nobody expected: what was committed until then stays."""
    message = f"{label}: it was ended: {type(end).__name__}: {without_password(str(end))}"
    return DatabaseFailed(Problem(message.rstrip(": "), "run it again: it goes on from there"))


def patient(seconds: float, label: str, progress: Progress) -> Patience:
    """Patience that says once a second how long has been waited."""
    told = 0.0

    def waiting(waited: float) -> None:
        nonlocal told
        if waited - told >= 1:
            told = waited
            progress.tell(f"{label}: waiting for the lock, {waited:.0f} s")

    return Patience(seconds=seconds, tell=waiting)
