"""A scratch that SQLAlchemy or Alembic fills with tables, and we with rows; what it can testify."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from sqlplumb.changes import Rename
from sqlplumb.engines import Engine, Source
from sqlplumb.engines.fillable import ColumnTypes, Fillable, Filled
from sqlplumb.engines.sqlite.live.opening import ConnectionSource, CreatedSource
from sqlplumb.engines.sqlite.read.memory import image, restore, scratch_for_code
from sqlplumb.engines.sqlite.scratch import report as witness
from sqlplumb.engines.sqlite.scratch.traced import traced
from sqlplumb.errors import DatabaseFailed, Problem
from sqlplumb.schema import SpelledIn
from sqlplumb.steps import DataStep, Fill, Look


@contextmanager
def open_fillable(engine: Engine) -> Iterator[Fillable]:
    """One connection in memory, and an engine of SQLAlchemy's that never opens another."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    with closing(scratch_for_code()) as connection, ExitStack() as databases:
        alchemy = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

        def opened(label: str, spelled_in: SpelledIn) -> Source:
            return ConnectionSource(
                engine, label=label, connection=connection, spelled_in=spelled_in
            )

        def created(statements: Sequence[str], label: str, spelled_in: SpelledIn) -> Source | None:
            found = CreatedSource.build(engine, statements, label=label, spelled_in=spelled_in)
            if found:
                databases.callback(found.close)
            return found

        yield Fillable(
            alchemy,
            opened,
            created,
            fill=partial(_fill, connection),
            near=partial(_near, connection),
            rows=partial(witness.rows, connection),
            counters=partial(witness.counters, connection),
            unsound=partial(witness.unsound, connection),
            orphans=partial(witness.orphans, connection),
            run=partial(_run, connection),
            record=lambda said: connection.set_trace_callback(
                None if said is None else said.append
            ),
            traced=traced,
            image=partial(image, connection),
            restore=partial(restore, connection),
            count=partial(witness.count, connection),
            remove=partial(witness.remove, connection),
        )


def _fill(
    connection: sqlite3.Connection,
    left_alone: Collection[str],
    looks: Collection[Look],
    renames: Sequence[Rename],
    fills: Collection[Fill | DataStep],
    types: ColumnTypes,
) -> Filled:
    from sqlplumb.engines.sqlite.scratch.rows import fill

    return fill(
        connection,
        left_alone=left_alone,
        looks=looks,
        renames=renames,
        fills=fills,
        types=types,
    )


def _near(connection: sqlite3.Connection, tables: Collection[str]) -> Collection[str]:
    from sqlplumb.engines.sqlite.scratch.rows import near

    return near(connection, tables)


def _run(connection: sqlite3.Connection, script: str) -> None:
    try:
        connection.executescript(script)
    except sqlite3.Error as error:
        raise DatabaseFailed(Problem(str(error), "it ran on a scratch: nothing is lost")) from error
