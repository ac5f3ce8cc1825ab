"""Each command: its arguments to a journey, the journey's outcome to the console."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlplumb.changes.measure import Measure, Unmeasured
from sqlplumb.cli.console import Console
from sqlplumb.config import Settings, find_settings, read_settings


def run_check(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.check import Request, check

    whole = arguments.format == "json"
    request = Request(_settings(arguments), tuple(arguments.sources), whole)
    outcomes = []
    for outcome in check(request):
        outcomes.append(outcome)
        _tell(outcome, arguments, out)
    if whole:
        from sqlplumb.render import json

        out.answer(json.many(outcomes, arguments.strict))
    return max(_exit_code(outcome, arguments.strict) for outcome in outcomes)


def _tell(outcome: Measure | Unmeasured, arguments: Namespace, out: Console) -> None:
    """What there is to say at once; JSON is said when all of it is known."""
    if isinstance(outcome, Unmeasured):
        out.problems(outcome.error)
        return
    out.warnings(outcome.passed_over)
    if arguments.format == "github":
        from sqlplumb.render import github

        out.answer("\n".join(github.annotated(outcome, arguments.strict, out.folder)))
    elif arguments.format == "text" and not (out.quiet and outcome.is_plumb(arguments.strict)):
        from sqlplumb.render import text

        out.answer(text.report(outcome, arguments.strict, out.palette))


def _exit_code(outcome: Measure | Unmeasured, strict: bool) -> int:
    if isinstance(outcome, Unmeasured):
        return outcome.error.exit_code
    return int(not outcome.is_plumb(strict))


def run_diff(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.compare import compare

    settings = _settings(arguments)
    whole = arguments.format == "json"
    measure = compare(arguments.current, arguments.desired, settings, whole)
    if arguments.format == "sql":
        return _script(measure, arguments, out)
    _tell(measure, arguments, out)
    if whole:
        from sqlplumb.render import json

        out.answer(json.one(measure, arguments.strict))
    return int(not measure.is_plumb(arguments.strict))


def _script(measure: Measure, arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.plan import allowed, leave, plan_of, script

    given = leave(arguments.allow)
    out.warnings(measure.passed_over)
    plan = allowed(plan_of(measure, arguments.target_version), given)
    out.answer(script(plan).rstrip("\n"))
    return int(bool(plan.steps))


def _settings(arguments: Namespace) -> Settings:
    named = getattr(arguments, "config", None)
    return read_settings(Path(named)) if named else find_settings(Path.cwd())


RUN: Mapping[str, Callable[[Namespace, Console], int]] = {"check": run_check, "diff": run_diff}
