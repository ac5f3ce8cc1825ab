"""Each command: its arguments to a journey, the journey's outcome to the console."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes.measure import Measure, Unmeasured
from sqlplumb.cli.console import Console
from sqlplumb.config import Settings, find_settings, read_settings

if TYPE_CHECKING:
    from sqlplumb.journeys.lint import Verdict
    from sqlplumb.render.review import Page


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
    if arguments.format == "sql":
        return _script(arguments, settings, out)
    measure = compare(arguments.current, arguments.desired, settings, whole)
    _tell(measure, arguments, out)
    if whole:
        from sqlplumb.render import json

        out.answer(json.one(measure, arguments.strict))
    return int(not measure.is_plumb(arguments.strict))


def _script(arguments: Namespace, settings: Settings, out: Console) -> int:
    from sqlplumb.journeys.plan import leave
    from sqlplumb.journeys.script import Wanted, script

    wanted = Wanted(
        arguments.current,
        arguments.desired,
        leave(arguments.allow),
        arguments.target_version,
        arguments.instant,
    )
    found = script(wanted, settings)
    out.warnings(found.warnings)
    out.answer(found.text.rstrip("\n"))
    return int(bool(found.text))


def _settings(arguments: Namespace) -> Settings:
    named = getattr(arguments, "config", None)
    return read_settings(Path(named)) if named else find_settings(Path.cwd())


def run_revise(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.plan import leave
    from sqlplumb.journeys.revise import Wish, revise
    from sqlplumb.render import proof

    settings = _settings(arguments)
    style = arguments.style or settings.style
    given = leave(arguments.allow)
    where = (arguments.head, arguments.rev_id)
    means = (arguments.target_version, arguments.instant, arguments.database)
    written = revise(Wish(arguments.message, style, given, *where, *means), settings)
    out.warnings(written.passed_over)
    if written.path is None or written.proof is None:
        out.answer("nothing to write: the history is plumb")
        return 0
    out.answer(f"wrote {written.path}")
    out.answer(proof.told(written.proof))
    return 0


def run_prove(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.prove import prove
    from sqlplumb.render import proof as words

    code = 0
    for proof in prove(arguments.revisions, _settings(arguments)):
        code = code or int(not proof.holds)
        if not (out.quiet and proof.holds):
            out.answer(words.told(proof))
    return code


def run_draw(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.draw import Wanted, draw

    wanted = Wanted(
        arguments.source,
        arguments.against,
        arguments.focus,
        arguments.depth,
        arguments.format,
        arguments.output,
    )
    drawn = draw(wanted, _settings(arguments))
    out.warnings(drawn.warnings)
    if arguments.output:
        Path(arguments.output).write_text(drawn.text, "utf-8")
    else:
        out.answer(drawn.text.rstrip("\n"))
    return 0


def run_review(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.review import Asked, review
    from sqlplumb.render.review import page

    asked = Asked(_settings(arguments), arguments.revisions, arguments.database)
    pages = [page(one) for one in review(asked)]
    written = _reviewed(pages, arguments.format or _suffix(arguments.output), out)
    if arguments.output:
        Path(arguments.output).write_text(f"{written}\n", "utf-8")
    else:
        out.answer(written)
    return int(any(one.level == "stop" for one in pages))


def _suffix(file: str) -> str:
    return {".md": "md", ".html": "html", ".htm": "html", ".json": "json"}.get(
        Path(file).suffix.lower(), "text"
    )


def _reviewed(pages: list[Page], form: str, out: Console) -> str:
    from sqlplumb.render import review

    match form:
        case "md":
            return review.markdown(pages)
        case "html":
            return review.html(pages)
        case "json":
            return review.as_json(pages)
    return review.text(pages, out.width, bool(out.palette.end))


def run_lint(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.lint import Asked, lint

    settings = _settings(arguments)
    if arguments.explain:
        return _explain(arguments.explain, settings, out)
    written, against = tuple(arguments.sources), arguments.against
    verdict = lint(Asked(settings, written, against, arguments.database))
    out.warnings(verdict.passed_over)
    _found(verdict, arguments.format, out)
    return int(bool(verdict.failing))


def _explain(code: str, settings: Settings, out: Console) -> int:
    from sqlplumb.journeys.lint import rules
    from sqlplumb.lint import rule_called
    from sqlplumb.render.rules import explained

    out.answer(explained(rule_called(code, rules(settings))))
    return 0


def _found(verdict: Verdict, form: str, out: Console) -> None:
    from sqlplumb.render import findings, github, sarif

    found, ignored = verdict.findings, verdict.ignored
    match form:
        case "github":
            out.answer("\n".join(github.finding(one, out.folder) for one in found))
        case "sarif":
            from sqlplumb import __version__

            rules = verdict.rules
            out.answer(sarif.as_sarif(found, ignored, rules, __version__, out.folder))
        case "json":
            told = findings.as_json(found, ignored, verdict.judged, bool(verdict.failing))
            out.answer(told)
        case _ if found or not out.quiet:
            out.answer(findings.report(found, verdict.judged, len(ignored), out.palette))


def run_apply(arguments: Namespace, out: Console) -> int:
    from sqlplumb.cli import applying

    return applying.run_apply(arguments, _settings(arguments), out)


def run_restore(arguments: Namespace, out: Console) -> int:
    from sqlplumb.cli import applying

    return applying.run_restore(arguments, _settings(arguments), out)


RUN: Mapping[str, Callable[[Namespace, Console], int]] = {
    "apply": run_apply,
    "check": run_check,
    "diff": run_diff,
    "draw": run_draw,
    "lint": run_lint,
    "prove": run_prove,
    "restore": run_restore,
    "review": run_review,
    "revise": run_revise,
}
