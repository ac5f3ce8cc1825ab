"""Commands that tell where things stand and how they came to be, and change nothing: status, log.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.options import Command, read_settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console


def _status_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "urls",
        nargs="*",
        metavar="URL",
        help="sqlite:///path or folder, or @FILE of URLs; default: those configured,"
        " else sqlalchemy.url of Alembic",
    )
    parser.add_argument(
        "--query",
        nargs=2,
        action="append",
        default=[],
        metavar=("URL", "SQL"),
        help="the databases that this query yields there, as URLs in its first column",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _status(arguments: Namespace, out: Console) -> int:
    """Of everything that stands somewhere the highest exit code counts."""
    from sqlplumb.commands.status import StatusOptions, status
    from sqlplumb.render import status as reports

    options = StatusOptions(
        settings=read_settings(arguments),
        urls=tuple(arguments.urls),
        queries=tuple(map(tuple, arguments.query)),
    )
    found = []
    for one in out.watched("looking", status(options)):
        found.append(one)
        out.warnings(getattr(one, "warnings", ()))
        if error := getattr(one, "error", None):
            out.problems(error)
        if arguments.format == "text" and not (out.quiet and not one.exit_code):
            out.answer(reports.status_report(one, out.palette))
    exit_code = max(one.exit_code for one in found)
    if arguments.format == "json":
        out.answer(reports.as_json(found, exit_code))
    elif not (out.quiet and not exit_code):
        out.answer(reports.summary(found))
    return exit_code


STATUS = Command(
    help="where the history, its proofs, the schema and each database stand",
    about="Tells of each database at which revision it is, which it lacks, whether it drifted, and"
    " what to do now; of the history, what is proved, and what schema.sql is ahead of it.",
    options=_status_options,
    run=_status,
)
