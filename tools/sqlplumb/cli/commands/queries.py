"""`sqlplumb queries`: the SQL of an application, held against the schema."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console

HELP = "the application's queries against schema.sql, and against the pending change"
ABOUT = (
    "Finds SQL in .sql files and in strings of .py files, prepares each query against schema.sql,"
    " and tells which name what is not there, and which the change from the history breaks."
)


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help=".sql and .py files, folders, patterns; default: `queries` of the settings",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="default: text",
    )
    parser.add_argument(
        "--against",
        default="",
        metavar="CURRENT",
        help="where the pending change begins; default: the history",
    )
    parser.add_argument(
        "--database", default="", metavar="URL", help="tell which large tables of it are scanned"
    )


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.queries import QueriesOptions, judge_queries
    from sqlplumb.render import annotations, findings

    judged = judge_queries(
        QueriesOptions(
            settings=settings(arguments),
            paths=tuple(arguments.paths),
            against=arguments.against,
            database=arguments.database,
        )
    )
    out.warnings(judged.passed_over)
    found, ignored = judged.findings, judged.ignored
    sources = (f"{judged.read} {'query' if judged.read == 1 else 'queries'}",)
    match arguments.format:
        case "github":
            out.answer("\n".join(annotations.annotate_finding(each, out.folder) for each in found))
        case "sarif":
            from sqlplumb import __version__

            out.answer(annotations.as_sarif(found, ignored, judged.rules, __version__, out.folder))
        case "json":
            out.answer(findings.as_json(found, ignored, sources, bool(judged.failing)))
        case _ if found or not out.quiet:
            out.answer(findings.report(found, sources, len(ignored), out.palette))
    return int(bool(judged.failing))
