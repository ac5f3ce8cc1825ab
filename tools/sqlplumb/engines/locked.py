"""What every engine hands up of a live database that is about to be changed.

Everything happens on one connection and, from `lock` to `commit`, in one transaction.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.errors import DatabaseFailed

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from sqlplumb.engines.source import LiveDatabase

Moved = Callable[[int, int], None]  # bytes that are done, and all of them
Heard = Callable[[str], None]
RowsOf = Callable[[str], int]  # the rows that a statement goes through; 0 where nobody knows
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
    neither where nobody asked. `name` is the table as its author spells it."""

    rows: int = -1
    digest: str = ""
    name: str = field(default="", compare=False)


@dataclass(slots=True)
class Watched:
    """The tables that statements write, as they are named there, and those that triggers do."""

    written: set[str] = field(default_factory=set)
    woken: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of a database that was found sound and whole. `mode` is the original's own setting
    that a copy cannot carry; `sha256` of its bytes, once somebody has read them again."""

    path: Path
    bytes: int
    mode: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Room that must be free in a folder, and what is."""

    folder: Path
    needed: int
    free: int
    purpose: str


class ReadersStay(DatabaseFailed):
    """Whoever reads would not let a transaction be committed."""


@dataclass(slots=True, kw_only=True)
class Patience:
    """How many seconds may be waited in all for one database, whatever is waited for, and how many
    were. `tell` hears of it. `alone`: readers are to be kept out as well as writers."""

    seconds: float
    tell: Callable[[float], None] = lambda seconds: None
    waited: float = 0.0
    alone: bool = False

    @property
    def remaining(self) -> float:
        return max(0.0, self.seconds - self.waited)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what happens meanwhile as waiting."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.waited += time.monotonic() - start

    def outlasts(self, done: Callable[[], bool], most: float) -> bool:
        """Try again and again, and hold nothing in between; return False when that has taken so
        long (in seconds), or as long as may be waited at all."""
        end = self.waited + min(self.remaining, most)
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


class LockedDatabase(ABC):
    """A database open for changes; nothing is changed outside of a `transaction`.

    Everything happens on the one connection of `alchemy`. An engine implements what is abstract
    here; what a revision does, and what must be so before it is committed, is not known here.
    """

    label: str
    alchemy: Engine

    @contextmanager
    def transaction(self, patience: Patience, anew: Collection[str] = ()) -> Iterator[None]:
        """Hold the lock; roll back what is not committed when this is left, however it is left."""
        self.lock(patience, anew)
        try:
            yield
        finally:
            self.roll_back()

    @abstractmethod
    def read(self) -> LiveDatabase:
        """Return the database as this connection sees it now."""

    @abstractmethod
    def lock(self, patience: Patience, anew: Collection[str]) -> None:
        """Begin a transaction, and wait for the lock as long as patience lasts. Readers are kept
        out too, where it says so or where these tables, which are made anew, do not fit into
        memory."""

    @abstractmethod
    def watch(
        self, hear: Heard | None = None, rows_of: RowsOf | None = None
    ) -> AbstractContextManager[Watched]:
        """Write down which tables are written, and refuse what would end the transaction or leave
        the database; `hear` gets each statement as it begins. Where somebody watches, tell of the
        rows that a statement goes through, if `rows_of` knows how many there are."""

    @abstractmethod
    def contents(
        self, counted: Collection[str], hashed: Collection[str] | None
    ) -> Mapping[str, Content]:
        """Return the rows of every table in short; hash those of `hashed` (None: all others)."""

    @abstractmethod
    def written_by_triggers(self) -> Collection[str]:
        """Return the tables whose rows a trigger may write."""

    @abstractmethod
    def orphans(self) -> Mapping[Any, int]:
        """Count the rows whose parent is missing, by table, row and parent."""

    @abstractmethod
    def counters(self) -> Mapping[str, int]:
        """Return the last key that each table that counts its keys has given."""

    @abstractmethod
    def verify(self) -> None:
        """Read all of it; raise where it is damaged."""

    @abstractmethod
    def needs(self, anew: Collection[str], backup: Path | None) -> tuple[Need, ...]:
        """Return the room that making these tables anew, and a backup there, may need."""

    @abstractmethod
    def back_up(self, goal: Path, moved: Moved | None = None) -> Copy:
        """Copy it under its lock."""

    @abstractmethod
    def commit(self) -> None:
        """Commit, or raise ReadersStay where readers would not let it be committed."""

    @abstractmethod
    def roll_back(self) -> None:
        """Take back what is not committed, and give the lock back."""

    @property
    @abstractmethod
    def locked_seconds(self) -> float:
        """For how long a writer had to wait for us, in all transactions together."""

    @abstractmethod
    def tidy(self) -> None:
        """Do what may be done when all is committed; nothing depends on it."""
