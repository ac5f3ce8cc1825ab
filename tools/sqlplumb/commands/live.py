"""What commands ask of a live database before they do anything to it.

Is it half written, and is it at the end of the history in the very words? Must never change what it
holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from sqlplumb.config import Settings
from sqlplumb.config.env_file import plain_location
from sqlplumb.engines import LiveDatabase, Location, Patience, Source
from sqlplumb.errors import HalfWritten
from sqlplumb.proof.ledger import proved_end
from sqlplumb.receipts import RECOVERED


@contextmanager
def open_recovered(
    location: Location, patience: Patience, tell: Callable[[str], None]
) -> Iterator[LiveDatabase]:
    """Open it for whoever is about to write it: what a killed process left half written is rolled
    back first, and `tell` hears of it. Whoever only looks is refused there, and leaves no trace."""
    with ExitStack() as stack:
        try:
            with patience.counted():
                live = stack.enter_context(location.open(patience.left))
        except HalfWritten:
            location.recover(patience)
            tell(f"{location.label}: {RECOVERED}")
            live = stack.enter_context(location.open(patience.left))
        yield live


def is_at_proved_end(live: Source, settings: Settings) -> bool:
    """Is it, in the very words, what the proofs say that the history ends with? Nothing is replayed
    and no revision imported; what is not plainly so, somebody else looks at more closely."""
    folder = plain_location(settings.root, settings.alembic_ini, settings.alembic_toml)
    end = proved_end(folder) if folder else None
    if end is None:
        return False
    head, makes = end
    is_there = live.at(settings.version_table) == (head,)
    words = live.engine.wording
    return is_there and words(live.texts, settings.version_table) == makes
