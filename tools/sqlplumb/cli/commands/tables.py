"""`sqlplumb tables`: schema.sql as a module of SQLAlchemy Core."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console

HELP = "schema.sql as a module of SQLAlchemy Core, written or held against its file"
ABOUT = (
    "Writes the module of tables that the settings name, once it is seen to make the same schema."
    " What SQLAlchemy cannot say is told."
)


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the file is stale"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", default="", metavar="FILE", help="instead of the module configured"
    )
    where.add_argument("--stdout", action="store_true", help="show it, and write nothing")
    parser.add_argument(
        "--replace", action="store_true", help="even where the file holds code of somebody else"
    )


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.tables import Request, generate, is_stale, write

    request = Request(settings(arguments), arguments.output, not arguments.stdout)
    generated = generate(request)
    out.warnings(generated.notes)
    if arguments.stdout and not arguments.check:
        out.answer(generated.text.rstrip("\n"))
        return 0
    if arguments.check:
        difference = is_stale(generated)
        out.answer(difference)
        return int(bool(difference))
    told = write(generated, arguments.replace)
    out.answer("" if out.quiet else told)
    return 0
