"""The command line: what may be said before any command, and in all of them."""

from __future__ import annotations

from argparse import (
    SUPPRESS,
    ArgumentParser,
    ArgumentTypeError,
    HelpFormatter,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Sequence
from typing import Any

from sqlplumb.cli.commands import COMMANDS

_ABOUT = """\
schema.sql is the plumb line: models, migration history and live databases
are measured against it."""

_SOURCES = """\
A SOURCE is
  schema.sql, 'sql/*.sql', a folder   hand-written SQL
  package.module:attribute            a SQLAlchemy MetaData, Core or ORM
  history, history@REV                the Alembic history, replayed on a scratch
  sqlite:///path                      a live database, opened read-only
  env:NAME                            whatever that environment variable names
  empty                               a schema with nothing in it

exit codes
  0 nothing differs   1 something differs, or is found   2 the input is wrong
  3 refused           4 a database failed"""


class _Laid(RawDescriptionHelpFormatter):
    """What is written in lines stays in them; a sentence is wrapped where the terminal ends."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return HelpFormatter._fill_text(self, text, width, indent)


def parse(argv: Sequence[str]) -> Namespace:
    return _parser().parse_args(argv)


def _parser() -> ArgumentParser:
    shared: dict[str, Any] = {
        "epilog": _SOURCES,
        "formatter_class": _Laid,
        "parents": [_shared()],
    }
    parser = ArgumentParser(prog="sqlplumb", description=_ABOUT, **shared)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        about = commands.add_parser(name, help=command.HELP, description=command.ABOUT, **shared)
        command.options(about)
    return parser


def _shared() -> ArgumentParser:
    """Options that may stand before or after the command."""
    shared = ArgumentParser(add_help=False, argument_default=SUPPRESS)
    options = shared.add_argument_group("everywhere")
    options.add_argument("--config", metavar="FILE", help="a pyproject.toml or an alembic.ini")
    options.add_argument(
        "--timeout",
        type=_time,
        metavar="SECONDS",
        help="what SQL and code may take; 0: no limit; default: 120, or as configured",
    )
    options.add_argument(
        "--no-cache", action="store_true", help="replay a history that was replayed before"
    )
    options.add_argument("--quiet", action="store_true", help="say only what differs")
    options.add_argument("--verbose", action="store_true", help="tracebacks, should one occur")
    options.add_argument("--no-color", action="store_true", help="as NO_COLOR=1 does")
    options.add_argument("--version", action="version", version=_version())
    return shared


def _time(written: str) -> float:
    from sqlplumb.config.sections import parse_duration

    seconds = parse_duration(written)
    if seconds is None:
        raise ArgumentTypeError(f"{written} is no time: write 60, 60s, 2m or 0")
    return seconds


def _version() -> str:
    from sqlplumb import __version__

    return f"sqlplumb {__version__}"
