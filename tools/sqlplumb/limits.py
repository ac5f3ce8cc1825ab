"""How long SQL and code of a project may run, and how large a value may grow. Owns the clock.

Engines look at the clock while SQL runs, and the command line while anything does. What is stopped
is refused and never taken for an answer, so `Stopped` is not an Exception: no handler swallows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic

from sqlplumb.errors import Problem, TimedOut, on_one_line
from sqlplumb.places import Place

DEFAULT = 120.0  # seconds

_ADVICE = (
    "to let it run longer, use `--timeout SECONDS` (timeout in [tool.sqlplumb]); 0 means no limit"
)
_SHOWN = 100


class Stopped(BaseException):
    """Raised when the time is over; error handlers let it pass, as they do KeyboardInterrupt."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class TooLarge(Exception):
    """A value does not fit into a scratch. An engine also derives it from its driver's error."""


class Clock:
    """The time for each statement, or for all that happens until the next `restart`.

    `seconds` of 0 mean no limit. Each of `places` returns where a file says what a statement does;
    `doing` is the statement that ran last.
    """

    def __init__(self, *, seconds: float, each: bool = False) -> None:
        self.places: list[Callable[[str], Place | None]] = []
        self.doing = ""
        self.give(seconds, each)

    def give(self, seconds: float, each: bool = False) -> None:
        """Set a new limit, which begins now."""
        self.seconds, self.each = seconds, each
        self.restart()

    def restart(self) -> None:
        self.until = monotonic() + self.seconds if self.seconds else inf

    def is_over(self) -> bool:
        return monotonic() > self.until

    def place_of(self, doing: str) -> Place | None:
        """Return where a file that was read says what this statement does."""
        return next((place for find in self.places if (place := find(doing))), None)

    def stopped(self, doing: str = "") -> Stopped:
        """Return the error for when the time is over; `doing` is the statement that ran."""
        shown = on_one_line(doing, _SHOWN)
        message = f"stopped after {self.seconds:g} s"
        message = f"{message}, in: {shown}" if shown else message
        return Stopped(Problem(message, _ADVICE, place=self.place_of(doing)))


_CLOCK = ContextVar[Clock | None]("clock", default=None)


def current() -> Clock:
    """Return the clock of this context, or one that gives each statement the default time."""
    return _CLOCK.get() or Clock(seconds=DEFAULT, each=True)


@contextmanager
def piece() -> Iterator[None]:
    """Run one of several pieces of work, which has the whole time and is stopped alone."""
    if clock := _CLOCK.get():
        clock.restart()
    try:
        yield
    except Stopped as stop:
        raise TimedOut(stop.problem) from stop


@contextmanager
def within(seconds: float, each: bool = False) -> Iterator[Clock]:
    """Stop all SQL that begins here, in this thread, after so many seconds."""
    clock = Clock(seconds=seconds, each=each)
    token = _CLOCK.set(clock)
    try:
        with piece():
            yield clock
    finally:
        _CLOCK.reset(token)
