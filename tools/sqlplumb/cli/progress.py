"""What moves on a terminal while something takes long. Gone before anybody else prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console as Screen

T = TypeVar("T")


def spinner(doing: str, found: Iterable[T]) -> Iterator[T]:
    """Nobody knows how many there will be."""
    screen, iterator, number = Screen(stderr=True), iter(found), 0
    while True:
        said = f"{doing}: {number} done" if number else doing
        with screen.status(said):
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
