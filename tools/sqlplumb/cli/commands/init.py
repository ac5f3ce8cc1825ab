"""`sqlplumb init`: the files of a project that has none."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console

HELP = "lay out schema.sql, migrations/ and the settings, or write them from a database"
ABOUT = (
    "Lays out what a project needs and does not have: schema.sql, migrations/, alembic.ini and"
    " [tool.sqlplumb]. What is there is kept."
)


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="source",
        default="",
        metavar="SOURCE",
        help="write schema.sql from this: a live database, a MetaData; default: an example",
    )


def run(arguments: Namespace, out: Console) -> int:
    import os
    from pathlib import Path

    from sqlplumb.commands.init import InitOptions, init
    from sqlplumb.render.paint import one_line

    named = getattr(arguments, "config", None)
    root = Path(named).resolve().parent if named else Path.cwd()
    done = init(InitOptions(root=root, source=arguments.source))
    out.warnings(done.warnings)
    for one in done.laid:
        if not (out.quiet and one.outcome == "kept"):
            there = ": it is there already" if one.outcome == "kept" else ""
            out.answer(f"{one.outcome} {one_line(os.path.relpath(one.path))}{there}")
    if not out.quiet:
        out.answer("\n".join(["next:", *(f"  {one_line(step)}" for step in done.following)]))
    return 0
