"""What every engine hands up of a live database that is about to be changed.

Everything happens on one connection and, from `lock` to `commit`, in one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.engines.source import LiveDatabase
from sqlplumb.errors import DatabaseFailed

if TYPE_CHECKING:
    from sqlalchemy import Engine

Moved = Callable[[int, int], None]  # bytes that are done, and all of them
Heard = Callable[[str], None]
_PAUSE = 0.02  # seconds between two attempts


def in_silence(words: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a person hears of work that takes long: `tell` gets each stage as it begins, `step` what
    is done within one, and `moved` the bytes that are done and all of them. The last two are None
    where nobody watches a terminal."""

    tell: Heard = in_silence
    step: Heard | None = None
    moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All rows of a table in short: how many, and one hash over all of them, where asked for;
    neither where nobody asked."""

    rows: int = -1
    digest: str = ""


@dataclass(slots=True)
class Watched:
    """The tables that statements write, as they are named there, and those that triggers do."""

    written: set[str] = field(default_factory=set)
    woken: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a database that was found sound and whole. `mode` is the original's own setting
    that a copy cannot carry; `sha256` of its bytes, once somebody has read them again."""

    path: Path
    bytes: int
    mode: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """Room that must be free in a folder, and what is."""

    folder: Path
    needed: int
    free: int
    purpose: str


class ReadersStay(DatabaseFailed):
    """Whoever reads would not let a transaction be committed."""


@dataclass(slots=True)
class Patience:
    """How many seconds may be waited in all for one database, whatever is waited for, and how many
    were. `tell` hears of it. `alone`: readers are to be kept out as well as writers."""

    seconds: float
    tell: Callable[[float], None] = lambda seconds: None
    waited: float = 0.0
    alone: bool = False

    @property
    def left(self) -> float:
        return max(0.0, self.seconds - self.waited)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """What happens meanwhile is waiting."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.waited += time.monotonic() - start

    def outlasts(self, done: Callable[[], bool], most: float) -> bool:
        """Tries again and again, and holds nothing in between; False when that has taken so long
        (in seconds), or as long as may be waited at all."""
        end = self.waited + min(self.left, most)
        while not done():
            if self.waited >= end:
                return False
            with self.counted():
                time.sleep(min(_PAUSE, end - self.waited))
            self.tell(self.waited)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """A copy that shall take the place of what is there, which is set aside.
    `replaces_anything`: that may be no database at all."""

    path: Path
    label: str
    copy: Copy
    aside: Path
    patience: Patience
    replaces_anything: bool = False
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True, slots=True)
class Held:
    """A database open for changes; nothing is changed before `lock`.

    `lock` waits as long as that patience lasts; readers are kept out too, where it says so or where
    these tables, which are made anew, are more than fits into memory. `commit` gives up on readers
    who stay: then all must be rolled back. `locked` counts the seconds for which a writer had to
    wait for us. `watched` refuses what would end the transaction or leave the database.
    """

    path: Path
    alchemy: Engine
    opened: Callable[[], LiveDatabase]
    lock: Callable[[Patience, Collection[str]], None]
    # Hears of each statement as it begins, in the engine's own words.
    watched: Callable[[Heard | None], AbstractContextManager[Watched]]
    # Of every table; these are only counted, and these hashed (None: all the others).
    contents: Callable[[Collection[str], Collection[str] | None], Mapping[str, Content]]
    reached: Callable[[], Collection[str]]  # tables whose rows a trigger may write
    orphans: Callable[[], Mapping[Any, int]]  # rows whose parent is missing: table, rowid, parent
    counters: Callable[[], Mapping[str, int]]  # the last key that was given, of tables that count
    sound: Callable[[], None]  # reads it all; raises where it is damaged
    needs: Callable[[Collection[str], Path | None], tuple[Need, ...]]  # tables made anew; backup
    back_up: Callable[[Path, Moved | None], Copy]  # hears of it while it is made
    commit: Callable[[], None]
    roll_back: Callable[[], None]
    locked: Callable[[], float]
    tidy: Callable[[], None]
