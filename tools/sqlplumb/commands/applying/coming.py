"""A pending revision, and what is known of it before it runs on a live database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlplumb.changes import Rename
from sqlplumb.commands.judging import ReplayedRevision, judge_replayed, replay_revision
from sqlplumb.commands.lint import LintContext, rules
from sqlplumb.config import Settings
from sqlplumb.engines import Effect, Named
from sqlplumb.lint import Finding, at_or_above
from sqlplumb.schema import Schema
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import scratches
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True)
class Coming:
    """`failing` are the findings at or above the failing severity that no comment ignores."""

    script: Script
    done: ReplayedRevision
    effects: tuple[Effect, ...]
    failing: tuple[Finding, ...]

    @property
    def writes(self) -> frozenset[str]:
        """The tables whose rows it goes through to write them."""
        return frozenset(
            one.table for one in self.effects if one.table and one.work in ("rows", "rebuild")
        )

    @property
    def names(self) -> frozenset[str] | None:
        """The tables that it changes, whether it writes rows of them or not; None: nobody looked,
        for the database was empty."""
        if not self.done.statements:
            return None
        named = (one.table for one in self.effects if one.table)
        return frozenset((*named, *(one.ref.unit for one in self.done.plan.changes)))

    @property
    def renamed(self) -> dict[str, str]:
        """The tables that have another name now, by the one they had."""
        found = (one for one in self.done.plan.changes if isinstance(one, Rename))
        return {one.current.ref.name: one.ref.name for one in found if not one.ref.table}


def coming(script: Script, scripts: ScriptDirectory, settings: Settings) -> Coming:
    """It is run on a scratch, and judged by what it does there."""
    return come(
        script,
        replay_revision(script.revision, scratches(settings, script, scripts), settings),
        settings,
    )


def unasked(script: Script, settings: Settings) -> Coming:
    """For a database that holds nothing: nothing can be lost there, and nobody must wait."""
    nothing = Schema({}, engine=project_engine(settings).name)
    plan = Plan(nothing, nothing, (), (), project_engine(settings).target())
    return Coming(script, ReplayedRevision(plan, plan, (), Named()), (), ())


def come(script: Script, done: ReplayedRevision, settings: Settings) -> Coming:
    found = judge_replayed(script, done, LintContext(settings, rules(settings))).findings
    effects = tuple(project_engine(settings).effects(done.statements))
    return Coming(script, done, effects, tuple(at_or_above(found, settings.lint.fail)))
