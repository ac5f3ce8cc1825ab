"""From argv to an exit code: the list of commands, and what may be said before any of them.

Imported for `--help`: what runs a command is imported when one was understood.
"""

from __future__ import annotations

import gc
import io
import os
import re
import sys
from argparse import (
    SUPPRESS,
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from sqlplumb import __version__
from sqlplumb.cli import adopting, applying, asking, checking, showing, writing
from sqlplumb.cli.options import Command, duration, terminal_width

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console


def _completion_options(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="whose script is written")


def _completion(arguments: Namespace, out: Console) -> int:
    from sqlplumb.cli.completion import script

    out.answer(script(arguments.shell, COMMANDS, options_everywhere()))
    return 0


COMMANDS: dict[str, Command] = {
    "init": writing.INIT,
    "check": checking.CHECK,
    "diff": checking.DIFF,
    "revise": writing.REVISE,
    "prove": checking.PROVE,
    "review": writing.REVIEW,
    "lint": checking.LINT,
    "queries": checking.QUERIES,
    "tables": writing.TABLES,
    "draw": showing.DRAW,
    "docs": showing.DOCS,
    "adopt": adopting.ADOPT,
    "status": asking.STATUS,
    "log": asking.LOG,
    "lsp": asking.LSP,
    "apply": applying.APPLY,
    "restore": applying.RESTORE,
    "completion": Command(
        help="a script that completes commands and options in bash, zsh or fish",
        about="Writes the script to stdout; its first line says where it belongs.",
        options=_completion_options,
        run=_completion,
    ),
}

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


_INVALID = re.compile(r"invalid choice: '(?P<written>[^']*)' \(choose from (?P<choices>[^)]*)")


def main(argv: Sequence[str] | None = None) -> int:
    """Without `argv`, the process is ours: its memory is managed for one short command."""
    if argv is not None:
        return _main(argv)
    gc.set_threshold(200_000, 50, 100)  # a schema is many small values, and none of them is garbage
    code = _main(sys.argv[1:])
    gc.freeze()  # what ends with the process need not be searched for garbage
    return code


def _main(argv: Sequence[str]) -> int:
    # A job may start us without a stdout or a stderr; the exit code says enough.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (as long as the process)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    arguments = parse(argv)
    from sqlplumb.cli.run import run

    answers = _buffered(sys.stdout)
    if isinstance(answers, io.TextIOWrapper):
        answers.reconfigure(errors="backslashreplace")  # whatever the terminal can show
    try:
        with redirect_stdout(sys.stderr):  # what a project's own code prints is no answer
            code = run(COMMANDS[arguments.command], arguments, answers)
        if not answers.closed:  # as a language server does when its editor leaves
            answers.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _buffered(answers: TextIO) -> TextIO:
    """Return a stream that writes all that it is given, line by line where nothing was to wait.

    Under PYTHONUNBUFFERED a write is one call to the system. Where it waits for a reader and a
    signal comes, as that of our clock, it takes a part, and Python drops the rest in silence.
    """
    if not isinstance(answers, io.TextIOWrapper) or not isinstance(answers.buffer, io.RawIOBase):
        return answers
    encoding, number = answers.encoding, answers.fileno()
    return open(number, "w", buffering=1, encoding=encoding, closefd=False)


class _Parser(ArgumentParser):
    """Says the nearest word that is known, where one is not, and where the others stand."""

    def error(self, message: str) -> NoReturn:
        from sqlplumb.errors import did_you_mean

        if match := _INVALID.search(message):
            choices = [choice.strip(" '") for choice in match["choices"].split(",")]
            message = "; ".join(filter(None, (message, did_you_mean(match["written"], choices))))
        self.exit(2, f"{self.prog}: error: {message}\n  `{self.prog} --help` says what there is\n")

    def refuse_unknown(self, written: Sequence[str]) -> None:
        """End with the option that is nearest to the first that this command does not have."""
        from sqlplumb.errors import did_you_mean

        options = {name for action in self._actions for name in action.option_strings}
        near = did_you_mean(written[0].partition("=")[0], options)
        self.error("; ".join(filter(None, (f"unrecognized arguments: {' '.join(written)}", near))))


class _Formatter(RawDescriptionHelpFormatter):
    """Keep what is written in lines as it is; wrap a sentence where the terminal ends."""

    def __init__(self, prog: str) -> None:  # argparse makes one for each option that is added
        super().__init__(prog, width=terminal_width(80) - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return super(RawDescriptionHelpFormatter, self)._fill_text(text, width, indent)


def parse(argv: Sequence[str]) -> Namespace:
    shared: dict[str, Any] = {
        "epilog": _SOURCES,
        "formatter_class": _Formatter,
        "parents": [options_everywhere()],
    }
    parser = _Parser(prog="sqlplumb", description=_ABOUT, **shared)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # The options of a command that is named first are all that can be meant: to make those of the
    # others takes longer than to read a schema.
    for name in argv[:1] if COMMANDS.keys() & argv[:1] else COMMANDS:
        command = COMMANDS[name]
        command.options(
            subparsers.add_parser(name, help=command.help, description=command.about, **shared)
        )
    if not argv:  # as a person does who wants to know what there is
        parser.print_help(sys.stderr)
        parser.exit(2)
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        subparsers.choices[arguments.command].refuse_unknown(unknown)
    return arguments


def options_everywhere() -> ArgumentParser:
    """Options that may stand before or after the command."""
    parser = ArgumentParser(add_help=False, argument_default=SUPPRESS)
    group = parser.add_argument_group("everywhere")
    group.add_argument("--config", metavar="FILE", help="a pyproject.toml or an alembic.ini")
    group.add_argument(
        "--name", metavar="NAME", help="of several databases: a section of alembic.ini, or of names"
    )
    group.add_argument(
        "--timeout",
        type=duration,
        metavar="SECONDS",
        help="what SQL and code may take; 0: no limit; default: 120, or as configured",
    )
    group.add_argument(
        "--scratch",
        metavar="URL",
        help="PostgreSQL: a server for databases of our own; default: one on this machine",
    )
    group.add_argument(
        "--no-cache", action="store_true", help="replay a history that was replayed before"
    )
    group.add_argument("-q", "--quiet", action="store_true", help="say only what differs")
    group.add_argument("-v", "--verbose", action="store_true", help="tracebacks, should one occur")
    group.add_argument("--no-color", action="store_true", help="as NO_COLOR=1 does")
    group.add_argument("--version", action="version", version=f"sqlplumb {__version__}")
    return parser
