"""SQLite: everything we know about it, and the only names the rest of sqlplumb may use.

    open_script     hand-written SQL, tried on scratch databases
    open_database   a live file, read-only
    open_fillable   a database in memory that SQLAlchemy or Alembic fills
    settle          two schemas in the words that SQLAlchemy Core has too
    renames         a schema under the names that hints of another give it
    plan_steps      changes into the steps that make them
    script          steps as one script for SQLite's own client
    creates         a whole schema as a script
    frame           what stands around steps in a revision
    loses_data      what a change does to stored values

The reader is imported when something must be read: where all texts are the same, nothing must.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from sqlplumb.changes import Change
from sqlplumb.engines.opened import Fillable, Filled, Frame, Opened, Rows, Traced
from sqlplumb.engines.sqlite.affinity import affinity
from sqlplumb.engines.sqlite.alter.losses import loses_data
from sqlplumb.engines.sqlite.alter.targets import target
from sqlplumb.engines.sqlite.catalog import list_statements
from sqlplumb.engines.sqlite.live import look_at, open_live
from sqlplumb.engines.sqlite.scratch import Rejected, build, scratch_for_code
from sqlplumb.engines.sqlite.script import explained, prove, read_script
from sqlplumb.engines.sqlite.settle import settle
from sqlplumb.engines.sqlite.statements import Unit, quoted_in_bodies, units
from sqlplumb.errors import DatabaseFailed, Problem, WrongInput
from sqlplumb.schema import Column, Object, Schema, SpelledIn
from sqlplumb.steps import Step, Target

__all__ = [
    "creates",
    "frame",
    "loses_data",
    "open_connection",
    "open_database",
    "open_fillable",
    "open_script",
    "plan_steps",
    "renames",
    "script",
    "settle",
    "stand_in",
    "target",
]


def renames(current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
    if not any(fact.renamed_from for fact in desired.objects.values()):
        return current, ()
    from sqlplumb.engines.sqlite.alter.renames import renames as found

    return found(current, desired)


def plan_steps(
    current: Schema, desired: Schema, changes: Collection[Change], target: Target
) -> tuple[Step, ...]:
    from sqlplumb.engines.sqlite.alter.plan import plan_steps as planned

    return planned(current, desired, changes, target)


def frame(steps: Iterable[Step]) -> Frame:
    from sqlplumb.engines.sqlite.alter.framing import frame as framed

    return framed(tuple(steps))


def stand_in(column: Column) -> str:
    return {"text": "''", "blob": "x''"}.get(affinity(column.type), "0")


def creates(schema: Schema) -> str:
    from sqlplumb.engines.sqlite.alter.framing import creates as framed

    return framed(schema)


def script(steps: Iterable[Step]) -> str:
    from sqlplumb.engines.sqlite.alter.framing import script as framed

    return framed(steps)


def open_script(label: str, files: Mapping[str, str], rows_allowed: bool = False) -> Opened:
    script = read_script(files, rows_allowed)

    def read(wanted: Collection[str]) -> Iterator[Object]:
        from sqlplumb.engines.sqlite.read import read_units

        names = _names(script.units)
        try:
            for connection, held in build(wanted, script.units):
                with closing(connection):
                    chosen = {name: script.units[name] for name in held}
                    yield from read_units(connection, chosen, names())
        except Rejected as rejected:
            raise WrongInput(explained(rejected, files)) from rejected

    return Opened(
        label,
        _texts(script.units),
        read,
        prove=partial(prove, script.units, files),
        files=frozenset(files),
        quotes_in_bodies=quoted_in_bodies(script.units.values()),
        passed_over=script.passed_over,
    )


@contextmanager
def open_database(label: str, path: Path) -> Iterator[Opened]:
    with open_live(path, label) as connection:
        opened = _opened(connection, label, "sql")
        yield replace(opened, look=partial(look_at, connection))


def open_connection(label: str, connection: object) -> Opened:
    if not isinstance(connection, sqlite3.Connection):
        kind = type(connection).__name__
        raise WrongInput(Problem(f"{label} is open by a {kind}", "use SQLAlchemy's pysqlite"))
    return _opened(connection, label, "sql")


@contextmanager
def open_fillable() -> Iterator[Fillable]:
    """One connection in memory, and an engine of SQLAlchemy's that never opens another."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    with closing(scratch_for_code()) as connection:
        alchemy = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        yield Fillable(
            alchemy,
            partial(_opened, connection),
            fill=partial(_fill, connection),
            rows=partial(_rows, connection),
            unsound=partial(_unsound, connection),
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


def _opened(connection: sqlite3.Connection, label: str, spelled_in: SpelledIn) -> Opened:
    """A database that already holds the schema."""
    found = units(list_statements(connection))

    def read(wanted: Collection[str]) -> Iterable[Object]:
        from sqlplumb.engines.sqlite.read import read_units

        return read_units(connection, {name: found[name] for name in wanted}, _names(found)())

    quoted = quoted_in_bodies(found.values())
    return Opened(label, _texts(found), read, spelled_in=spelled_in, quotes_in_bodies=quoted)


def _texts(found: Mapping[str, Unit]) -> dict[str, frozenset[str]]:
    return {name: frozenset(one.text for one in unit) for name, unit in found.items()}


def _names(found: Mapping[str, Unit]) -> Callable[[], frozenset[str]]:
    """All the names of a schema, gathered only where a body says something in double quotes."""

    @cache
    def names() -> frozenset[str]:
        from sqlplumb.engines.sqlite.read import all_names

        return all_names(found.values()) if quoted_in_bodies(found.values()) else frozenset()

    return names
