"""A dry run: the database is opened read-only, by the engine's own word, and the pending revisions
run on a copy of it in memory. What they did there is what they would do here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlplumb.commands.applying.coming import Coming
from sqlplumb.commands.applying.course import Course, looked_into
from sqlplumb.commands.losses import looked_at
from sqlplumb.engines import Effect, LiveDatabase
from sqlplumb.errors import Problem
from sqlplumb.receipts import Done, Touched
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import Replay, open_replay
from sqlplumb.upgrade import gates, upgrade
from sqlplumb.upgrade.gates import passing

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_MOST = 1 << 28  # bytes of a database that is copied


def rehearse(
    ahead: Sequence[Coming], course: Course, scripts: ScriptDirectory | None = None
) -> None:
    """`scripts` are there where the revisions are no part of the history."""
    with looked_into(course) as live:
        with passing(gates.ROWS, course.passages):
            course.warnings += looked_at(ahead[0].done.plan, live)
        snapshot = live.snapshot(_MOST)
        if snapshot is None:
            message = f"{course.label}: too large for a copy in memory"
            hint = "what is shown is what the revisions do where tables are empty"
            course.warnings.append(Problem(message, hint))
            course.done += [_done(one, one.effects, live) for one in ahead]
            return
        course.wish.progress.tell(f"{course.label}: trying it on a copy")
        with open_replay(course.wish.settings, f"{course.label}, copied", scripts) as copy:
            copy.scratch.restore(snapshot)
            course.done += [_done(one, _tried(one, copy, course), live) for one in ahead]


def _tried(one: Coming, copy: Replay, course: Course) -> Iterable[Effect]:
    statements: list[str] = []
    copy.scratch.record(statements)
    with copy.scratch.alchemy.connect() as bind:
        bind.begin()
        revision = one.script.revision
        label = f"{course.label}: revision {revision}, on a copy,"
        upgrade(copy, bind, revision, label=label, checks=one.done.plan.checks)
        bind.commit()
    return project_engine(course.wish.settings).effects(statements)


def _done(one: Coming, effects: Iterable[Effect], live: LiveDatabase) -> Done:
    touched = tuple(_touched(effect, live) for effect in effects)
    return Done(one.script.revision, one.script.doc, statements=touched)


def _touched(effect: Effect, live: LiveDatabase) -> Touched:
    weight = live.weigh(effect.table) if effect.table else None
    rows = weight.rows if weight else None
    return Touched(effect.statement, effect.words, effect.table, rows)
