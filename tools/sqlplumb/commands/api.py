"""The functions of the package that compare and plan: `read`, `diff`, `plan`, `prove`.

With them the script of a difference. No database is changed here, and no history replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlplumb import limits
from sqlplumb.changes import Change
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.check import DiffOptions
from sqlplumb.commands.comparing import settled_changes
from sqlplumb.commands.idle_hints import idle_hints
from sqlplumb.commands.logger import log_problems
from sqlplumb.commands.losses import Allowance, allowance, allowed, check_rows, weighed
from sqlplumb.commands.planning import decided, measured_for_plan, plan_of
from sqlplumb.commands.swaps import settled_hints
from sqlplumb.config import VERSION_TABLE, find_settings
from sqlplumb.engines import KnownRenames, engine, refuse_losses
from sqlplumb.errors import Problem, Refused
from sqlplumb.proof import Proof
from sqlplumb.proof.plan_proof import prove_plan, trial
from sqlplumb.schema import Ref, Schema
from sqlplumb.sources import open_source
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.stand_ins import standing_in
from sqlplumb.steps import Loss, Plan, Step


def read(source: str) -> Schema:
    """Read the whole schema of any source, written as on the command line."""
    settings = find_settings(Path.cwd())

    def look() -> Schema:
        with open_source(source, settings, Path()) as opened:
            schema = opened.read(to_plan=True)
            log_problems(opened.passed_over)
            return schema

    with standing_in(settings.stand_ins), limits.within(settings.timeout):
        return retry_if_changed(look)


class Changes(tuple[Change, ...]):
    """All that must change: a tuple, which knows the two schemas between which it was found."""

    current: Schema
    desired: Schema


def diff(current: Schema, desired: Schema) -> Changes:
    """Return what must change in `current` to make it `desired`.

    Alembic's own table counts only where both sides have it.
    """
    hints = settled_hints(current, desired, lambda: KnownRenames(knows="texts"))
    if hints.undecided:
        raise Refused(hints.undecided)
    desired = hints.desired
    changes = Changes(settled_changes(current, desired))
    version_table = Ref("table", "", VERSION_TABLE)
    if not (version_table in current.objects and version_table in desired.objects):
        changes = Changes(change for change in changes if change.ref.unit != VERSION_TABLE)
    changes.current, changes.desired = current, desired
    return changes


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what can be asked of it. `losses` say what it would take away."""

    plan: Plan

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self.plan.losses

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.plan.steps

    def sql(self) -> str:
        """The script for the engine's own client; empty where nothing changes."""
        return engine(self.plan.desired.engine).script(self.plan)


def plan(changes: Changes, target_version: str = "", instant: bool = False) -> Planned:
    """Plan the steps that make these changes. Nothing is refused here: look at its `losses`."""
    target = engine(changes.desired.engine).target(target_version, instant)
    target = replace(target, keeps_hints=True)
    comparison = Comparison(
        current=changes.current, desired=changes.desired, changes=changes, notes=(), units=0
    )
    return Planned(plan_of(comparison, target))


def prove(plan: Planned) -> Proof:
    """Run the plan's script on a scratch database with rows; look at `holds` and `failures`."""
    with limits.within(limits.DEFAULT):
        return prove_plan(plan.plan)


@dataclass(frozen=True, slots=True)
class Script:
    """`text` is empty where nothing differs."""

    text: str
    warnings: tuple[Problem, ...]


def script(options: DiffOptions) -> Script:
    """Write the difference of two sources as a script for the engine's own client."""
    allow = allowance(options.allow)
    return retry_if_changed(partial(_script, options, allow))


def _script(options: DiffOptions, allow: Allowance) -> Script:
    settings = options.settings
    with (
        open_source(options.current, settings, Path()) as current,
        open_source(options.desired, settings, Path()) as desired,
    ):
        table = settings.version_table
        comparison = decided(measured_for_plan(current, desired, table, swaps=options.swaps))
        target = engine(comparison.desired.engine).target(options.version, options.instant)
        online = target.online and not options.offline
        target = replace(target, keeps_hints=True, online=online)
        plan, doubts = weighed(plan_of(comparison, target), current)
        allowed(plan, allow)
        unasked = check_rows(plan, current)
    if comparison.desired.spelled_in == "core":
        for step in plan:
            if step.verb == "rebuild":
                refuse_losses(step, trial(comparison.desired.engine, step))
    warnings = (*comparison.passed_over, *comparison.done, *idle_hints(plan), *doubts, *unasked)
    return Script(engine(plan.desired.engine).script(plan), warnings)
