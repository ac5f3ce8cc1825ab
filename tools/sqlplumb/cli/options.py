"""What several commands take: groups of options, the types of their values, and the settings.

Imported for `--help`: nothing heavier than argparse at the top. The options of one command stand
beside it.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.config import Settings

REPORTS = ("gitlab", "junit", "sarif")  # of findings, beside JSON and annotations

# To wait for a lock, or for many rows, is no fault: here each statement on a scratch has the time.
_ON_LIVE_DATABASES = ("adopt", "apply", "restore")


class Command:
    """A command as `--help` shows it, and `run`, which imports what it needs and nothing before."""

    def __init__(
        self,
        *,
        help: str,
        about: str,
        options: Callable[[ArgumentParser], None],
        run: Callable[[Namespace, Console], int],
    ) -> None:
        self.help = help
        self.about = about
        self.options = options
        self.run = run


def read_settings(arguments: Namespace) -> Settings:
    """Read the configuration, and let the command line have the last word."""
    from dataclasses import replace
    from pathlib import Path

    from sqlplumb import config, limits, stand_ins

    file = getattr(arguments, "config", None)
    name = getattr(arguments, "name", "")
    if file:
        settings = config.read_settings(Path(file), name)
    else:
        settings = config.find_settings(Path.cwd(), name)
    settings = replace(
        settings,
        timeout=getattr(arguments, "timeout", settings.timeout),
        cache=not getattr(arguments, "no_cache", False),
        scratch=getattr(arguments, "scratch", settings.scratch),
        urls=tuple(_urls_of(arguments)),
    )
    stand_ins.use(settings.stand_ins)
    if getattr(arguments, "rolling", False):
        settings = replace(settings, lint=replace(settings.lint, rolling=True))
    limits.current().give(settings.timeout, each=arguments.command in _ON_LIVE_DATABASES)
    return settings


def _urls_of(arguments: Namespace) -> Iterator[str]:
    """Yield whatever the command was given as a URL, or as the variable of one."""
    from sqlplumb.hiding import is_url

    for value in vars(arguments).values():
        for written in value if isinstance(value, list) else [value]:
            if isinstance(written, str) and is_url(written):
                yield written


def terminal_width(otherwise: int) -> int:
    """Return what `shutil.get_terminal_size` returns. That module brings along all that it takes to
    pack files, which is as much time as to read the settings."""
    written = os.environ.get("COLUMNS", "")
    if written.isdecimal() and int(written):
        return int(written)
    try:
        stdout = sys.__stdout__.fileno() if sys.__stdout__ else -1
        return os.get_terminal_size(stdout).columns or otherwise
    except (ValueError, OSError):  # it is closed, or no terminal
        return otherwise


def add_format_option(parser: ArgumentParser, *formats: str) -> None:
    """Text, and what else a command writes."""
    choices = ("text", *formats)
    parser.add_argument("--format", choices=choices, default="text", help="default: text")


def add_report_options(parser: ArgumentParser) -> None:
    add_format_option(parser, "json", "github", *REPORTS)
    parser.add_argument(
        "--report",
        type=_report,
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="beside what is shown, write this file: json, gitlab, junit or sarif",
    )


def _report(text: str) -> tuple[str, str]:
    format, _, file = text.partition("=")
    if format not in ("json", *REPORTS) or not file:
        message = f"{text!r} names no format and file: json=FILE, gitlab=FILE, junit=FILE"
        raise ArgumentTypeError(f"{message} or sarif=FILE")
    return format, file


def asks_for_report(arguments: Namespace) -> bool:
    """Return whether something for a machine is to be written."""
    return bool(getattr(arguments, "report", ())) or getattr(arguments, "format", "text") != "text"


def asks_for_json(arguments: Namespace) -> bool:
    """Return whether all that is known must be read, for JSON holds it."""
    return "json" in (arguments.format, *(format for format, _ in arguments.report))


def add_strict_option(parser: ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help="let what is only noted fail too")


def add_plan_options(parser: ArgumentParser) -> None:
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


def add_rolling_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--rolling",
        action="store_true",
        help="the release before runs on: what it cannot work with is an error (P208)",
    )


def add_swap_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--swaps",
        choices=("do", "done"),
        default="",
        help="of names whose hints only change places: do it now, or take it as done;"
        " default: what the history, or the database itself, can tell",
    )


def add_upgrade_options(parser: ArgumentParser, dry_run: str) -> None:
    add_format_option(parser, "json", "md", "html")
    parser.add_argument("--dry-run", action="store_true", help=dry_run)
    parser.add_argument("--backup", default="", metavar="DIR", help="default: beside the database")
    parser.add_argument("--no-backup", action="store_true", help="go without one")
    parser.add_argument(
        "--keep",
        "--keep-backups",
        type=whole_number,
        metavar="N",
        help="of each database the newest, and their receipts; default: all",
    )
    parser.add_argument(
        "--verify",
        choices=("written", "all"),
        help="compare the rows of tables that triggers may write, or of all tables that no"
        " statement writes; default: written",
    )
    add_wait_option(parser)


def add_wait_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--wait", type=seconds, default=30.0, metavar="SECONDS", help="for the lock; default: 30"
    )


def duration(text: str) -> float:
    from sqlplumb.config.sections import parse_duration

    value = parse_duration(text)
    if value is None:
        raise ArgumentTypeError(f"{text} is no time: write 60, 60s, 2m or 0")
    return value


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise ArgumentTypeError(f"{text} is no number of seconds")
    return value


def whole_number(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no whole number")
    return int(text)
