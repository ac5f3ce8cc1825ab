"""A live database looked at by whoever is about to write it: what a killed process left half
written is rolled back first. Whoever only looks is refused there, and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from sqlplumb.engines import Engine, LiveDatabase, Patience
from sqlplumb.errors import HalfWritten
from sqlplumb.receipts import RECOVERED


@contextmanager
def open_recovered(
    known: Engine, place: tuple[str, Path], patience: Patience, tell: Callable[[str], None]
) -> Iterator[LiveDatabase]:
    """`place` is its label and its path; `tell` hears that it was recovered."""
    label, path = place
    look = partial(known.open_database, label, path)
    with ExitStack() as stack:
        try:
            with patience.counted():
                live = stack.enter_context(look(patience.left))
        except HalfWritten:
            known.recover(path, label, patience)
            tell(f"{label}: {RECOVERED}")
            live = stack.enter_context(look(patience.left))
        yield live
