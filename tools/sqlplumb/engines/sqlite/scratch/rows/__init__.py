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
from sqlplumb.engines.sqlite.parse.create_index import read_virtual
from sqlplumb.engines.sqlite.parse.lexer import Unreadable, in_quotes
from sqlplumb.engines.sqlite.parse.statements import Statement, Unit, units
from sqlplumb.engines.sqlite.read.catalog import list_statements, renamed
from sqlplumb.engines.sqlite.scratch.rows.conditions import (
    fill_conditions,
    near,
    rule_conditions,
    step_conditions,
)
from sqlplumb.engines.sqlite.scratch.rows.filling import Filling, parents_first
from sqlplumb.engines.sqlite.scratch.rows.orphans import find_orphans, remove_orphans, undisturbed
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape, read_shape
from sqlplumb.engines.sqlite.scratch.rows.values import Value
from sqlplumb.progress import each
from sqlplumb.steps import DataStep, Fill, RowCheck

__all__ = ["Filled", "fill", "near"]

WORDS = ("Abc abc", 'it\'s "ünï" ☃', "1.50")
_TAKEN_OUT = "every row refers to one that could not be put in"


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
    """Put rows into all tables but those that are `left_alone`.

    `row_checks` are the rules to come, and `fills` what hints and data steps will change, under the
    names that `renames` give. `types` are an application's, under the present names."""
    schema = units(list_statements(connection))
    tables = {
        name: unit
        for name, unit in schema.items()
        if "table" in unit[0].kind and name not in left_alone
    }
    try:
        with undisturbed(connection), renamed(connection, renames):
            return _fill(
                connection,
                tables,
                per_table,
                row_checks=row_checks,
                renames=renames,
                fills=fills,
                types=types,
            )
    except sqlite3.Error as error:  # all was undone
        return Filled({}, dict.fromkeys(tables, str(error)))


def _fill(
    connection: sqlite3.Connection,
    tables: Mapping[str, Unit],
    per_table: int,
    *,
    row_checks: Collection[RowCheck],
    renames: Sequence[Rename],
    fills: Collection[Fill | DataStep],
    types: ColumnTypes,
) -> Filled:
    before = {name: _count(connection, unit) for name, unit in tables.items()}
    orphans = find_orphans(connection, tables) if any(before.values()) else set()
    shapes: dict[str, Shape] = {}
    reasons: dict[str, str] = {}
    for name, unit in tables.items():
        if unit[0].kind == "table":
            try:
                shapes[name] = read_shape(unit)
            except Unreadable as error:
                reasons[name] = str(error)
    sources = {name: shape.sources for name, shape in shapes.items()}
    filling = Filling(
        connection=connection,
        shapes=shapes,
        per_table=per_table,
        rule_conditions=rule_conditions(row_checks, renames, sources),
        fill_conditions=fill_conditions(fills, renames, sources),
        types=_under_new_names(renames, types),
    )
    for name in each(parents_first(shapes), "tables filled with rows"):
        reasons[name] = filling.fill_table(name)
    filling.fill_again()
    remove_orphans(connection, shapes, orphans)
    virtual = [name for name, unit in tables.items() if unit[0].kind == "virtual table"]
    refused = {name: why for name in virtual if (why := _fill_virtual(connection, tables[name][0]))}
    counts = {name: _count(connection, unit) - before[name] for name, unit in tables.items()}
    counts |= dict.fromkeys(refused, 0)  # what it shows are rows of another table
    reasons |= refused
    steps = [step for step in fills if isinstance(step, DataStep)]
    return Filled(
        counts={name: count for name, count in counts.items() if count > 0},
        unfilled={
            name: reasons.get(name) or _TAKEN_OUT for name, count in counts.items() if count < 1
        },
        unmet=tuple(
            words
            for words, conditions in step_conditions(steps, renames, sources)
            if _is_unmet(connection, conditions)
        ),
    )


def _is_unmet(connection: sqlite3.Connection, conditions: Iterable[tuple[str, str]]) -> bool:
    """Ask whether no row satisfies any; SQLite cannot be asked where the revision makes what is
    named."""
    answers = []
    for table, where in conditions:
        with suppress(sqlite3.Error):
            query = f"SELECT EXISTS (SELECT 1 FROM main.{in_quotes(table)} WHERE {where})"
            answers.append(bool(connection.execute(query).fetchone()[0]))
    return bool(answers) and not any(answers)


def _under_new_names(renames: Sequence[Rename], types: ColumnTypes) -> ColumnTypes:
    tables = {
        change.current.ref.name: change.ref.name for change in renames if not change.ref.table
    }
    columns = {
        (change.ref.table, change.current.ref.name): change.ref.name
        for change in renames
        if change.ref.table
    }
    placed = ((tables.get(table, table), name, known) for (table, name), known in types.items())
    return {(table, columns.get((table, name), name)): known for table, name, known in placed}


def _count(connection: sqlite3.Connection, unit: Unit) -> int:
    """Count rows; some virtual tables cannot be read, where what they would read is not there."""
    try:
        query = f"SELECT count(*) FROM main.{in_quotes(unit[0].name)}"
        return int(connection.execute(query).fetchone()[0])
    except sqlite3.Error:
        return 0


def _fill_virtual(connection: sqlite3.Connection, statement: Statement) -> str:
    """Insert words or numbers; return SQLite's last error if it would have no row."""
    table = in_quotes(statement.name)
    if _shows_another_table(statement):
        return _insert(connection, f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    query = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0"
    names = [in_quotes(name) for (name,) in connection.execute(query, (statement.name,))]
    holders = ", ".join("?" * len(names))
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({holders})"
    errors = [_insert(connection, insert, [word] * len(names)) for word in WORDS]
    if "" not in errors:  # boxes in space: a number, and the same for both of its sides
        errors = [_insert(connection, insert, [number] * len(names)) for number in (3, 7)]
    return "" if "" in errors else errors[-1]


def _shows_another_table(statement: Statement) -> bool:
    """Look for `content='t'`; with nothing between the quotes nothing is stored, and words can be
    put in."""
    for argument in read_virtual(statement.text).arguments:
        words = [token.text.lower() for token in argument]
        if words[:2] == ["content", "="]:
            return words[2:] not in ([], ["''"], ['""'])
    return False


def _insert(connection: sqlite3.Connection, insert: str, row: Sequence[Value] = ()) -> str:
    """Return SQLite's error, or nothing."""
    try:
        connection.execute(insert, row)
    except sqlite3.Error as error:
        return str(error)
    return ""
