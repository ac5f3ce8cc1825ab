"""`sqlplumb revise`: a proved revision, from the history to schema.sql."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import planning, settings, swapping, tell_stage

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console

HELP = "write a proved Alembic revision from the history to schema.sql"
ABOUT = "Writes the revision that takes the history to schema.sql, and proves it."


def options(parser: ArgumentParser) -> None:
    parser.add_argument("-m", "--message", required=True, help="what the revision is for")
    parser.add_argument("--style", choices=("batch", "sql"), help="default: as configured")
    parser.add_argument("--head", default="", metavar="REV", help="where it goes; default: head")
    parser.add_argument("--rev-id", default="", metavar="ID", help="instead of a random one")
    parser.add_argument(
        "--database", default="", metavar="URL", help="look at its rows before a rule is tightened"
    )
    planning(parser)
    swapping(parser)


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.losses import leave
    from sqlplumb.commands.revise import ReviseOptions, revise
    from sqlplumb.render.comparisons import proof_report
    from sqlplumb.sources.history_lock import in_silence

    chosen = settings(arguments)
    asked_for = ReviseOptions(
        message=arguments.message,
        style=arguments.style or chosen.style,
        allow=leave(arguments.allow),
        head=arguments.head,
        rev_id=arguments.rev_id,
        version=arguments.target_version,
        instant=arguments.instant,
        database=arguments.database,
        swaps=arguments.swaps,
    )
    written = revise(asked_for, chosen, in_silence if out.quiet else tell_stage)
    out.warnings(written.passed_over)
    if written.path is None or written.proof is None:
        out.answer("nothing to write: the history is plumb")
        return 0
    out.answer(f"wrote {os.path.relpath(written.path)}")
    out.answer(proof_report(written.proof))
    return 0
