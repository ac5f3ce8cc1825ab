"""How long somebody's SQL, and somebody's code, may run, and how large it may grow. Owns the clock.

Engines look at it while SQL runs, the command line while anything does. What is stopped is refused,
never taken for an answer: so it is no Exception until it has left what it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic

from sqlplumb.errors import Problem, TimedOut
from sqlplumb.places import Place

DEFAULT = 120.0  # seconds

_HINT = (
    "if it must run that long, `--timeout SECONDS` gives it more (timeout in [tool.sqlplumb]);"
    " 0 is no limit"
)
_SHOWN = 100


class Stopped(BaseException):
    """Passes through whatever handles errors, as KeyboardInterrupt does."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class TooLarge(Exception):
    """A value does not fit into a scratch. Each engine raises it as an error of its driver, too."""


class Clock:
    """`seconds` for each statement, or for all that happens until the next `restart`; 0: no limit.
    `places` know where a file says what a statement does; `doing` is the one that ran last."""

    def __init__(self, *, seconds: float, each: bool = False) -> None:
        self.places: list[Callable[[str], Place | None]] = []
        self.doing = ""
        self.give(seconds, each)

    def give(self, seconds: float, each: bool = False) -> None:
        """So much from now on, whatever was said before."""
        self.seconds, self.each = seconds, each
        self.restart()

    def restart(self) -> None:
        self.until = monotonic() + self.seconds if self.seconds else inf

    def is_over(self) -> bool:
        return monotonic() > self.until

    def place_of(self, doing: str) -> Place | None:
        """Where a file that was read says what this statement does."""
        return next((found for one in self.places if (found := one(doing))), None)

    def stopped(self, doing: str = "") -> Stopped:
        """For whoever sees that it is over; `doing` is the statement that ran, if any did."""
        shown = " ".join(doing.split())
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        message = f"stopped after {self.seconds:g} s"
        return Stopped(
            Problem(f"{message}, in: {shown}" if shown else message, _HINT, self.place_of(doing))
        )


_CLOCK = ContextVar[Clock | None]("clock", default=None)


def current() -> Clock:
    """The clock of whoever has set one; else each statement has the time that is usual."""
    return _CLOCK.get() or Clock(seconds=DEFAULT, each=True)


@contextmanager
def piece() -> Iterator[None]:
    """One of several pieces of work: it has the whole time, and can be stopped alone."""
    if clock := _CLOCK.get():
        clock.restart()
    try:
        yield
    except Stopped as stop:
        raise TimedOut(stop.problem) from stop


@contextmanager
def within(seconds: float, each: bool = False) -> Iterator[Clock]:
    """All SQL that begins here, in this thread, is stopped after so many seconds."""
    clock = Clock(seconds=seconds, each=each)
    token = _CLOCK.set(clock)
    try:
        with piece():
            yield clock
    finally:
        _CLOCK.reset(token)
