"""What every engine hands up of a live database that is about to be changed.

Everything happens on one connection and, from `lock` to `commit`, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.engines.opened import Opened

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Content:
    """All rows of a table in short: how many, and one hash over all of them, where asked for."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a database that was found sound and whole. `mode` is the original's own setting
    that a copy cannot carry."""

    path: Path
    bytes: int
    mode: str


@dataclass(frozen=True, slots=True)
class Need:
    """Room that must be free in a folder, and what is."""

    folder: Path
    needed: int
    free: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Held:
    """A database open for changes; nothing is changed before `lock`.

    `lock` waits so many seconds at most, calls back with the seconds waited, and says how long it
    was. `watched` refuses what would end the transaction or leave the database, and hands out the
    tables that statements write, as they are named there.
    """

    path: Path
    alchemy: Engine
    opened: Callable[[], Opened]
    lock: Callable[[float, Callable[[float], None]], float]
    watched: Callable[[], AbstractContextManager[set[str]]]
    contents: Callable[[Collection[str]], Mapping[str, Content]]  # these are only counted
    orphans: Callable[[], Mapping[Any, int]]  # rows whose parent is missing: table, rowid, parent
    counters: Callable[[], Mapping[str, int]]  # the last key that was given, of tables that count
    sound: Callable[[], None]  # reads it all; raises where it is damaged
    needs: Callable[[Collection[str], Path | None], tuple[Need, ...]]  # tables made anew; backup
    back_up: Callable[[Path], Copy]
    commit: Callable[[], None]
    roll_back: Callable[[], None]
    tidy: Callable[[], None]
