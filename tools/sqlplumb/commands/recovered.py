"""A live database looked at by whoever is about to write it: what a killed process left half
written is rolled back first. Whoever only looks is refused there, and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from sqlplumb.engines import LiveDatabase, Location, Patience
from sqlplumb.errors import HalfWritten
from sqlplumb.receipts import RECOVERED


@contextmanager
def open_recovered(
    location: Location, patience: Patience, tell: Callable[[str], None]
) -> Iterator[LiveDatabase]:
    """`tell` hears that it was recovered."""
    with ExitStack() as stack:
        try:
            with patience.counted():
                live = stack.enter_context(location.open(patience.left))
        except HalfWritten:
            location.recover(patience)
            tell(f"{location.label}: {RECOVERED}")
            live = stack.enter_context(location.open(patience.left))
        yield live
