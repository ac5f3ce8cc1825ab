"""A dry run: the database is opened read-only, by the engine's own word, and the pending revisions
run on a copy of it in memory. What they did there is what they would do here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlplumb.commands.losses import check_rows
from sqlplumb.commands.pending import PendingRevision
from sqlplumb.commands.upgrade_job import Upgrade
from sqlplumb.engines import Effect, LiveDatabase
from sqlplumb.errors import Problem
from sqlplumb.receipts import Done, Touched
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.replay import Replay, open_replay
from sqlplumb.upgrade import gates, upgrade

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_MOST = 1 << 28  # bytes of a database that is copied


def rehearse(
    job: Upgrade, pending: Sequence[PendingRevision], scripts: ScriptDirectory | None = None
) -> None:
    """`scripts` are there where the revisions are no part of the history."""
    settings, record = job.options.settings, job.record
    with job.open() as live:
        with record.gate(gates.ROWS):
            record.warn(check_rows(pending[0].ran.plan, live))
        snapshot = live.snapshot(_MOST)
        if snapshot is None:
            message = f"{job.label}: too large for a copy in memory"
            hint = "what is shown is what the revisions do where tables are empty"
            record.warn([Problem(message, hint)])
            record.note(revisions=tuple(_done(one, one.effects, live) for one in pending))
            return
        job.tell("trying it on a copy")
        with open_replay(settings, f"{job.label}, copied", scripts) as copy:
            copy.scratch.restore(snapshot)
            known = project_engine(settings)
            ran = [(one, _run_on_copy(one, copy, job.label)) for one in pending]
            done = [_done(one, known.effects(statements), live) for one, statements in ran]
        record.note(revisions=tuple(done))


def _run_on_copy(one: PendingRevision, copy: Replay, label: str) -> list[str]:
    statements: list[str] = []
    copy.scratch.record(statements)
    with copy.scratch.alchemy.connect() as bind:
        bind.begin()
        words = f"{label}: revision {one.revision}, on a copy,"
        upgrade(copy, bind, one.revision, label=words, checks=one.ran.plan.checks)
        bind.commit()
    return statements


def _done(one: PendingRevision, effects: Iterable[Effect], live: LiveDatabase) -> Done:
    touched = []
    for effect in effects:
        weight = live.weigh(effect.table) if effect.table else None
        rows = weight.rows if weight else None
        touched.append(
            Touched(statement=effect.statement, words=effect.words, table=effect.table, rows=rows)
        )
    return Done(revision=one.revision, message=one.script.doc, statements=tuple(touched))
