"""Commands that measure and judge, and change nothing: check, diff, prove, lint, queries.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlplumb.cli.options import (
    Command,
    add_format_option,
    add_plan_options,
    add_report_options,
    add_rolling_option,
    add_strict_option,
    add_swap_option,
    asks_for_json,
    asks_for_report,
    read_settings,
)

if TYPE_CHECKING:
    from sqlplumb.changes.comparison import Comparison, Unmeasured
    from sqlplumb.cli.console import Console
    from sqlplumb.commands.lint import Verdict
    from sqlplumb.commands.queries import JudgedQueries
    from sqlplumb.config import Settings


def _check_options(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="instead of those configured")
    add_report_options(parser)
    add_strict_option(parser)
    parser.add_argument(
        "--explain",
        action="store_true",
        help="why two spellings are one, and a row that tells two rules apart",
    )


def _check(arguments: Namespace, out: Console) -> int:
    from sqlplumb.changes.comparison import Unmeasured
    from sqlplumb.commands.check import CheckOptions, check, idle_settings

    settings = read_settings(arguments)
    options = CheckOptions(
        settings=settings,
        sources=tuple(arguments.sources),
        whole=asks_for_json(arguments),
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
    if asks_for_report(arguments):
        _report_check(outcomes, arguments, out, settings=settings)
    return exit_code


def _report_check(
    outcomes: Sequence[Comparison | Unmeasured],
    arguments: Namespace,
    out: Console,
    *,
    settings: Settings,
) -> None:
    from functools import partial

    from sqlplumb.cli.reports import tell_report
    from sqlplumb.render import comparison_json
    from sqlplumb.render.reports import report_of_check

    tell_report(
        report_of_check(outcomes, arguments.strict),
        arguments,
        out,
        settings=settings,
        as_json=partial(comparison_json.several_as_json, outcomes, arguments.strict),
    )


def _tell(comparison: Comparison, arguments: Namespace, out: Console) -> None:
    """Tell what can be told at once; what is for machines is written when all of it is known."""
    out.warnings(comparison.passed_over)
    if arguments.format == "text" and not (out.quiet and comparison.is_plumb(arguments.strict)):
        from sqlplumb.render import comparisons

        explain = getattr(arguments, "explain", False)
        report = comparisons.report(comparison, arguments.strict, out.palette, explain=explain)
        out.answer(report)


def _diff_options(parser: ArgumentParser) -> None:
    parser.add_argument("current", metavar="CURRENT")
    parser.add_argument("desired", metavar="DESIRED")
    add_format_option(parser, "json", "sql")
    add_strict_option(parser)
    add_plan_options(parser)
    parser.add_argument(
        "--offline",
        action="store_true",
        help="nobody uses the tables meanwhile: one transaction, whatever it locks (PostgreSQL)",
    )
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
        offline=arguments.offline,
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
    add_report_options(parser)


def _prove(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.prove import ProveOptions, prove
    from sqlplumb.render import proofs

    settings, is_told = read_settings(arguments), arguments.format == "text"
    options = ProveOptions(
        settings=settings,
        revisions=arguments.revisions,
        by_env=bool(arguments.env or arguments.env_url),
        env_url=tuple(arguments.env_url),
    )
    done = []
    for proof in out.watched("proving", prove(options)):
        done.append(proof)
        if is_told and not (out.quiet and proof.holds):
            out.answer(proofs.proof_report(proof))
    if is_told and not out.quiet:
        for condition in dict.fromkeys(proof.under for proof in done):
            out.answer(condition)
    if asks_for_report(arguments):
        from functools import partial

        from sqlplumb.cli.reports import tell_report
        from sqlplumb.render.reports import report_of_proofs

        as_json = partial(proofs.as_json, done)
        tell_report(report_of_proofs(done), arguments, out, settings=settings, as_json=as_json)
    return int(not all(proof.holds for proof in done))


def _lint_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE|REV[:REV]",
        help="default: schema.sql, and the plan to it",
    )
    add_report_options(parser)
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
    _tell_findings(verdict, arguments, out, judged=verdict.judged, settings=settings)
    return int(bool(verdict.failing))


def _queries_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help=".sql and .py files, folders, patterns; default: `queries` of the settings",
    )
    add_report_options(parser)
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
    _tell_findings(verdict, arguments, out, judged=judged, settings=options.settings)
    return int(bool(verdict.failing))


def _tell_findings(
    verdict: Verdict | JudgedQueries,
    arguments: Namespace,
    out: Console,
    *,
    judged: Sequence[str],
    settings: Settings,
) -> None:
    from functools import partial

    from sqlplumb.render import findings

    found, ignored = verdict.findings, verdict.ignored
    if arguments.format == "text" and (found or not out.quiet):
        out.answer(findings.report(found, judged, ignored=len(ignored), palette=out.palette))
    if asks_for_report(arguments):
        from sqlplumb.cli.reports import tell_report
        from sqlplumb.lint import rules_that_judge
        from sqlplumb.render.reports import report_of_findings

        report = report_of_findings(
            arguments.command,
            found,
            ignored,
            rules=rules_that_judge(verdict.rules, settings.lint),
            fail=settings.lint.fail,
        )
        as_json = partial(
            findings.as_json, found, ignored, judged=judged, is_failing=bool(verdict.failing)
        )
        tell_report(report, arguments, out, settings=settings, as_json=as_json)


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
