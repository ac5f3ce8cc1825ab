"""The write lock of a database file: taken, kept from its first moment to COMMIT, and given back.

In a rollback journal a writer needs the file for itself once it must write to it, be it at COMMIT
or because its pages do not fit into memory; while it waits for that, nobody new may read. So it
never waits in the middle of its work. What fits into memory stays there until COMMIT, which is
given up where readers stay; what does not, is begun when nobody reads, and nobody may until it is
done. Where the database has a WAL, readers are in nobody's way.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlplumb.engines.locked import Patience, ReadersStay
from sqlplumb.engines.sqlite.live.read_only import plain
from sqlplumb.errors import DatabaseFailed, Problem

MOST_IN_MEMORY = 1 << 28  # bytes of changed pages
_SHORT = 1.0  # seconds for which COMMIT may hold up those who want to read
_EVER = float("inf")


def connect(path: Path) -> sqlite3.Connection:
    """Open a database file for writing; the connection never waits on its own."""
    uri = f"file:{plain(path.resolve())}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0)
    connection.execute("PRAGMA foreign_keys = OFF")
    return connection


@dataclass(slots=True, kw_only=True)
class WriteLock:
    connection: sqlite3.Connection
    path: Path
    label: str
    patience: Patience = field(default_factory=lambda: Patience(seconds=0.0))
    keeps_readers_out: bool = False
    found: os.stat_result = field(init=False)
    since: float | None = None
    seconds: float = 0.0  # of all transactions together

    def __post_init__(self) -> None:
        self.found = self.path.stat()

    def take(self, patience: Patience, anew: Callable[[], int] = lambda: 0) -> None:
        """Take the lock now: at the first write it could be too late.

        `anew` returns the bytes of the tables that are made anew.
        """
        self.patience = patience
        self._begin(patience.alone)
        (mode,) = self.connection.execute("PRAGMA journal_mode").fetchone()
        if mode == "wal":
            return
        if not patience.alone and anew() > MOST_IN_MEMORY:
            self.connection.execute("ROLLBACK")
            self._begin(alone=True)
            patience.alone = True
        self.keeps_readers_out = patience.alone
        (page_size,) = self.connection.execute("PRAGMA page_size").fetchone()
        pages = 1 if self.keeps_readers_out else MOST_IN_MEMORY // int(page_size)
        self.connection.execute(f"PRAGMA cache_spill = {pages}")
        if self.keeps_readers_out:  # a lock that outlives its transaction
            self.connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()

    def _begin(self, alone: bool) -> None:
        self.connection.execute("PRAGMA legacy_alter_table = OFF")
        self.connection.execute("PRAGMA foreign_keys = OFF")
        self.connection.execute("PRAGMA busy_timeout = 0")
        statement = "BEGIN EXCLUSIVE" if alone else "BEGIN IMMEDIATE"
        if not self.patience.outlasts(lambda: self._is_done(statement), _EVER):
            who, what = (
                ("others have read or written it", "reads or writes")
                if alone
                else ("another process has held the write lock", "writes")
            )
            message = f"{self.label}: {who} for more than {self.patience.seconds:g} s"
            advice = f"nothing was changed; end what {what}, or wait longer with --wait"
            raise DatabaseFailed(Problem(message, advice))
        try:
            is_same_file = os.path.samestat(self.path.stat(), self.found)
        except FileNotFoundError:
            is_same_file = False
        if not is_same_file:  # nobody would ever see what is written here
            message = f"{self.label}: another file has taken its place since it was looked at"
            advice = "nothing was written to either; run it again for the one that is there"
            raise DatabaseFailed(Problem(f"{message}, or none", advice))
        self.since = time.monotonic()

    def _is_done(self, statement: str) -> bool:
        try:
            self.connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def commit(self) -> None:
        self._let_readers_in()
        if not self.patience.outlasts(lambda: self._is_done("COMMIT"), _SHORT):
            seconds = self.patience.seconds
            message = (
                f"{self.label}: whoever reads it has let nothing be committed for {seconds:g} s"
            )
            advice = "all of it was rolled back; end what reads, or wait longer with --wait"
            raise ReadersStay(Problem(message, advice))
        self._is_free()

    def roll_back(self) -> None:
        self._let_readers_in()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self._is_free()

    def _let_readers_in(self) -> None:
        """Let readers in as soon as the transaction ends."""
        if self.keeps_readers_out:
            self.connection.execute("PRAGMA locking_mode = NORMAL").fetchall()

    def _is_free(self) -> None:
        if self.keeps_readers_out:  # who reads once more gives a lock back that had no transaction
            self.connection.execute("SELECT count(*) FROM main.sqlite_master").fetchone()
            self.keeps_readers_out = False
        if self.since is not None:
            self.seconds += time.monotonic() - self.since
            self.since = None

    def copied(self, copy: Callable[[sqlite3.Connection | None], None]) -> None:
        """`copy` is handed whoever may read: nobody else, where readers are kept out. Nothing was
        changed yet, and the lock stays ours meanwhile."""
        if not self.keeps_readers_out:
            copy(None)
            return
        self.connection.execute("COMMIT")
        copy(self.connection)
        self.connection.execute("BEGIN IMMEDIATE")
