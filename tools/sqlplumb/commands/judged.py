"""One source judged: what it says, and the plan that would make it of another one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlplumb.commands.back import plan_back
from sqlplumb.commands.measure import without
from sqlplumb.commands.plan import measured_for_plan, plan_of
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.lint import (
    MARK,
    Finding,
    Looking,
    Rule,
    Sifted,
    ignores,
    judge_plan,
    judge_schema,
    sifted,
)
from sqlplumb.sources import open_source
from sqlplumb.sources.database import project_engine


@dataclass(frozen=True, slots=True)
class Bench:
    """What all that is judged at once shares. `looking` asks the rows of a live database."""

    settings: Settings
    rules: tuple[Rule, ...]
    looking: Looking | None = None
    passed_over: list[Problem] = field(default_factory=list)


def judged_schema(desired: Source, against: str, bench: Bench, may_fail: bool = False) -> Sifted:
    """A schema, and the plan from `against` to it; where that `may_fail`, it is told and left."""
    bench.passed_over.extend(desired.passed_over)
    schema = without(desired.read(), bench.settings.version_table)
    found = judge_schema(schema, bench.settings.lint, bench.rules)
    planned = _planned(desired, against, bench, may_fail) if against else None
    return sifted(
        (*found, *(planned or ())),
        tuple(ignores(desired.remarks(MARK), bench.rules)),
        bench.settings.lint,
        bench.rules,
        ("schema",) if planned is None else ("schema", "plan"),
        schema,
    )


def _planned(
    desired: Source, against: str, bench: Bench, may_fail: bool
) -> tuple[Finding, ...] | None:
    try:
        with open_source(against, bench.settings, Path()) as current:
            return _judged_plan(current, desired, bench)
    except PlumbError as error:
        if not may_fail:
            raise
        bench.passed_over.extend(_unplanned(problem, against) for problem in error.problems)
        return None


def _judged_plan(current: Source, desired: Source, bench: Bench) -> tuple[Finding, ...]:
    measured = measured_for_plan(current, desired, bench.settings.version_table)
    target = project_engine(bench.settings).target()
    return judge_plan(
        plan_of(measured, target),
        bench.settings.lint,
        bench.rules,
        back=plan_back(measured, target),
        looking=bench.looking or (current.look if isinstance(current, LiveDatabase) else None),
    )


def _unplanned(problem: Problem, against: str) -> Problem:
    message = f"the plan from {against} was not judged: {problem.message}"
    return replace(problem, message=message)
