"""Connections on which somebody else's SQL runs, within limits of time and size.

What the clock ends is raised as Stopped, which is no error of SQLite's: whoever asks what SQLite
says against a statement never takes it for an answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from sqlplumb import limits

_EVERY = 1000  # instructions of SQLite's between two looks at the clock: under a millisecond
_ASKED = 16  # questions between two looks while a statement is prepared
# No statement can be stopped inside of one instruction, so values stay small enough for it to end.
_LARGEST = 32_000_000
_SIZES = (
    (sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST),
    (sqlite3.SQLITE_LIMIT_VDBE_OP, 1_000_000),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
)


Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def _allow(*_: Any) -> int:
    return sqlite3.SQLITE_OK


class _TooLarge(sqlite3.DataError, limits.TooLarge):
    """SQLAlchemy takes it for an error of the driver."""


class Limited(sqlite3.Connection):
    """Made by `factory=Limited`. Its clock is the one that runs when it is opened."""

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.clock = limits.current()
        self.is_scratch = False
        self.stood_in: set[str] = set()
        if self.clock.seconds:
            self.set_progress_handler(self.clock.is_over, _EVERY)
            self.set_authorizer(_allow)

    def set_authorizer(
        self, allow: Authorizer | None, harmless: frozenset[int] = frozenset()
    ) -> None:
        """Ask `allow` for what is not `harmless`; None takes the clock away as well.

        SQLite asks while it prepares a statement, and heeds nothing else meanwhile: so the clock is
        looked at there.
        """
        if allow is None or not self.clock.seconds:
            super().set_authorizer(allow)
            return
        clock, asked = self.clock, count(1)

        def authorize(
            action: int, first: str | None, second: str | None, *names: str | None
        ) -> int:
            if not next(asked) % _ASKED and clock.is_over():
                return sqlite3.SQLITE_DENY
            if action in harmless:
                return sqlite3.SQLITE_OK
            return allow(action, first, second, *names)

        super().set_authorizer(authorize)

    def stand_in(self, name: str, count: int) -> None:
        """Let a function of this name return NULL, whatever anybody else registers later: the
        dialect of SQLAlchemy brings a `regexp` along."""
        super().create_function(name, count, lambda *_: None, deterministic=True)
        self.stood_in.add(name.lower())

    def create_function(self, name: str, narg: int, *function: Any, **options: Any) -> None:
        if name.lower() not in self.stood_in:
            super().create_function(name, narg, *function, **options)

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _LimitedCursor)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return _LimitedCursor(self).execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        return _LimitedCursor(self).executemany(sql, parameters)

    def executescript(self, script: str, /) -> sqlite3.Cursor:
        return _LimitedCursor(self).executescript(script)


def scratch() -> Limited:
    """In memory, where values are small as well."""
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=Limited)
    for name, most in _SIZES:
        connection.setlimit(name, most)
    connection.is_scratch = True
    return connection


class _LimitedCursor(sqlite3.Cursor):
    connection: Limited
    _said = ""

    def execute(self, sql: str, parameters: Any = (), /) -> _LimitedCursor:
        self._begin(sql)
        try:
            return super().execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> _LimitedCursor:
        self._begin(sql)
        try:
            return super().executemany(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def executescript(self, script: str, /) -> sqlite3.Cursor:
        self._begin(script)
        try:
            return super().executescript(script)
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def fetchmany(self, size: int | None = None) -> list[Any]:
        try:
            return super().fetchmany(self.arraysize if size is None else size)
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def _begin(self, sql: str) -> None:
        """Before SQLite prepares it, which may take long, too."""
        self._said, clock = sql, self.connection.clock
        clock.doing = sql
        if clock.each:
            clock.restart()
        elif clock.is_over():
            raise clock.stopped(sql)

    def _told(self, error: sqlite3.DatabaseError) -> BaseException:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # Python's own have none
        clock = self.connection.clock
        if code in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_AUTH) and clock.is_over():
            return clock.stopped(self._said)
        if code == sqlite3.SQLITE_TOOBIG and self.connection.is_scratch:
            place = clock.place_of(self._said)
            where = f" ({place})" if place else ""
            return _TooLarge(
                f"a value is larger than {_LARGEST:,} bytes, tried on a scratch{where}"
            )
        return error
