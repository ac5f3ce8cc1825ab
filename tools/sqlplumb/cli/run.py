"""Run one command under a clock, and turn whatever ends it into an exit code.

Python code is stopped by a signal, which a regular expression heeds, too. SQLite heeds nothing
while it prepares a statement, or works at one instruction of it: then the process ends. A library
could do neither, for the process is not its own.
"""

from __future__ import annotations

import os
import signal
from _thread import start_new_thread  # `threading` itself costs a short command 2 % of its time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TextIO

from sqlplumb import stand_ins
from sqlplumb.cli.console import Console, console, is_watched
from sqlplumb.cli.options import Command, asks_for_report
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.limits import Clock, within
from sqlplumb.progress import Board

BROKEN = 3  # a fault of our own: nothing was proved, so nothing may be relied on

_EVERY = 0.5  # seconds
_NOT_TRIED = "the settings name it as the application's own: what it does is not tried"
_GRACE = 3.0  # for whatever stops by itself


def run(command: Command, arguments: Namespace, answers: TextIO) -> int:
    """Run the command; say on a terminal how far it is."""
    if not is_watched(arguments):
        return _run(command, arguments, console(arguments, answers))
    from sqlplumb.cli.drawing import drawn

    board = Board(arguments.command)
    with drawn(board, answers) as above:
        return _run(command, arguments, console(arguments, above, board))


def _run(command: Command, arguments: Namespace, out: Console) -> int:
    """Run the command. No traceback reaches a person who does not ask for one."""
    try:
        with _stopped_in_time(), stand_ins.standing_in():
            code = command.run(arguments, out)
            if named := str(stand_ins.current()):
                out.warnings([Problem(f"stood in for {named}", _NOT_TRIED)])
            return code
    except PlumbError as error:
        out.problems(error)
        _report(error, arguments, out)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:  # a path too long, a folder that may not be read
        out.problems(WrongInput(Problem(str(error), "look at the paths")))
        return WrongInput.exit_code
    except Exception as error:
        out.broken(error)
        message = f"a fault of sqlplumb itself, {type(error).__name__}: {error}"
        _report(Refused(Problem(message, "nothing may be concluded")), arguments, out)
        return BROKEN


def _report(error: PlumbError, arguments: Namespace, out: Console) -> None:
    """Where reports for machines were asked for, write that nothing was judged."""
    if asks_for_report(arguments):
        from sqlplumb.cli.reports import tell_failure

        with suppress(OSError):  # the file cannot be written: that may be the error itself
            tell_failure(error, arguments, out)


@contextmanager
def _stopped_in_time() -> Iterator[None]:
    """Watch the clock of this command, which has no limit until the settings give it one."""
    with within(0) as clock:
        running = [True]
        start_new_thread(_end_process, (clock, running))
        try:
            with _interrupted(clock):
                yield
        finally:
            running.clear()


@contextmanager
def _interrupted(clock: Clock) -> Iterator[None]:
    """Raise Stopped in the main thread once the time is over."""

    def look(number: int, frame: object) -> None:
        if not clock.each and clock.is_over():
            raise clock.stopped()

    try:
        previous = signal.signal(signal.SIGALRM, look)
    except (AttributeError, ValueError):  # Windows has none, and only the main thread has any
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, _EVERY, _EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _end_process(clock: Clock, running: list[bool]) -> None:
    """End the process some seconds after the time, where no signal came through."""
    while running:
        sleep(_EVERY)
        if running and not clock.each and monotonic() > clock.until + _GRACE:
            stopped = clock.stopped(clock.doing)
            os.write(2, f"{stopped}\n  {stopped.problem.advice}\n".encode())
            os._exit(3)
