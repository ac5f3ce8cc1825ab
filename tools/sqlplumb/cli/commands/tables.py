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
    from pathlib import Path

    from sqlplumb.commands.tables import difference, generate, tables_file, write

    chosen = settings(arguments)
    is_shown = arguments.stdout and not arguments.check
    file = Path(arguments.output) if arguments.output or is_shown else tables_file(chosen)
    generated = generate(chosen)
    out.warnings(generated.notes)
    if is_shown:
        out.answer(generated.text.rstrip("\n"))
    elif arguments.check:
        differs = difference(generated.text, file, " ".join(chosen.schema))
        out.answer(differs)
        return int(bool(differs))
    else:
        told = write(generated.text, file, arguments.replace)
        out.answer("" if out.quiet else told)
    return 0
