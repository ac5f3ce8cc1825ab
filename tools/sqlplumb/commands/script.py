"""Write the difference of two sources as a script for the engine's own client."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlplumb.commands.losses import Allowance, allowed, check_rows, weighed
from sqlplumb.commands.planning import decided, measured_for_plan, plan_of
from sqlplumb.commands.swaps import Swaps
from sqlplumb.config import Settings
from sqlplumb.engines import engine, refuse_losses
from sqlplumb.errors import Problem
from sqlplumb.proof.trials import trial
from sqlplumb.sources import open_source
from sqlplumb.sources.database import retry_if_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptOptions:
    """The two sources as they are written, what may be lost, and the version it is to run on."""

    current: str
    desired: str
    allow: Allowance
    version: str = ""
    instant: bool = False
    swaps: Swaps = ""


@dataclass(frozen=True, slots=True)
class Script:
    """`text` is empty where nothing differs."""

    text: str
    warnings: tuple[Problem, ...]


def script(options: ScriptOptions, settings: Settings) -> Script:
    return retry_if_changed(partial(_script, options, settings))


def _script(options: ScriptOptions, settings: Settings) -> Script:
    with (
        open_source(options.current, settings, Path()) as current,
        open_source(options.desired, settings, Path()) as desired,
    ):
        table = settings.version_table
        comparison = decided(measured_for_plan(current, desired, table, swaps=options.swaps))
        target = engine(comparison.desired.engine).target(options.version, options.instant)
        target = replace(target, keeps_hints=True)
        plan, doubts = weighed(plan_of(comparison, target), current)
        allowed(plan, options.allow)
        unseen = check_rows(plan, current)
    if comparison.desired.spelled_in == "core":
        for step in plan:
            if step.verb == "rebuild":
                refuse_losses(step, trial(comparison.desired.engine, step))
    warnings = (*comparison.passed_over, *comparison.done, *doubts, *unseen)
    return Script(engine(plan.desired.engine).script(plan), warnings)
