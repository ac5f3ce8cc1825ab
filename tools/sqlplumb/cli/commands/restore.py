"""`sqlplumb restore`: a backup in the place of the database that it was made of."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import settings, waiting

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console

HELP = "bring a backup back that a receipt names"
ABOUT = "Puts the backup in the place of the database, which is set aside."


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "receipt", metavar="RECEIPT", help="the .receipt.json that apply or adopt wrote"
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        choices=("elsewhere", "no-database"),
        metavar="WHAT",
        help="elsewhere: the receipt may name files of other folders and names; no-database:"
        " what is replaced may be none",
    )
    waiting(parser)


def run(arguments: Namespace, out: Console) -> int:
    from pathlib import Path

    from sqlplumb.commands.restore import RestoreOptions, restore
    from sqlplumb.engines import Progress
    from sqlplumb.render.paint import one_line

    receipt, chosen = Path(arguments.receipt), settings(arguments)
    progress, stage = out.stage(Progress())
    options = RestoreOptions(
        settings=chosen, wait=arguments.wait, allow=arguments.allow, progress=progress
    )
    done = restore(receipt, options)
    for one in out.watched("restoring", done, stage=stage):
        at = one_line(" and ".join(one.revisions)) or "base"
        out.answer(f"restored  {one_line(one.database)}: it is at {at}")
        if one.aside:
            out.answer(f"what was there until now is {one_line(str(one.aside))}")
    return 0
