"""From what a database is to a revision of the history: a bridge, written, and crossed.

It is written, and proved, on a scratch that is what the database is, which is only read for that.
Must never become a part of the history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.commands.adopt import Case, authors_words, refuse_adopted, stamping
from sqlplumb.commands.apply import carry_out
from sqlplumb.commands.comparing import without
from sqlplumb.commands.judging import replay_revision
from sqlplumb.commands.losses import Allowance, allowed, check_rows, weighed
from sqlplumb.commands.nearest import find_nearest
from sqlplumb.commands.pending import PendingRevision, as_pending
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.commands.prove import proved
from sqlplumb.commands.rehearse import rehearse
from sqlplumb.commands.revise import REPORT_IT, said_of
from sqlplumb.commands.upgrade_job import ApplyOptions, Upgrade
from sqlplumb.commands.upgrading import prepare, run_revision, under_lock, verify
from sqlplumb.config import Style
from sqlplumb.drafts import open_draft
from sqlplumb.engines import Source
from sqlplumb.errors import Problem, Refused
from sqlplumb.proof import Proof, refuse_unproved
from sqlplumb.python_layout import docstring
from sqlplumb.receipts import Outcome, Receipt, State
from sqlplumb.render import project
from sqlplumb.schema import Schema, fingerprint
from sqlplumb.sources import from_environment
from sqlplumb.sources.database import locate, retry_if_changed
from sqlplumb.sources.replay import Replay, open_replay, replays_from
from sqlplumb.sources.scripts import BRIDGES, open_bridge
from sqlplumb.steps import Plan
from sqlplumb.upgrade import gates

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

_ABOUT = """\
A bridge: it is no part of the history, and leads a database that was made by other means to
revision {revision}, as which it is written down. `sqlplumb adopt URL --through FILE` runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeOptions:
    """How it is to be written, and what may be lost."""

    style: Style
    allow: Allowance
    message: str = ""
    version: str = ""
    instant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBridge:
    path: Path
    revision: str
    proof: Proof
    warnings: tuple[Problem, ...] = ()


def write_bridge(case: Case, options: BridgeOptions) -> WrittenBridge:
    return retry_if_changed(partial(_write_bridge, case, options))


def _write_bridge(case: Case, options: BridgeOptions) -> WrittenBridge:
    """Nothing is published before the database was read for the last time."""
    with (
        open_replay(case.options.settings, "the history") as replay,
        case.location.open() as live,
    ):
        refuse_adopted(live, case.table)
        revision = _goal(live, replay, case)
        found = measured_for_plan(live, authors_words(revision, replay, case), case.table)
        if not found.changes:
            message = f"{case.label}: it is what revision {revision} makes: no bridge is needed"
            raise Refused(Problem(message, f"`{stamping(case, revision)[0]}` is enough"))
        target = live.engine.target(options.version, options.instant)
        plan = plan_of(found, target)
        weighing, doubts = weighed(plan, live)
        allowed(weighing, options.allow)
        unseen = (*doubts, *check_rows(plan, live))
        drawn = _Drawn(revision, plan, plan_back(found, target))
        return replace(_written(drawn, live, replay, case, options), warnings=unseen)


@dataclass(frozen=True, slots=True)
class _Drawn:
    revision: str
    plan: Plan
    back: Plan


def _goal(live: Source, replay: Replay, case: Case) -> str:
    """The revision that is named, or else the nearest; the scratch stands there."""
    revision = replay.target(case.options.revision) if case.options.revision else ""
    if not revision and (found := find_nearest(live, case.options.settings)):
        revision = found.revision
    if not revision:
        message = f"{case.label}: there is no revision that a bridge could lead to"
        raise Refused(Problem(message, 'write the first with `sqlplumb revise -m "baseline"`'))
    replay.upgrade(revision)
    return revision


def _written(
    drawn: _Drawn, live: Source, replay: Replay, case: Case, options: BridgeOptions
) -> WrittenBridge:
    settings, revision = case.options.settings, drawn.revision
    message = options.message or f"bridge to {revision}"
    said = said_of(drawn.plan, drawn.back, options.style)
    said["about"] = f"{_ABOUT.format(revision=revision)}\n\n{said['about']}"
    with open_draft(settings, *project.template(options.style), BRIDGES) as draft:
        name = draft.write(docstring(message), "base", revision, said)
        scratch = replays_from(without(live.read(), case.table), draft.scripts, settings)
        proof = proved(draft.scripts.get_revision(name), scratch, replay.source())
        refuse_unproved(proof, "nothing was written", REPORT_IT)
        return WrittenBridge(path=draft.publish(name), revision=revision, proof=proof)


@dataclass(frozen=True, slots=True)
class _Bridge:
    script: Script
    scripts: ScriptDirectory

    @property
    def revision(self) -> str:
        return self.script.revision


def cross_bridge(url: str, file: Path, options: ApplyOptions) -> Receipt:
    """Lead a database over it, behind the gates of every other change, and adopt it in the same
    transaction. Whatever stops it stands in the receipt.

    The bridge is proved before it runs, on a scratch that is what this very database is: whatever
    was proved before, somewhere else, counts for nothing here."""
    location = locate(from_environment(url), options.base).resolved()
    with open_bridge(file, options.settings) as (script, scripts):
        return carry_out(location, options, partial(_cross, bridge=_Bridge(script, scripts)))


def _cross(job: Upgrade, bridge: _Bridge) -> Outcome | None:
    path = (bridge.revision,)
    with job.open() as live:
        if live.at(job.table) == path:  # somebody was here before
            job.record.note(before=State(path), after=State(path))
            job.compare(live, path)
            return "nothing to do"
        _refuse_unknown(job, live, bridge)
        schema, texts = without(live.read(), job.table), dict(live.texts)
        job.record.note(before=State((), fingerprint(schema)))
    one = _judge(job, schema, bridge)
    if job.options.dry_run:
        rehearse(job, [one], bridge.scripts)
        return "rehearsed"
    with job.location.lock() as database:

        def crossing() -> bool:
            if database.read().texts != texts:
                return False
            prepare(job, database, [one])
            with open_replay(job.options.settings, "the bridge", bridge.scripts) as runner:
                run_revision(job, database, one, path=path, runner=runner)
            return True

        if not under_lock(job, database, one.writes, crossing):
            return None
        database.tidy()
    verify(job, path)
    return "applied"


def _refuse_unknown(job: Upgrade, live: Source, bridge: _Bridge) -> None:
    with job.record.gate(gates.KNOWN) as said:
        refuse_adopted(live, job.table)
        history = {one.revision for one in job.states.replay.scripts.walk_revisions()}
        if bridge.revision not in history:
            message = f"the bridge leads to {bridge.revision}, which the history does not have"
            raise Refused(Problem(message, "was it written for another history?"))
        said.append(f"it names no revision; the bridge leads to {bridge.revision}")


def _judge(job: Upgrade, schema: Schema, bridge: _Bridge) -> PendingRevision:
    """What takes long, takes nobody's lock."""
    record, settings = job.record, job.options.settings
    scratch = replays_from(schema, bridge.scripts, settings)
    with record.gate(gates.PLUMB) as said:
        said.append("with no revision: it is what the bridge is proved on")
    with record.gate(gates.PROVED) as said:
        desired = job.states.revision_state((bridge.revision,), bridge.revision)
        proof = proved(bridge.script, scratch, desired)
        refuse_unproved(proof, "this bridge is not for this database: nothing was changed")
        said.append(f"here, with {proof.rows} rows in {proof.tables} tables")
    done = replay_revision(bridge.revision, scratch, settings)
    one = as_pending(bridge.script, done, settings)
    with record.gate(gates.LEAVE):
        gates.leave(one.failing, done.plan.losses, job.options.allow)
    return one
