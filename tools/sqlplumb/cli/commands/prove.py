"""`sqlplumb prove`: revisions run on scratches with rows."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console

HELP = "run the history's revisions on scratch databases with rows"
ABOUT = "Every revision up, down and up again, with rows; the end against schema.sql."


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "revisions", nargs="?", default="", metavar="REV[:REV]", help="default: all of them"
    )


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.prove import prove
    from sqlplumb.render import proof as words

    code = 0
    proofs = prove(arguments.revisions, settings(arguments))
    for proof in out.watched("proving", proofs):
        code = code or int(not proof.holds)
        if not (out.quiet and proof.holds):
            out.answer(words.told(proof))
    return code
