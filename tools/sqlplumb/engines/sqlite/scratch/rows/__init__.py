"""Rows that satisfy a schema, made up so that a migration on a scratch database has rows to lose.

    fill    a few rows into every table, as various as its constraints permit
    near    the tables that must hold rows, so that what happens to some can be seen

Nothing here may be used on a database that somebody needs: whatever it fills is thrown away.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from sqlplumb.changes import Rename
from sqlplumb.engines.scratch import ColumnTypes, Filled
from sqlplumb.engines.sqlite.parse.lexer import Unreadable, in_quotes
from sqlplumb.engines.sqlite.parse.statements import Unit, units
from sqlplumb.engines.sqlite.read.catalog import list_statements, renamed
from sqlplumb.engines.sqlite.scratch.rows.filling import (
    Filling,
    dangling,
    fill_again,
    fill_table,
    fill_virtual,
    take_out,
    undisturbed,
)
from sqlplumb.engines.sqlite.scratch.rows.references import parents_first
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape, read_shape
from sqlplumb.engines.sqlite.scratch.rows.wanted import meetings, near, needs, wishes
from sqlplumb.steps import DataStep, Fill, RowCheck

__all__ = ["Filled", "fill", "near"]

_TOOK_OUT = "every row refers to one that could not be put in"


def fill(
    connection: sqlite3.Connection,
    per_table: int = 5,
    left_alone: Collection[str] = (),
    *,
    row_checks: Collection[RowCheck] = (),
    renames: Sequence[Rename] = (),
    fills: Collection[Fill | DataStep] = (),
    types: ColumnTypes = MappingProxyType({}),
) -> Filled:
    """`looks` are the rules to come, and `fills` the values that hints and data steps will give,
    under the names that these renames give. `types` are an application's, under the names that
    there are."""
    schema = units(list_statements(connection))
    tables = {name: unit for name, unit in schema.items() if "table" in unit[0].kind}
    holding = {name: unit for name, unit in tables.items() if name not in left_alone}
    try:
        with undisturbed(connection), renamed(connection, renames):
            return _filled(
                connection, holding, per_table, coming=(row_checks, renames, fills), types=types
            )
    except sqlite3.Error as error:  # all was undone
        return Filled({}, dict.fromkeys(holding, str(error)))


def _filled(
    connection: sqlite3.Connection,
    schema: Mapping[str, Unit],
    many: int,
    *,
    coming: tuple[Collection[RowCheck], Sequence[Rename], Collection[Fill | DataStep]],
    types: ColumnTypes,
) -> Filled:
    before = {name: _count(connection, unit) for name, unit in schema.items()}
    old = dangling(connection, schema) if any(before.values()) else set()
    shapes, said = _shapes(schema)
    sources = {name: shape.sources for name, shape in shapes.items()}
    row_checks, renames, fills = coming
    wanted, needed = wishes(row_checks, renames, sources), needs(fills, renames, sources)
    filling = Filling(
        connection=connection,
        shapes=shapes,
        many=many,
        wanted=wanted,
        needed=needed,
        types=_under(renames, types),
    )
    for name in parents_first(shapes):
        said[name] = fill_table(filling, name)
    fill_again(filling)
    take_out(connection, shapes, old)
    virtual = (name for name, unit in schema.items() if unit[0].kind == "virtual table")
    refused = {name: why for name in virtual if (why := fill_virtual(connection, schema[name][0]))}
    put = {name: _count(connection, unit) - before[name] for name, unit in schema.items()}
    put |= dict.fromkeys(refused, 0)  # what it shows are rows of another table
    said |= refused
    return Filled(
        counts={name: count for name, count in put.items() if count > 0},
        unfilled={name: said.get(name) or _TOOK_OUT for name, count in put.items() if count < 1},
        unmet=tuple(
            words
            for words, asked in meetings(
                (one for one in fills if isinstance(one, DataStep)), renames, sources
            )
            if _is_unmet(connection, asked)
        ),
    )


def _is_unmet(connection: sqlite3.Connection, asked: Iterable[tuple[str, str]]) -> bool:
    """Where SQLite cannot be asked, because the revision makes what is named, nobody knows."""
    found = []
    for table, where in asked:
        with suppress(sqlite3.Error):
            query = f"SELECT EXISTS (SELECT 1 FROM main.{in_quotes(table)} WHERE {where})"
            found.append(bool(connection.execute(query).fetchone()[0]))
    return bool(found) and not any(found)


def _under(renames: Sequence[Rename], types: ColumnTypes) -> ColumnTypes:
    """By the names that these renames give."""
    tables = {one.current.ref.name: one.ref.name for one in renames if not one.ref.table}
    columns = {
        (one.ref.table, one.current.ref.name): one.ref.name for one in renames if one.ref.table
    }
    placed = ((tables.get(table, table), name, one) for (table, name), one in types.items())
    return {(table, columns.get((table, name), name)): one for table, name, one in placed}


def _shapes(schema: Mapping[str, Unit]) -> tuple[dict[str, Shape], dict[str, str]]:
    """What can be read, and for the rest why not."""
    shapes: dict[str, Shape] = {}
    said: dict[str, str] = {}
    for name, unit in schema.items():
        if unit[0].kind == "table":
            try:
                shapes[name] = read_shape(unit)
            except Unreadable as error:
                said[name] = str(error)
    return shapes, said


def _count(connection: sqlite3.Connection, unit: Unit) -> int:
    """Some virtual tables cannot be read at all: what they would read is not there."""
    try:
        query = f"SELECT count(*) FROM main.{in_quotes(unit[0].name)}"
        return int(connection.execute(query).fetchone()[0])
    except sqlite3.Error:
        return 0
