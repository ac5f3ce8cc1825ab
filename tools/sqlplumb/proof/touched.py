"""Which tables a revision names, and so which need rows: the rest of a large schema stays empty."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError
from sqlplumb.sources.history import Replay

_ALL = 60  # up to so many tables, all of them get rows: that takes no time


def spoken_of(statements: Iterable[str], opened: Source) -> frozenset[str]:
    """The tables that these statements name: rather one too many."""
    words = {word for one in statements for word in re.findall(r"\w+", one.lower())}
    return frozenset(unit for unit in opened.texts if words.issuperset(re.findall(r"\w+", unit)))


def far(replay: Replay, revision: str) -> Collection[str]:
    """The tables that it neither names nor can reach from what it names. The scratch is spent."""
    before = replay.opened()
    if len(before.texts) <= _ALL:
        return ()
    said: list[str] = []
    replay.scratch.record(said)
    try:
        replay.upgrade(revision)
    except PlumbError:
        return ()  # the proof will tell
    named = spoken_of(said, before) | spoken_of(said, replay.opened())
    return before.texts.keys() - replay.scratch.near(named)
