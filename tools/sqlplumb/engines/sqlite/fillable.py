"""A scratch that SQLAlchemy or Alembic fills with tables, and we with rows; what it can testify."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial

from sqlplumb.engines.opened import Fillable, Filled, Rows, Traced
from sqlplumb.engines.sqlite.opening import opened
from sqlplumb.engines.sqlite.scratch import scratch_for_code
from sqlplumb.errors import DatabaseFailed, Problem


@contextmanager
def open_fillable() -> Iterator[Fillable]:
    """One connection in memory, and an engine of SQLAlchemy's that never opens another."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    with closing(scratch_for_code()) as connection:
        alchemy = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        yield Fillable(
            alchemy,
            partial(opened, connection),
            fill=partial(_fill, connection),
            rows=partial(_rows, connection),
            counters=partial(_counters, connection),
            unsound=partial(_unsound, connection),
            orphans=partial(_orphans, connection),
            run=partial(_run, connection),
            record=lambda said: connection.set_trace_callback(said.append),
            traced=_traced,
            remove=partial(_remove, connection),
        )


def _fill(connection: sqlite3.Connection, left_alone: Collection[str]) -> Filled:
    from sqlplumb.engines.sqlite.rows import fill

    return fill(connection, left_alone=left_alone)


def _rows(connection: sqlite3.Connection) -> Mapping[str, Rows]:
    from sqlplumb.engines.sqlite.witness import rows

    return rows(connection)


def _unsound(connection: sqlite3.Connection) -> Sequence[str]:
    from sqlplumb.engines.sqlite.witness import unsound

    return unsound(connection)


def _counters(connection: sqlite3.Connection) -> Mapping[str, int]:
    from sqlplumb.engines.sqlite.witness import counters

    return counters(connection)


def _orphans(connection: sqlite3.Connection) -> Sequence[tuple[str, str]]:
    from sqlplumb.engines.sqlite.witness import orphans

    return orphans(connection)


def _run(connection: sqlite3.Connection, script: str) -> None:
    try:
        connection.executescript(script)
    except sqlite3.Error as error:
        raise DatabaseFailed(Problem(str(error), "it ran on a scratch: nothing is lost")) from error


def _traced(statements: Iterable[str]) -> Traced:
    from sqlplumb.engines.sqlite.traced import traced

    return traced(statements)


def _remove(connection: sqlite3.Connection, table: str, where: str) -> int:
    from sqlplumb.engines.sqlite.witness import remove

    return remove(connection, table, where)
