"""Each command: its arguments to a journey, the journey's outcome to the console."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlplumb.cli.console import Console
from sqlplumb.config import Settings, find_settings, read_settings
from sqlplumb.render import github, json, text


def run_check(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.check import Request, check

    settings = _settings(arguments)
    whole = arguments.format == "json"
    request = Request(settings, tuple(arguments.sources), Path(), whole)
    measures = []
    for measure in check(request):
        measures.append(measure)
        out.warnings(measure.passed_over)
        if arguments.format == "github":
            out.answer("\n".join(github.annotated(measure, arguments.strict)))
        if arguments.format == "text" and not (out.quiet and measure.is_plumb(arguments.strict)):
            out.answer(text.report(measure, arguments.strict, out.palette))
    if arguments.format == "json":
        out.answer(json.many(measures, arguments.strict))
    return int(not all(measure.is_plumb(arguments.strict) for measure in measures))


def run_diff(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.compare import compare

    settings = _settings(arguments)
    whole = arguments.format == "json"
    measure = compare(arguments.current, arguments.desired, settings, whole)
    out.warnings(measure.passed_over)
    if arguments.format == "json":
        out.answer(json.one(measure, arguments.strict))
    elif not (out.quiet and measure.is_plumb(arguments.strict)):
        out.answer(text.report(measure, arguments.strict, out.palette))
    return int(not measure.is_plumb(arguments.strict))


def _settings(arguments: Namespace) -> Settings:
    named = getattr(arguments, "config", None)
    return read_settings(Path(named)) if named else find_settings(Path.cwd())


RUN: Mapping[str, Callable[[Namespace, Console], int]] = {"check": run_check, "diff": run_diff}
