"""How far work is that takes long, for whoever watches. Owns what is known of it, and its clock.

A speed is measured on the first part of the work itself. Nothing is printed here, and where nobody
watches, nothing is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
Moved = Callable[[float], None]  # how much of it is done

_PATIENT = 2.0  # seconds in which nobody need be told anything
_MEASURED = 0.1  # seconds of work from which on its speed is known
_WIDE = 200  # columns, where nobody says
_LONG = 100.0  # seconds that are told in minutes


class Count:
    """Work of which it is known how much there is; `unit` says what was done: `rows copied`."""

    def __init__(self, total: float, unit: str, is_estimate: bool = False) -> None:
        self.total, self.unit, self.is_estimate = total, unit, is_estimate
        self.done, self.began = 0.0, monotonic()
        self.moved_at = self.began

    def move(self, done: float) -> None:
        self.done, self.moved_at = done, monotonic()

    def is_measured(self) -> bool:
        return 0 < self.done <= self.total and self.moved_at - self.began >= _MEASURED

    def words(self, now: float) -> str:
        """Nothing is said of the time that is left once that is over."""
        about = "about " if self.is_estimate else ""
        words = f"{about}{self.done:,.0f} of {self.total:,.0f} {self.unit}"
        each = (self.moved_at - self.began) / self.done
        left = each * (self.total - self.done) - (now - self.moved_at)
        if left < 0:
            return words
        time = f"{left / 60:.0f} min" if left >= _LONG else f"{left:.0f} s"
        return f"{words}, about {time} left"


class Board:
    """What is done now: a stage, a step of it, and counts, each within the one before. `changed` is
    called whenever there is something new to show."""

    def __init__(self, doing: str, changed: Callable[[], None] = lambda: None) -> None:
        self.began = monotonic()
        self.changed = changed
        self.counts: list[Count] = []
        self.moving: Count | None = None
        self.doing, self.current_step, self.since = doing, "", self.began

    def begin(self, doing: str) -> None:
        self.doing, self.current_step, self.since = doing, "", monotonic()
        self.moving = None
        self.changed()

    def step(self, words: str) -> None:
        """Name the step. The time is that of the whole stage, and goes on."""
        self.current_step = words
        if self.moving and self.moving.done >= self.moving.total:
            self.moving = None
        self.changed()

    def moved(self, done: int, total: int) -> None:
        """Tell of bytes of this stage."""
        if self.moving is None:
            self.moving = Count(total, "bytes")
            self.moving.began = self.since
        self.moving.total = total
        self.moving.move(done)
        self.changed()

    def line(self, width: int = _WIDE) -> str:
        """Say how far it is, in so many columns; nothing as long as it has not taken long."""
        now = monotonic()
        return self._words(now, width) if now - self.began >= _PATIENT else ""

    def _words(self, now: float, width: int) -> str:
        """What counts has room in any case. The outermost count whose speed is known says most."""
        counts = [*self.counts, *([self.moving] if self.moving else [])]
        measured = next((count for count in counts if count.is_measured()), None)
        told = f": {now - self.since:.0f} s" + (f", {measured.words(now)}" if measured else "")
        room = max(width - len(told), 0)
        doing = self.doing if len(self.doing) <= room else f"…{self.doing[1 - room :]}"
        step = f", {self.current_step}" if self.current_step else ""
        return f"{doing[:room]}{told}{step}"[:width]


def now() -> float:
    return monotonic()


_BOARD = ContextVar[Board | None]("what is shown of work that takes long", default=None)


@contextmanager
def shown_on(board: Board) -> Iterator[None]:
    """Tell this board of all that is counted meanwhile, in this thread."""
    token = _BOARD.set(board)
    try:
        yield
    finally:
        _BOARD.reset(token)


def is_watched() -> bool:
    """Is there anybody for whom it pays to count?"""
    return _BOARD.get() is not None


@contextmanager
def step(words: str) -> Iterator[None]:
    """Name what is done meanwhile, where somebody watches."""
    board = _BOARD.get()
    if board is None:
        yield
        return
    former = board.current_step
    board.step(words)
    try:
        yield
    finally:
        board.current_step = former


@contextmanager
def counted(total: float, unit: str, *, is_estimate: bool = False) -> Iterator[Moved]:
    """Yield what is called with how much is done."""
    board = _BOARD.get()
    if board is None:
        yield _ignore
        return
    count = Count(total, unit, is_estimate)
    board.counts.append(count)

    def moved(done: float) -> None:
        count.move(done)
        board.changed()

    try:
        yield moved
    finally:
        board.counts.remove(count)


def each(items: Sequence[T], unit: str) -> Iterator[T]:
    """Yield each of them, and count those that are done."""
    with counted(len(items), unit) as moved:
        for number, item in enumerate(items):
            moved(number)
            yield item


def _ignore(done: float) -> None:
    """Tell nobody."""
