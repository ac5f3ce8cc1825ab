"""What moves on a terminal while something takes long. Gone before anybody else prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TypeVar

from rich.console import Console as Screen
from rich.text import Text

from sqlplumb.engines import Progress
from sqlplumb.render.paint import one_line

T = TypeVar("T")


class Stage:
    """What is done now, for how long already, and how far it is: the step of a revision that runs,
    or the bytes of a copy. It is asked again each time the screen is drawn."""

    def __init__(self) -> None:
        self.begin("")

    def begin(self, doing: str) -> None:
        self.doing, self.since, self.done, self.whole, self.at = doing, monotonic(), 0, 0, ""

    def step(self, words: str) -> None:
        """The time goes on: it is that of the whole stage."""
        self.at = words

    def heard(self, progress: Progress) -> Progress:
        """Let this stage hear all that is told, beside whoever hears it already."""

        def tell(words: str) -> None:
            progress.tell(words)
            self.begin(words)

        return Progress(tell=tell, step=self.step, moved=self.moved)

    def moved(self, done: int, whole: int) -> None:
        self.done, self.whole = done, whole

    def __str__(self) -> str:
        seconds = monotonic() - self.since
        said = f"{self.doing}: {seconds:.0f} s"
        if not self.done:
            return f"{said}, {self.at}" if self.at else said
        left = seconds * (self.whole - self.done) / self.done
        return f"{said}, {self.done:,} of {self.whole:,} bytes, about {left:.0f} s left"

    def __rich__(self) -> Text:
        return Text(one_line(str(self)))


def spinner(doing: str, found: Iterable[T], stage: Stage | None = None) -> Iterator[T]:
    """Nobody knows how many there will be. `stage` is shown instead, where one is given."""
    screen, iterator, number = Screen(stderr=True), iter(found), 0
    while True:
        said = f"{doing}: {number} done" if number else doing
        with screen.status(stage or said):
            one = next(iterator, None)
        if one is None:
            return
        number += 1
        yield one


def bar(doing: str, found: Iterable[T], count: int) -> Iterator[T]:
    """So many of `count`."""
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Screen(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=count)
        for one in found:
            progress.stop()
            yield one
            progress.start()
            progress.advance(task)
