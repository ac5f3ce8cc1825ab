"""`sqlplumb apply`: live databases brought to the end of the history, behind gates."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import seconds, settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.config import Settings
    from sqlplumb.journeys.course import Wish
    from sqlplumb.receipts import Receipt

HELP = "upgrade live databases behind gates"
ABOUT = (
    "Brings each database to the end of the history: locked, backed up, one transaction for"
    " each revision, compared before it is committed."
)

_PACE = {
    "jobs": "so many databases at once; default: 1",
    "canary": "so many first, one by one; all must do before others are begun",
    "stop-after": "begin nothing new after so many failures; default: never",
}


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "urls",
        nargs="*",
        metavar="URL",
        help="sqlite:///path or folder, or @FILE of URLs; default: those configured",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--dry-run", action="store_true", help="write nothing; show what would run")
    parser.add_argument("--backup", default="", metavar="DIR", help="default: beside the database")
    parser.add_argument("--no-backup", action="store_true", help="go without one")
    parser.add_argument(
        "--wait", type=seconds, default=30.0, metavar="SECONDS", help="for the lock; default: 30"
    )
    parser.add_argument("--create", action="store_true", help="make the file if there is none")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="WHAT",
        help="destructive, drop:tasks.notes, a rule by its code, rows:TABLE",
    )
    for name, words in _PACE.items():
        parser.add_argument(f"--{name}", type=_count, default=0, metavar="N", help=words)


def run(arguments: Namespace, out: Console) -> int:
    """One database after another; of several the highest code counts."""
    from sqlplumb.journeys.applied import databases
    from sqlplumb.journeys.fleet import Pace, fleet
    from sqlplumb.render import receipt as words

    chosen = settings(arguments)
    wish = _wish(arguments, chosen, out)
    receipts = []
    urls = databases(arguments.urls, chosen)
    pace = Pace(arguments.jobs, arguments.canary, arguments.stop_after)
    for receipt in fleet(urls, wish, pace):
        receipts.append(receipt)
        _tell(receipt, arguments, out)
    if arguments.format == "json":
        out.answer(words.as_json(receipts))
    elif len(urls) > 1:
        out.answer(words.summary(receipts, len(urls)))
    return max(one.exit_code for one in receipts)


def _wish(arguments: Namespace, chosen: Settings, out: Console) -> Wish:
    from pathlib import Path

    from sqlplumb.journeys.applied import may
    from sqlplumb.journeys.course import Wish, in_silence

    return Wish(
        chosen,
        may(arguments.allow, chosen),
        Path(arguments.backup) if arguments.backup else None,
        arguments.no_backup,
        arguments.wait,
        arguments.create,
        arguments.dry_run,
        tell=in_silence if out.quiet else _progress,
    )


def _progress(words: str) -> None:
    from sqlplumb.render.paint import one_line

    sys.stderr.write(f"{one_line(words)}\n")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no number of databases")
    return int(text)


def _tell(receipt: Receipt, arguments: Namespace, out: Console) -> None:
    from sqlplumb.render import receipt as words

    out.warnings(receipt.warnings)
    if receipt.error:
        out.problems(receipt.error)
    if arguments.format == "text" and not (out.quiet and receipt.outcome == "nothing to do"):
        out.answer(words.told(receipt, out.palette))
