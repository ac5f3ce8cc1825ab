"""Read a connection that an async application has opened. Must never import a driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, cast


def of_another_thread(adapted: Any) -> sqlite3.Connection:
    """Return a connection of aiosqlite, as SQLAlchemy adapts it, for whoever reads by `execute`."""
    return cast("sqlite3.Connection", _OfAnotherThread(adapted))


class _OfAnotherThread:
    """A connection of aiosqlite, which lives in a thread of its own, by the adapter that SQLAlchemy
    puts around it. It can be read, and nothing else."""

    def __init__(self, adapted: Any) -> None:
        self._adapted = adapted

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        cursor = self._adapted.cursor()
        cursor.execute(sql, parameters)
        return _Rows(cursor)


class _Rows:
    def __init__(self, cursor: Any) -> None:
        self.description = cursor.description
        self._rows: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.close()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        while self._rows:
            yield self._rows.pop(0)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return [*self]

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(iter(self), None)
