"""Lead a database to a revision of the history by a bridge: write the bridge, and cross it.

A bridge is written, and proved, on a scratch that is what the database is, which is only read for
that. It must never become a part of the history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.commands.adopt import UnversionedDatabase, refuse_adopted, source_at
from sqlplumb.commands.apply import carry_out
from sqlplumb.commands.branches import proved
from sqlplumb.commands.comparing import without
from sqlplumb.commands.losses import Allowance, allowed, check_rows, weighed
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.commands.prove import replay_revision
from sqlplumb.commands.revise import REPORT_IT, template_values
from sqlplumb.commands.standing import find_nearest
from sqlplumb.commands.upgrade_job import ApplyOptions, PendingRevision, Upgrade, as_pending
from sqlplumb.commands.upgrading import prepare, rehearse, run_revision, under_lock, verify
from sqlplumb.config import Style
from sqlplumb.drafts import open_draft
from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import Problem, Refused
from sqlplumb.proof import Proof, refuse_unproved
from sqlplumb.python_layout import docstring
from sqlplumb.receipts import Outcome, Receipt, State
from sqlplumb.render import project
from sqlplumb.schema import Schema, fingerprint
from sqlplumb.sources.database import from_environment, locate, retry_if_changed
from sqlplumb.sources.open_replays import open_replay, replays_from
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.scripts import BRIDGES, open_bridge, resolve_revision
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


def write_bridge(database: UnversionedDatabase, options: BridgeOptions) -> WrittenBridge:
    """Write a proved bridge from what this database is to the revision that is to be adopted."""
    return retry_if_changed(partial(_write_bridge, database, options))


def _write_bridge(database: UnversionedDatabase, options: BridgeOptions) -> WrittenBridge:
    """Publish nothing before the database was read for the last time."""
    table = database.version_table
    with open_replay(database.settings, "the history") as replay, database.location.open() as live:
        refuse_adopted(live, table)
        revision = _goal(database, live, replay)
        desired = source_at(revision, replay)
        comparison = measured_for_plan(live, desired, table)
        if not comparison.changes:
            message = f"{database.label}: it is what revision {revision} makes: no bridge is needed"
            advice = f"`{database.stamp_command(revision)}` is enough"
            raise Refused(Problem(message, advice))
        target = live.engine.target(options.version, options.instant)
        plan, back = plan_of(comparison, target), plan_back(comparison, target)
        weighing, doubts = weighed(plan, live)
        with _told_where_hints_stand(database, desired):
            allowed(weighing, options.allow)
            warnings = (*doubts, *check_rows(plan, live))
        message = options.message or f"bridge to {revision}"
        values = template_values(plan, back, style=options.style)
        values["about"] = f"{_ABOUT.format(revision=revision)}\n\n{values['about']}"
        template, name = project.template(options.style)
        with open_draft(database.settings, template, name, folder_beside=BRIDGES) as draft:
            name = draft.write(docstring(message), "base", revision, values=values)
            schema = without(live.read(to_plan=True).whole, table)
            start = replays_from(schema, draft.scripts, database.settings)
            script = draft.scripts.get_revision(name)
            proof = proved(script, start, replay.source())
            refuse_unproved(proof, "nothing was written", REPORT_IT)
            (path,) = draft.publish([script])
    return WrittenBridge(path=path, revision=revision, proof=proof, warnings=warnings)


@contextmanager
def _told_where_hints_stand(database: UnversionedDatabase, desired: Source) -> Iterator[None]:
    """What a revision makes has no comments: add to an advice that names a hint where it can be."""
    try:
        yield
    except Refused as error:
        if desired.files:
            raise
        where = f"`{database.stamp_command('head')} --revise` leads to schema.sql, where it can"
        problems = [
            replace(problem, advice=f"{problem.advice}. A hint cannot stand in a revision: {where}")
            if "`-- @" in problem.advice
            else problem
            for problem in error.problems
        ]
        raise Refused(problems) from error


def _goal(database: UnversionedDatabase, live: LiveDatabase, replay: Replay) -> str:
    """Return the revision that is named, or else the nearest, with the scratch at it."""
    named = database.options.revision
    revision = resolve_revision(replay.scripts, named) if named else ""
    if not revision and (nearest := find_nearest(live, database.settings)):
        revision = nearest.revision
    if "," in revision:
        message = f"{database.label}: a bridge leads to one revision, and the nearest is {revision}"
        raise Refused(
            Problem(message, "say to which one: --as REV; `sqlplumb apply` runs the rest")
        )
    if not revision:
        message = f"{database.label}: there is no revision that a bridge could lead to"
        raise Refused(Problem(message, 'write the first with `sqlplumb revise -m "baseline"`'))
    replay.upgrade(revision)
    return revision


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
    location = locate(from_environment(url), options.base, options.settings).resolved()
    with open_bridge(file, options.settings) as (script, scripts):
        return carry_out(location, options, partial(_cross, bridge=_Bridge(script, scripts)))


def _cross(job: Upgrade, bridge: _Bridge) -> Outcome | None:
    path, table = (bridge.revision,), job.version_table
    with job.open() as live:
        if live.at(table) == path:  # somebody was here before
            job.record.note(before=State(path), after=State(path))
            job.compare(live, path)
            return "nothing to do"
        with job.record.gate(gates.KNOWN) as words:
            refuse_adopted(live, table)
            scripts = job.states.replay.scripts.walk_revisions()
            history = [script.revision for script in scripts]
            if bridge.revision not in history:
                message = f"the bridge leads to {bridge.revision}, which the history does not have"
                raise Refused(Problem(message, "was it written for another history?"))
            words.append(f"it names no revision; the bridge leads to {bridge.revision}")
        schema, texts = without(live.read(to_plan=True).whole, table), dict(live.texts)
        job.record.note(before=State((), fingerprint(schema)))
    pending = _judge(job, schema, bridge)  # what takes long, takes nobody's lock
    if job.options.dry_run:
        rehearse(job, [pending], bridge.scripts)
        return "rehearsed"
    with job.location.lock() as database:

        def crossing() -> bool:
            if database.read().texts != texts:
                return False
            prepare(job, database, [pending])
            with open_replay(
                job.options.settings, "the bridge", bridge.scripts, from_base=False
            ) as runner:
                run_revision(job, database, pending, path=path, runner=runner)
            return True

        if not under_lock(job, database, pending.writes, work=crossing):
            return None
        database.tidy()
    verify(job, path)
    return "applied"


def _judge(job: Upgrade, schema: Schema, bridge: _Bridge) -> PendingRevision:
    """Prove the bridge on a scratch that is what the database is, and pass the gates before it."""
    record, settings = job.record, job.options.settings
    scratch = replays_from(schema, bridge.scripts, settings)
    with record.gate(gates.PLUMB) as words:
        words.append("with no revision: it is what the bridge is proved on")
    with record.gate(gates.PROVED) as words:
        desired = job.states.revision_state((bridge.revision,), bridge.revision)
        proof = proved(bridge.script, scratch, desired)
        refuse_unproved(proof, "this bridge is not for this database: nothing was changed")
        words.append(f"here, with {proof.rows} rows in {proof.tables} tables")
    with record.gate(gates.APPROVED) as words:
        words.append("none is asked for: a bridge was proved on this database a moment ago")
    replayed = replay_revision(bridge.revision, scratch, settings)
    pending = as_pending(bridge.script, replayed, settings)
    with record.gate(gates.LEAVE):
        gates.leave(pending.failing, replayed.plan.losses, job.options.allow)
    return pending
