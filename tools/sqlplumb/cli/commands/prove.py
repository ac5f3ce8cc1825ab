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


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.prove import prove
    from sqlplumb.render.comparisons import proof_report
    from sqlplumb.sources.env_run import EnvRun

    code = 0
    found = settings(arguments)
    under: dict[str, None] = {}
    by_env = arguments.env or arguments.env_url
    env = EnvRun(found, arguments.env_url) if by_env else None
    proofs = prove(arguments.revisions, found, env)
    for proof in out.watched("proving", proofs):
        code = code or int(not proof.holds)
        if not (out.quiet and proof.holds):
            out.answer(proof_report(proof))
        under.setdefault(proof.under)
    for one in under if not out.quiet else ():
        out.answer(one)
    return code
