"""What a scratch holds: rows, as the server prints their values; rows that refer to nothing; how
far keys are counted. And rows taken out again. Must never make any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import psycopg

from sqlplumb.engines.postgres.names import listed, literal, quoted
from sqlplumb.engines.postgres.scratch.rows.asking import Asker
from sqlplumb.engines.postgres.scratch.rows.shape import (
    Connection,
    RowKey,
    RowTable,
    Shapes,
    missing,
    read_shapes,
)
from sqlplumb.engines.scratch import Counter, Orphans, Rows

_COUNTERS = """
    SELECT d.refobjid::bigint, max(pg_sequence_last_value(s.oid)),
        array_agg(s.oid::bigint ORDER BY s.oid), array_agg(d.refobjsubid::integer),
        min(q.seqmin), max(q.seqmax)
    FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid
    JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    WHERE s.relkind = 'S' GROUP BY 1
"""
_INVALID = """
    SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relkind = 'i' AND NOT EXISTS
        (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid) ORDER BY 1
"""
_PRINTING = """
    SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';
    SET bytea_output = 'hex'; SET extra_float_digits = 1; SET row_security = off
"""
_INTEGERS = ("smallint", "integer", "bigint")
_DEPTH = 8  # of rows that refer to rows that are taken out


def read_rows(connection: Connection, left_alone: Collection[str]) -> dict[str, Rows]:
    """Read all rows of all tables. Those of partitions are rows of the table that is partitioned;
    what is generated is no value of a row's own."""
    shapes = read_shapes(connection)
    tables = [
        table
        for table in shapes.tables.values()
        if shapes.top(table) is table and table.unit not in left_alone
    ]
    connection.execute(_PRINTING)
    with connection.pipeline():
        asked = [connection.execute(_query(table).encode()) for table in tables]
        found = [cursor.fetchall() for cursor in asked]
    return {table.unit: _rows(table, rows) for table, rows in zip(tables, found, strict=True)}


def _names(table: RowTable) -> list[str]:
    return [name for name, column in table.columns.items() if not column.generated]


def _query(table: RowTable) -> str:
    only = "" if table.is_partitioned else "ONLY "
    columns = "".join(f", {quoted(name)}::text" for name in _names(table))
    return f"SELECT ctid::text{columns} FROM {only}{table.name} ORDER BY tableoid, ctid"


def _rows(table: RowTable, found: Sequence[tuple[str | None, ...]]) -> Rows:
    numbers = (
        range(len(found)) if table.is_partitioned else [_number(row[0] or "") for row in found]
    )
    return Rows(
        columns=tuple(_names(table)),
        rows={(number,): tuple(row[1:]) for number, row in zip(numbers, found, strict=True)},
        numbered=False,
        has_places=not table.is_partitioned,
    )


_OFFSETS = 1 << 16


def _number(place: str) -> int:
    """`(2,7)`: the page of a row and its place there."""
    page, offset = place.strip("()").split(",")
    return int(page) * _OFFSETS + int(offset)


def all_but(numbers: Iterable[int]) -> str:
    places = (literal(f"({number // _OFFSETS},{number % _OFFSETS})") for number in numbers)
    return f"ctid <> ALL (ARRAY[{listed(places)}]::tid[])"


def find_orphans(connection: Connection) -> list[Orphans]:
    """Ask each key that the server vouches for: triggers may have been at rest meanwhile."""
    shapes = read_shapes(connection)
    asker = Asker(connection)
    keys = [key for key in shapes.keys if key.is_valid and key.target in shapes.tables]
    queries = [
        f"SELECT ARRAY[''] FROM {shapes.tables[key.table].name} r"
        f" WHERE {missing(key, shapes)} LIMIT 1"
        for key in keys
    ]
    return [
        Orphans(
            table=shapes.tables[key.table].unit,
            columns=key.columns,
            target=shapes.tables[key.target].unit,
            target_columns=key.target_columns,
        )
        for key, answer in zip(keys, asker.ask(queries), strict=True)
        if answer
    ]


def counters(connection: Connection) -> dict[str, Counter]:
    """Return the last number of the sequences that each table owns, and the highest of its rows."""
    shapes = read_shapes(connection)
    found: dict[str, Counter] = {}
    for oid, last, sequences, columns, least, most in connection.execute(_COUNTERS).fetchall():
        if table := shapes.tables.get(oid):
            highest = _highest(connection, table, columns) if last is not None else 0
            found[table.unit] = Counter(
                last=last or 0, highest=highest, by=tuple(sequences), least=least, most=most
            )
    return found


def _highest(connection: Connection, table: RowTable, columns: Collection[int]) -> int:
    numbers = (column for column in table.columns.values() if column.number in columns)
    names = [quoted(column.name) for column in numbers if column.type in _INTEGERS]
    highest = listed(["0", *(f"max({name})" for name in names)])
    query = f"SELECT greatest({highest}) FROM {table.name}"
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def invalid_indexes(connection: Connection) -> list[str]:
    """What a CREATE INDEX CONCURRENTLY leaves behind that failed: it costs, and nobody uses it."""
    return [f"index {name} is INVALID" for (name,) in connection.execute(_INVALID).fetchall()]


def remove(connection: Connection, unit: str, where: str) -> None:
    """Delete rows for which a condition holds, and before them the rows that refer to them. What
    cannot be deleted stays."""
    shapes = read_shapes(connection)
    asker = Asker(connection)
    table = shapes.named(unit)
    if table:
        statements = list(_deletes(shapes, table, where, depth=_DEPTH))
        if connection.info.parameter_status("is_superuser") == "on":
            connection.execute("SET session_replication_role = replica")
        asker.run(statements, len(statements) + 1)
        connection.execute("RESET session_replication_role")


def _deletes(shapes: Shapes, table: RowTable, where: str, *, depth: int) -> Iterable[str]:
    """Yield statements, those of what refers to the rows first."""
    for key in shapes.keys:
        child = shapes.tables[key.table]
        if key.target == table.oid and depth:
            columns = listed(map(quoted, key.columns))
            targets = listed(map(quoted, key.target_columns))
            doomed = f"SELECT {targets} FROM {table.name} WHERE {where}"
            inner = f"({columns}) IN ({doomed})"
            yield from _deletes(shapes, child, inner, depth=depth - 1 if child != table else 0)
    yield f"DELETE FROM {table.name} WHERE {where}"


def count(connection: Connection, unit: str, where: str) -> int:
    table = read_shapes(connection).named(unit)
    if table is None:
        return 0
    try:
        query = f"SELECT count(*) FROM {table.name} WHERE {where}"
        row = connection.execute(query.encode()).fetchone()
    except psycopg.Error:
        return 0
    return int(row[0]) if row else 0


def near(
    connection: Connection, tables: Collection[str], written: Collection[str]
) -> frozenset[str]:
    """Return these tables; what refers to those that are `written`; what rows of all of them
    require; and of a partitioned table all partitions."""
    shapes = read_shapes(connection)
    reached = {table.oid for table in shapes.tables.values() if table.unit in {*tables, *written}}
    changed = {table.oid for table in shapes.tables.values() if table.unit in written}
    reached |= {key.table for key in shapes.keys if key.target in changed}
    while True:
        required = {
            key.target for key in shapes.keys if key.table in reached and _is_needed(shapes, key)
        }
        tops = {
            shapes.top(shapes.tables[oid]).oid for oid in reached | required if oid in shapes.tables
        }
        parts = {table.oid for table in shapes.tables.values() if shapes.top(table).oid in tops}
        if required | parts <= reached:
            break
        reached |= required | parts
    known = {shapes.tables[oid].unit for oid in reached if oid in shapes.tables}
    return frozenset(known | {*tables, *written})


def _is_needed(shapes: Shapes, key: RowKey) -> bool:
    columns = shapes.tables[key.table].columns
    return all(columns[name].not_null for name in key.columns)
