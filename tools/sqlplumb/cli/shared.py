"""What several commands have in common."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlplumb.changes.comparison import Comparison, Unmeasured
    from sqlplumb.cli.console import Console
    from sqlplumb.commands.upgrade_job import ApplyOptions
    from sqlplumb.config import Settings
    from sqlplumb.engines import Progress


# To wait for a lock, or for many rows, is no fault: here each statement on a scratch has the time.
_ON_LIVE_DATABASES = ("adopt", "apply", "restore")


def settings(arguments: Namespace) -> Settings:
    from dataclasses import replace
    from pathlib import Path

    from sqlplumb import limits
    from sqlplumb.config import find_settings, read_settings

    named = getattr(arguments, "config", None)
    found = read_settings(Path(named)) if named else find_settings(Path.cwd())
    chosen = replace(found, timeout=getattr(arguments, "timeout", found.timeout))
    chosen = replace(chosen, cache=not getattr(arguments, "no_cache", False))
    limits.current().give(chosen.timeout, each=arguments.command in _ON_LIVE_DATABASES)
    return chosen


def write(text: str, file: str, out: Console) -> None:
    """Into the file that was named, or else as the answer."""
    if file:
        from pathlib import Path

        Path(file).write_text(f"{text}\n", "utf-8")
    else:
        out.answer(text)


def tell(outcome: Comparison | Unmeasured, arguments: Namespace, out: Console) -> None:
    """What there is to say at once; JSON is said when all of it is known."""
    from sqlplumb.changes.comparison import Unmeasured

    if isinstance(outcome, Unmeasured):
        out.problems(outcome.error)
        return
    out.warnings(outcome.passed_over)
    if arguments.format == "github":
        from sqlplumb.render import annotations

        out.answer(
            "\n".join(annotations.annotate_comparison(outcome, arguments.strict, out.folder))
        )
    elif arguments.format == "text" and not (out.quiet and outcome.is_plumb(arguments.strict)):
        from sqlplumb.render import comparisons

        explain = getattr(arguments, "explain", False)
        report = comparisons.report(outcome, arguments.strict, out.palette, explain=explain)
        out.answer(report)


def measuring(parser: ArgumentParser, formats: tuple[str, ...]) -> None:
    parser.add_argument("--format", choices=formats, default="text", help="default: text")
    parser.add_argument("--strict", action="store_true", help="let what is only noted fail too")


def planning(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="WHAT",
        help="what may be lost: destructive (all), or drop:tasks.notes",
    )

    parser.add_argument(
        "--target-version", default="", metavar="V", help="of the engine; default: the one in use"
    )
    parser.add_argument(
        "--instant",
        action="store_true",
        help="change a CHECK, NOT NULL or foreign key without a rebuild, in the stored schema",
    )


def swapping(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--swaps",
        choices=("do", "done"),
        default="",
        help="of names whose hints only change places: do it now, or take it as done;"
        " default: what the history, or the database itself, can tell",
    )


def upgrading(parser: ArgumentParser, dry_run: str) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--dry-run", action="store_true", help=dry_run)
    parser.add_argument("--backup", default="", metavar="DIR", help="default: beside the database")
    parser.add_argument("--no-backup", action="store_true", help="go without one")
    parser.add_argument(
        "--keep-backups",
        type=whole,
        metavar="N",
        help="of each database the newest, and their receipts; default: all",
    )
    parser.add_argument(
        "--verify",
        choices=("written", "all"),
        help="compare the rows of tables that triggers may write, or of all tables that no"
        " statement writes; default: written",
    )
    waiting(parser)


def waiting(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--wait", type=_seconds, default=30.0, metavar="SECONDS", help="for the lock; default: 30"
    )


def apply_options(
    arguments: Namespace, chosen: Settings, *, in_silence: bool, create: bool
) -> ApplyOptions:
    from pathlib import Path

    from sqlplumb.commands.apply import allowances
    from sqlplumb.commands.upgrade_job import ApplyOptions

    return ApplyOptions(
        settings=chosen,
        allow=allowances(arguments.allow, chosen),
        backup=Path(arguments.backup) if arguments.backup else None,
        no_backup=arguments.no_backup,
        wait=arguments.wait,
        create=create,
        dry_run=arguments.dry_run,
        verify=arguments.verify,
        keep_backups=arguments.keep_backups,
        progress=progress(in_silence),
    )


def progress(in_silence: bool) -> Progress:
    """Let each stage be told on a line of its own."""
    from sqlplumb.engines import Progress

    return Progress() if in_silence else Progress(tell=tell_stage)


def tell_stage(words: str) -> None:
    from sqlplumb.render.paint import one_line

    sys.stderr.write(f"{one_line(words)}\n")


def whole(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no whole number")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e6:
        raise ArgumentTypeError(f"{text} is no number of seconds")
    return seconds
