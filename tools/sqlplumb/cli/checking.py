"""Commands that measure and judge, and change nothing: check, diff, prove, lint, queries.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlplumb.cli.options import (
    Command,
    add_comparison_options,
    add_format_option,
    add_plan_options,
    add_rolling_option,
    add_swap_option,
    read_settings,
)

if TYPE_CHECKING:
    from sqlplumb.changes.comparison import Comparison
    from sqlplumb.cli.console import Console
    from sqlplumb.commands.lint import Verdict
    from sqlplumb.commands.queries import JudgedQueries
    from sqlplumb.config import Severity


def _check_options(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="instead of those configured")
    add_comparison_options(parser, "json", "github")
    parser.add_argument(
        "--explain",
        action="store_true",
        help="why two spellings are one, and a row that tells two rules apart",
    )


def _check(arguments: Namespace, out: Console) -> int:
    from sqlplumb.changes.comparison import Unmeasured
    from sqlplumb.commands.check import CheckOptions, check, idle_settings

    is_json = arguments.format == "json"
    options = CheckOptions(
        settings=read_settings(arguments),
        sources=tuple(arguments.sources),
        whole=is_json,
        explain=arguments.explain,
    )
    outcomes, exit_code = [], 0
    for outcome in out.watched("reading", check(options)):
        outcomes.append(outcome)
        if isinstance(outcome, Unmeasured):
            out.problems(outcome.error)
            exit_code = max(exit_code, outcome.error.exit_code)
        else:
            _tell(outcome, arguments, out)
            exit_code = max(exit_code, int(not outcome.is_plumb(arguments.strict)))
    out.warnings(idle_settings(options, outcomes))
    if is_json:
        from sqlplumb.render import comparison_json

        out.answer(comparison_json.several_as_json(outcomes, arguments.strict))
    return exit_code


def _tell(comparison: Comparison, arguments: Namespace, out: Console) -> None:
    """Tell what can be told at once; JSON is written when all of it is known."""
    out.warnings(comparison.passed_over)
    if arguments.format == "github":
        from sqlplumb.render import annotations

        lines = annotations.annotate_comparison(comparison, arguments.strict, out.folder)
        out.answer("\n".join(lines))
    elif arguments.format == "text" and not (out.quiet and comparison.is_plumb(arguments.strict)):
        from sqlplumb.render import comparisons

        explain = getattr(arguments, "explain", False)
        report = comparisons.report(comparison, arguments.strict, out.palette, explain=explain)
        out.answer(report)


def _diff_options(parser: ArgumentParser) -> None:
    parser.add_argument("current", metavar="CURRENT")
    parser.add_argument("desired", metavar="DESIRED")
    add_comparison_options(parser, "json", "sql")
    add_plan_options(parser)
    add_swap_option(parser)


def _diff(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.check import DiffOptions, compare

    options = DiffOptions(
        settings=read_settings(arguments),
        current=arguments.current,
        desired=arguments.desired,
        whole=arguments.format == "json",
        swaps=arguments.swaps,
        allow=tuple(arguments.allow),
        version=arguments.target_version,
        instant=arguments.instant,
    )
    if arguments.format == "sql":
        from sqlplumb.commands.api import script

        written = script(options)
        out.warnings(written.warnings)
        out.answer(written.text.rstrip("\n"))
        return int(bool(written.text))
    comparison = compare(options)
    _tell(comparison, arguments, out)
    if arguments.format == "json":
        from sqlplumb.render import comparison_json

        out.answer(comparison_json.as_json(comparison, arguments.strict))
    return int(not comparison.is_plumb(arguments.strict))


def _prove_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "revisions", nargs="?", default="", metavar="REV[:REV]", help="default: all of them"
    )
    parser.add_argument(
        "--env",
        action="store_true",
        help="run revisions by your own env.py, in a process that can reach the scratch alone",
    )
    parser.add_argument(
        "--env-url",
        action="append",
        default=[],
        metavar="NAME",
        help="with --env: a variable of the environment that env.py takes the URL from",
    )


def _prove(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.prove import ProveOptions, prove
    from sqlplumb.render.proofs import proof_report

    options = ProveOptions(
        settings=read_settings(arguments),
        revisions=arguments.revisions,
        by_env=bool(arguments.env or arguments.env_url),
        env_url=tuple(arguments.env_url),
    )
    exit_code, conditions = 0, dict[str, None]()
    for proof in out.watched("proving", prove(options)):
        exit_code = exit_code or int(not proof.holds)
        conditions.setdefault(proof.under)
        if not (out.quiet and proof.holds):
            out.answer(proof_report(proof))
    if not out.quiet:
        for condition in conditions:
            out.answer(condition)
    return exit_code


def _lint_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE|REV[:REV]",
        help="default: schema.sql, and the plan to it",
    )
    add_format_option(parser, "json", "github", "sarif")
    parser.add_argument(
        "--explain", default="", metavar="CODE", help="all there is to say of a rule"
    )
    parser.add_argument(
        "--against", default="", metavar="CURRENT", help="judge the plan from there as well"
    )
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="look at its rows: how many, which are refused",
    )
    add_rolling_option(parser)


def _lint(arguments: Namespace, out: Console) -> int:
    settings = read_settings(arguments)
    if arguments.explain:
        from sqlplumb.lint import find_rule, project_rules
        from sqlplumb.render.findings import explained

        out.answer(explained(find_rule(arguments.explain, project_rules(settings))))
        return 0
    from sqlplumb.commands.lint import LintOptions, lint

    options = LintOptions(
        settings=settings,
        written=tuple(arguments.sources),
        against=arguments.against,
        database=arguments.database,
    )
    verdict = lint(options)
    out.warnings(verdict.passed_over)
    judged = verdict.judged
    _tell_findings(verdict, arguments, out, judged=judged, fail=settings.lint.fail)
    return int(bool(verdict.failing))


def _queries_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help=".sql and .py files, folders, patterns; default: `queries` of the settings",
    )
    add_format_option(parser, "json", "github", "sarif")
    parser.add_argument(
        "--against",
        default="",
        metavar="CURRENT",
        help="where the pending change begins; default: the history",
    )
    parser.add_argument(
        "--database", default="", metavar="URL", help="tell which large tables of it are scanned"
    )


def _queries(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.queries import QueriesOptions, judge_queries

    options = QueriesOptions(
        settings=read_settings(arguments),
        paths=tuple(arguments.paths),
        against=arguments.against,
        database=arguments.database,
    )
    verdict = judge_queries(options)
    out.warnings(verdict.passed_over)
    judged = (f"{verdict.read} {'query' if verdict.read == 1 else 'queries'}",)
    _tell_findings(verdict, arguments, out, judged=judged, fail=options.settings.lint.fail)
    return int(bool(verdict.failing))


def _tell_findings(
    verdict: Verdict | JudgedQueries,
    arguments: Namespace,
    out: Console,
    *,
    judged: Sequence[str],
    fail: Severity,
) -> None:
    from sqlplumb import __version__
    from sqlplumb.render import annotations, findings

    found, ignored = verdict.findings, verdict.ignored
    match arguments.format:
        case "github":
            lines = annotations.annotate_findings(found, fail, out.folder)
            out.answer("\n".join(lines))
        case "sarif":
            sarif = annotations.as_sarif(
                found, ignored, rules=verdict.rules, version=__version__, folder=out.folder
            )
            out.answer(sarif)
        case "json":
            is_failing = bool(verdict.failing)
            out.answer(findings.as_json(found, ignored, judged=judged, is_failing=is_failing))
        case _ if found or not out.quiet:
            text = findings.report(found, judged, ignored=len(ignored), palette=out.palette)
            out.answer(text)


CHECK = Command(
    help="schema.sql against every mirror: the drift check for CI",
    about="Holds schema.sql against every mirror configured, or the sources named.",
    options=_check_options,
    run=_check,
)
DIFF = Command(
    help="the difference between any two sources",
    about="What must change in CURRENT to make it DESIRED.",
    options=_diff_options,
    run=_diff,
)
PROVE = Command(
    help="run the history's revisions on scratch databases with rows",
    about="Every revision up, down and up again, with rows; the end against schema.sql.",
    options=_prove_options,
    run=_prove,
)
LINT = Command(
    help="rules against schema.sql, the plan to it, or revisions",
    about="Judges sources, or revisions by what they do. Without any: schema.sql, and the plan"
    " to it from the history.",
    options=_lint_options,
    run=_lint,
)
QUERIES = Command(
    help="the application's queries against schema.sql, and against the pending change",
    about="Finds SQL in .sql files and in strings of .py files, prepares each query against"
    " schema.sql, and tells which name what is not there, and which the change from the history"
    " breaks.",
    options=_queries_options,
    run=_queries,
)
