"""Which revisions a live database goes through, forwards or back, and whether it may.

Each is run on scratches before. Of a way back it is said what comes back, what does not, and what
is taken away. How it is run on the database, `upgrading` knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.approvals import read_approvals
from sqlplumb.changes.comparison import AcceptedDifference
from sqlplumb.commands.branches import proved
from sqlplumb.commands.losses import Allowance
from sqlplumb.commands.prove import ReplayedRevision, read_replayed
from sqlplumb.commands.upgrade_job import PendingRevision, Upgrade, unjudged_revision
from sqlplumb.errors import Problem, Refused
from sqlplumb.proof import Proof, refuse_unproved
from sqlplumb.proof.ledger import entry_of, ledger_file, ledger_name, read_ledger
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import RevisionPath
from sqlplumb.sources.open_replays import open_replay, replays_before
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.positions import Position, positions_ahead, positions_back
from sqlplumb.sources.ways import revisions_ahead, revisions_back
from sqlplumb.upgrade import gates

if TYPE_CHECKING:
    from alembic.script import Script


def scripts_to_target(job: Upgrade, at: Sequence[str]) -> Sequence[Script]:
    """Return what leads to the target, in the order of running. Where it was reached already, that
    is said."""
    options, replay = job.options, job.states.replay
    if options.down:
        scripts = revisions_back(replay, at, options.down)
        job.record.note(direction="down")
        return scripts
    scripts = revisions_ahead(replay, at, options.to)
    if options.to and not scripts and at:
        message = f"{job.label}: --to {options.to}: it has run there already"
        job.record.warn([Problem(message, f"`apply --down {options.to}` leads back to it")])
    return scripts


def paths_to_target(
    job: Upgrade, at: tuple[str, ...], scripts: Sequence[Script]
) -> list[RevisionPath]:
    """Return what the history must run to be where the database is: before the first of these, and
    after each."""
    if job.options.down:
        return [at, *_paths_back(job, at, scripts)]
    names = [script.revision for script in scripts]
    return [(*at, *names[:count]) for count in range(len(names) + 1)]


def judge(
    job: Upgrade,
    scripts: Sequence[Script],
    is_empty: bool,
    *,
    at: Sequence[str],
    accepted: Sequence[AcceptedDifference],
) -> list[PendingRevision]:
    """Pass the gates that stand before the revisions, not before the database."""
    history, settings = job.states.replay.scripts, job.options.settings
    with job.record.gate(gates.PROVED) as words:
        now = {script.revision: entry_of(script, settings) for script in history.walk_revisions()}
        proofs = read_ledger(ledger_file(history, settings))
        revisions = [script.revision for script in scripts]
        gates.proved(proofs, now, pending=revisions, file=ledger_name(settings))
        words.append(f"{len(scripts)} of {len(scripts)}")
    with job.record.gate(gates.APPROVED) as words:
        words.append(_approved(job, scripts, is_empty))
    if is_empty:
        with job.record.gate(gates.LEAVE) as words:
            words.append("it is empty: there is nothing to lose")
        unjudged = (unjudged_revision(script, settings) for script in scripts)
        return [replace(pending, down=bool(job.options.down)) for pending in unjudged]
    if job.options.down:
        return _judge_back(job, scripts, at=at, accepted=accepted)
    pending = [
        job.options.cache.judge(script, history, settings, beside=beside)
        for script, beside in positions_ahead(history, scripts, at)
    ]
    with job.record.gate(gates.LEAVE):
        failing = [finding for revision in pending for finding in revision.failing]
        losses = [loss for revision in pending for loss in revision.replayed.plan.losses]
        gates.leave(failing, losses, job.options.allow)
        for revision in pending:
            untouched(job, accepted, revision)
    return pending


def _approved(job: Upgrade, scripts: Sequence[Script], is_empty: bool) -> str:
    """Ask for the approvals that the settings ask for, and say what was found. A dry run only
    warns: what it shows may be what somebody wants to see before."""
    needed = job.options.applying.approvals
    if not needed:
        return "none is asked for"
    if is_empty:
        return "it is empty: nothing in it can be changed"
    files = {script.revision: read_approvals(Path(script.path).read_bytes()) for script in scripts}
    problems = tuple(gates.approved(job.label, files, needed))
    if problems and not job.options.dry_run:
        raise Refused(problems)
    job.record.warn(problems)
    names = {approval.name for found in files.values() for approval in found.valid}
    return f"by {', '.join(sorted(names))}" if names else "by nobody yet"


def untouched(
    job: Upgrade, accepted: Sequence[AcceptedDifference], pending: PendingRevision
) -> None:
    gates.untouched(job.label, accepted, names=pending.names or (), revision=pending.revision)


def _judge_back(
    job: Upgrade,
    scripts: Sequence[Script],
    *,
    at: Sequence[str],
    accepted: Sequence[AcceptedDifference],
) -> list[PendingRevision]:
    """Prove that each way back holds, say what it loses, and ask for leave for that."""
    record = job.record
    with record.gate(gates.PROVED) as words:
        positions = positions_back(job.states.replay.scripts, scripts, at)
        pending = [_remembered(job, script, beside) for script, beside in positions]
        words.append(f"{len(pending)} of {len(pending)}, and once more here")
    record.note(notes=tuple(note for revision in pending for note in revision.notes))
    with record.gate(gates.LEAVE):
        _ask_for_leave(pending, job.options.allow)
        for revision in pending:
            untouched(job, accepted, revision)
    for note in () if job.options.dry_run else record.receipt.notes:
        job.tell(note)  # before anything is done; of what is not done, the report says it
    return pending


def _paths_back(
    job: Upgrade, at: Sequence[str], scripts: Sequence[Script]
) -> list[tuple[str, ...]]:
    """Return at which revisions a database is after each of these was taken back, as Alembic writes
    it down."""
    history, settings = job.states.replay.scripts, job.options.settings
    paths = []
    with open_replay(settings, "the way back", history) as replay:
        replay.reach(tuple(at))
        for script in scripts:
            replay.take_back(script.revision)
            paths.append(replay.heads_written())
    return paths


def _remembered(job: Upgrade, script: Script, beside: Position) -> PendingRevision:
    """Judge it once, however many databases wait for it."""
    entry, judged = entry_of(script, job.options.settings), job.options.cache.judged
    key = f"{script.revision} {entry.sha256} {beside} back"
    if key not in judged:
        judged[key] = _judged(job, script, beside)
    return judged[key]


def _judged(job: Upgrade, script: Script, beside: Position) -> PendingRevision:
    settings, revision = job.options.settings, script.revision
    scratch = replays_before(settings, script, job.states.replay.scripts, at=beside)
    engine = project_engine(settings)
    proof = proved(script, scratch, desired=None, beside=bool(beside))
    refuse_unproved(proof, "nothing was changed")
    if proof.one_way:
        message = f"revision {revision} has no way back: {proof.one_way}"
        raise Refused(Problem(message, "nothing was changed; `sqlplumb restore` brings a backup"))
    log = OperationLog()
    with scratch() as base, scratch() as done:
        base.upgrade(revision)
        done.upgrade(revision)
        done.take_back(revision, log)
        replayed = read_replayed(f"history@{revision}", base, done=done, log=log, settings=settings)
        tables = base.source().texts.keys() - {settings.version_table}
    effects = tuple(engine.effects(replayed.statements))
    deletes = (
        effect.table
        for effect in effects
        if effect.work == "rows" and effect.table in tables
        if engine.verb_and_names(effect.statement)[0] == "DELETE"
    )
    return PendingRevision(
        script=script,
        replayed=replayed,
        effects=effects,
        failing=(),
        down=True,
        deletes=tuple(dict.fromkeys(deletes)),
        notes=tuple(f"{revision}: {note}" for note in _notes(proof, replayed)),
    )


def _notes(proof: Proof, replayed: ReplayedRevision) -> Iterator[str]:
    """Say by the proof what the way back brings back, and by its own plan what it takes away."""
    for loss in proof.returning:
        yield f"{loss} comes back with what it held"
    for loss in proof.losses:
        words = proof.instead.get(loss)
        instead = f"; its rows get {words}" if words else ""
        yield f"what {loss} held does not come back: the upgrade took it away{instead}"
    for change in proof.changes:
        come = "do not come back" if change.loses else "come back"
        if change.rows and change.column:
            yield f"the values of {change.shown} that the upgrade wrote over {come}"
        elif change.rows:
            yield f"the rows of {change.shown} that the upgrade deleted {come}"
    for taken in replayed.plan.losses:
        yield f"it takes away {taken.message}, with what was written there since"


def _ask_for_leave(pending: Sequence[PendingRevision], allow: Collection[str]) -> None:
    problems, allowance = list[Problem](), Allowance(frozenset(allow))
    for revision in pending:
        for loss in revision.replayed.plan.losses:
            if not allowance.covers(loss):
                message = f"the way back of {revision.revision} takes away {loss.message}"
                problems.append(Problem(message, f"allow it with --allow {loss.allowance}"))
        for table in revision.deletes:
            if not {"destructive", f"rows:{table}"} & set(allow):
                message = f"the way back of {revision.revision} deletes rows of {table}"
                problems.append(Problem(message, f"allow it with --allow rows:{table}"))
    if problems:
        raise Refused(problems)
