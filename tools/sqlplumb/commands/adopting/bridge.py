"""From what a database is to a revision of the history: a bridge, written, and proved on a scratch
that is what the database is. The database itself is only read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlplumb.commands.adopting.adoption import Case, stamping, unadopted
from sqlplumb.commands.adopting.found import words_of
from sqlplumb.commands.adopting.sought import sought
from sqlplumb.commands.comparing import without
from sqlplumb.commands.losses import Leave, allowed, looked_at, weighed
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.commands.prove import proved
from sqlplumb.commands.revise import REPORT_IT, said_of
from sqlplumb.config import Style
from sqlplumb.drafts import open_draft
from sqlplumb.engines import Source
from sqlplumb.errors import Problem, Refused
from sqlplumb.proof import Proof, refuse_unproved
from sqlplumb.python_layout import docstring
from sqlplumb.render import revision as words
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.sources.history import Replay, open_replay
from sqlplumb.sources.history_steps import FOLDER, beginning
from sqlplumb.steps import Plan

_ABOUT = """\
A bridge: it is no part of the history, and leads a database that was made by other means to
revision {revision}, as which it is written down. `sqlplumb adopt URL --through FILE` runs it."""


@dataclass(frozen=True, slots=True)
class Means:
    """How it is to be written, and what may be lost."""

    style: Style
    leave: Leave
    message: str = ""
    version: str = ""
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    path: Path
    revision: str
    proof: Proof
    warnings: tuple[Problem, ...] = ()


def bridge(case: Case, means: Means) -> Written:
    return retry_if_changed(partial(_bridge, case, means))


def _bridge(case: Case, means: Means) -> Written:
    """Nothing is published before the database was read for the last time."""
    with (
        open_replay(case.wish.settings, "the history") as replay,
        case.location.open() as live,
    ):
        unadopted(live, case.table)
        revision = _goal(live, replay, case)
        found = measured_for_plan(live, words_of(revision, replay, case), case.table)
        if not found.changes:
            message = f"{case.label}: it is what revision {revision} makes: no bridge is needed"
            raise Refused(Problem(message, f"`{stamping(case, revision)[0]}` is enough"))
        target = live.engine.target(means.version, means.instant)
        plan = plan_of(found, target)
        weighing, doubts = weighed(plan, live)
        allowed(weighing, means.leave)
        unseen = (*doubts, *looked_at(plan, live))
        drawn = _Drawn(revision, plan, plan_back(found, target))
        return replace(_written(drawn, live, replay, case, means), warnings=unseen)


@dataclass(frozen=True, slots=True)
class _Drawn:
    revision: str
    plan: Plan
    back: Plan


def _goal(live: Source, replay: Replay, case: Case) -> str:
    """The revision that is named, or else the nearest; the scratch stands there."""
    revision = replay.target(case.wish.revision) if case.wish.revision else ""
    if not revision and (found := sought(live, case.wish.settings)):
        revision = found.revision
    if not revision:
        message = f"{case.label}: there is no revision that a bridge could lead to"
        raise Refused(Problem(message, 'write the first with `sqlplumb revise -m "baseline"`'))
    replay.upgrade(revision)
    return revision


def _written(drawn: _Drawn, live: Source, replay: Replay, case: Case, means: Means) -> Written:
    settings, revision = case.wish.settings, drawn.revision
    message = means.message or f"bridge to {revision}"
    said = said_of(drawn.plan, drawn.back, means.style, message)
    said["about"] = f"{_ABOUT.format(revision=revision)}\n\n{said['about']}"
    with open_draft(settings, *words.template(means.style), FOLDER) as draft:
        name = draft.write(docstring(message), "base", revision, said)
        scratch = beginning(without(live.read(), case.table), draft.scripts, settings)
        proof = proved(draft.scripts.get_revision(name), scratch, replay.opened())
        refuse_unproved(proof, "nothing was written", REPORT_IT)
        return Written(draft.publish(name), revision, proof)
