"""`sqlplumb lint`: rules held against schemas, plans and revisions."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.commands.lint import Verdict
    from sqlplumb.config import Settings

HELP = "rules against schema.sql, the plan to it, or revisions"
ABOUT = (
    "Judges sources, or revisions by what they do. Without any: schema.sql, and the plan"
    " to it from the history."
)


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE|REV[:REV]",
        help="default: schema.sql, and the plan to it",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="default: text",
    )
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


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.lint import LintOptions, lint

    chosen = settings(arguments)
    if arguments.explain:
        return _explain(arguments.explain, chosen, out)
    verdict = lint(
        LintOptions(
            settings=chosen,
            written=tuple(arguments.sources),
            against=arguments.against,
            database=arguments.database,
        )
    )
    out.warnings(verdict.passed_over)
    _found(verdict, arguments.format, out)
    return int(bool(verdict.failing))


def _explain(code: str, chosen: Settings, out: Console) -> int:
    from sqlplumb.lint import find_rule, project_rules
    from sqlplumb.render.findings import explained

    out.answer(explained(find_rule(code, project_rules(chosen))))
    return 0


def _found(verdict: Verdict, form: str, out: Console) -> None:
    from sqlplumb.render import annotations, findings

    found, ignored = verdict.findings, verdict.ignored
    match form:
        case "github":
            out.answer("\n".join(annotations.annotate_finding(one, out.folder) for one in found))
        case "sarif":
            from sqlplumb import __version__

            rules = verdict.rules
            out.answer(annotations.as_sarif(found, ignored, rules, __version__, out.folder))
        case "json":
            told = findings.as_json(found, ignored, verdict.judged, bool(verdict.failing))
            out.answer(told)
        case _ if found or not out.quiet:
            out.answer(findings.report(found, verdict.judged, len(ignored), out.palette))
