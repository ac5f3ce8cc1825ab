"""The command line of what changes a live database."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError


def applying(parser: ArgumentParser) -> None:
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
        "--wait", type=_seconds, default=30.0, metavar="SECONDS", help="for the lock; default: 30"
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


_PACE = {
    "jobs": "so many databases at once; default: 1",
    "canary": "so many first, one by one; all must do before others are begun",
    "stop-after": "begin nothing new after so many failures; default: never",
}


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no number of databases")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e6:
        raise ArgumentTypeError(f"{text} is no number of seconds")
    return seconds


def restoring(parser: ArgumentParser) -> None:
    parser.add_argument("receipt", metavar="RECEIPT", help="the file that apply has written")
    parser.add_argument(
        "--wait", type=_seconds, default=30.0, metavar="SECONDS", help="for the lock; default: 30"
    )
