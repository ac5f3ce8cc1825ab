"""One command from its words to its exit code; no traceback ever reaches a person unasked."""

from __future__ import annotations

import gc
import io
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TextIO

BROKEN = 3  # a fault of our own: nothing was proved, so nothing may be relied on


def main(argv: Sequence[str] | None = None) -> int:
    """Without `argv`, the process is ours: its memory is managed for one short command."""
    if argv is not None:
        return _main(argv)
    gc.set_threshold(200_000, 50, 100)  # a schema is many small values, and none of them is garbage
    code = _main(sys.argv[1:])
    gc.freeze()  # what ends with the process need not be searched for garbage
    return code


def _main(argv: Sequence[str]) -> int:
    from sqlplumb.cli.options import parse

    _open_what_is_closed()
    arguments = parse(argv)
    answers = sys.stdout
    if isinstance(answers, io.TextIOWrapper):
        answers.reconfigure(errors="backslashreplace")  # whatever the terminal can show
    try:
        with redirect_stdout(sys.stderr):  # what a project's own code prints is no answer
            code = _run(arguments, answers)
        answers.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _open_what_is_closed() -> None:
    """A job may start us without a stdout or a stderr; the exit code says enough."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (as long as the process)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115


def _run(arguments: Namespace, answers: TextIO) -> int:
    from sqlplumb.cli import console
    from sqlplumb.cli.alarm import watched
    from sqlplumb.cli.commands import COMMANDS
    from sqlplumb.errors import PlumbError, Problem, WrongInput

    out = console.console(arguments, answers)
    try:
        with watched():
            return int(COMMANDS[arguments.command].run(arguments, out))
    except PlumbError as error:
        out.problems(error)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:  # a path too long, a folder that may not be read
        out.problems(WrongInput(Problem(str(error), "look at the paths")))
        return WrongInput.exit_code
    except Exception as error:
        out.broken(error)
        return BROKEN
