"""`sqlplumb adopt`: a database that nobody versioned, stamped only where it is plumb."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import seconds, settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.config import Settings
    from sqlplumb.journeys.adoption import Wish
    from sqlplumb.receipts import Adoption

HELP = "stamp a database that nobody versioned, if it is plumb"
ABOUT = (
    "Holds a database that create_all() or a person made against the history, shows what differs,"
    " and writes down at which revision it is only where nothing does."
)


def options(parser: ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="sqlite:///path, or env:NAME")
    parser.add_argument(
        "--as",
        dest="revision",
        default="",
        metavar="REV",
        help="hold it against this one; default: the end of the history",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument(
        "--wait", type=seconds, default=30.0, metavar="SECONDS", help="for the lock; default: 30"
    )


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.journeys.adopt import adopt

    done = adopt(arguments.url, _wish(arguments, settings(arguments), out))
    _tell(done, arguments, out)
    return done.exit_code


def _wish(arguments: Namespace, chosen: Settings, out: Console) -> Wish:
    from sqlplumb.journeys import adoption, course

    return adoption.Wish(
        chosen,
        arguments.revision,
        arguments.wait,
        arguments.dry_run,
        whole=arguments.format == "json",
        tell=course.in_silence if out.quiet else _progress,
    )


def _progress(words: str) -> None:
    from sqlplumb.render.paint import one_line

    sys.stderr.write(f"{one_line(words)}\n")


def _tell(done: Adoption, arguments: Namespace, out: Console) -> None:
    from sqlplumb.errors import Refused
    from sqlplumb.render import adoption as words

    out.warnings(done.warnings)
    if done.problem:
        out.problems(Refused(done.problem))
    if arguments.format == "json":
        out.answer(words.as_json(done))
    elif not (out.quiet and done.outcome == "adopted already"):
        out.answer(words.told(done, out.palette))
