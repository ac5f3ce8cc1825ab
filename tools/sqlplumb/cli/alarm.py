"""What stops a command whatever it does: code that does not end, or one long call of SQLite.

Python code is stopped by a signal, which a regular expression heeds, too. SQLite heeds nothing
while it prepares a statement, or works at one instruction of it: then the process ends. A library
could do neither, for the process is not its own.
"""

from __future__ import annotations

import os
import signal
from _thread import start_new_thread  # `threading` itself costs a short command 2 % of its time
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from sqlplumb.limits import Clock, within

_EVERY = 0.5  # seconds
_GRACE = 3.0  # for whatever stops by itself


@contextmanager
def watched() -> Iterator[Clock]:
    """The clock of one command: without a limit until one is given."""
    with within(0) as clock:
        running = [True]
        start_new_thread(_watch, (clock, running))
        try:
            with _signalled(clock):
                yield clock
        finally:
            running.clear()


@contextmanager
def _signalled(clock: Clock) -> Iterator[None]:
    def look(number: int, frame: object) -> None:
        if not clock.each and clock.is_over():
            raise clock.stopped()

    try:
        before = signal.signal(signal.SIGALRM, look)
    except (AttributeError, ValueError):  # Windows has none, and only the main thread has any
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, _EVERY, _EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _watch(clock: Clock, running: list[bool]) -> None:
    while running:
        sleep(_EVERY)
        if running and not clock.each and monotonic() > clock.until + _GRACE:
            stopped = clock.stopped(clock.doing)
            os.write(2, f"{stopped}\n  {stopped.problem.advice}\n".encode())
            os._exit(3)
