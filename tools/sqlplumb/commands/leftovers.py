"""What a batch migration leaves behind where it does not come to its end, and what to do with it.

Alembic makes a table anew under a name of its own, copies the rows, drops the table and takes its
name. Without a transaction around it, it may stop in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import Problem

_PREFIX = "_alembic_tmp_"


def leftovers(live: Source) -> Iterator[Problem]:
    if isinstance(live, LiveDatabase):
        for unit in sorted(live.texts):
            if unit.startswith(_PREFIX):
                yield _told(unit, unit.removeprefix(_PREFIX), live)


def _told(unit: str, table: str, live: LiveDatabase) -> Problem:
    message = f"{live.label}: {unit} was left behind by a batch migration that did not end"
    there = _rows(table, live)
    if there is None:
        hint = f"it holds all that is left of {table}: ALTER TABLE {unit} RENAME TO {table}"
        return Problem(f"{message}, and {table} is gone", hint)
    hint = f"look whether {table} has all its rows, then DROP TABLE {unit}"
    return Problem(f"{message}: it has {_rows(unit, live)} rows, and {table} has {there}", hint)


def _rows(table: str, live: LiveDatabase) -> int | None:
    weight = live.weigh(table)
    return weight.rows if weight else None
