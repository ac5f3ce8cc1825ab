"""What must be known of tables to put rows into them, read from the catalogs in a few questions.

Rules are the server's own words, which it is asked again. Must never decide which row is good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import dict_row

from sqlplumb.engines.postgres.names import qualified, quoted
from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.schema import Ref

Connection: TypeAlias = psycopg.Connection[Any]

_OURS = """n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = 'pg_class'::regclass
        AND m.objid = c.oid AND m.deptype = 'e')"""
_TABLES = f"""
    SELECT c.oid::bigint, n.nspname AS namespace, c.relname AS name, c.relkind::text AS kind,
        c.relispartition AS is_partition,
        CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END AS bound,
        (SELECT i.inhparent::bigint FROM pg_inherits i WHERE i.inhrelid = c.oid
            AND c.relispartition) AS parent,
        (SELECT array_agg(quote_ident(t.tgname) ORDER BY t.tgname) FROM pg_trigger t
            WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
            AND t.tgparentid = 0) AS triggers
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND {_OURS}
    ORDER BY n.nspname, c.relname
"""
_COLUMNS = f"""
    SELECT a.attrelid::bigint AS "table", a.attnum AS number, a.attname AS name,
        a.atttypid::bigint AS type_oid, format_type(a.atttypid, a.atttypmod) AS type,
        a.attnotnull OR t.typnotnull AS not_null, a.attidentity::text AS identity,
        a.attgenerated::text AS generated,
        coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS expression,
        coalesce(pg_get_serial_sequence(
            quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname), '') AS sequence
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {_OURS}
    ORDER BY a.attrelid, a.attnum
"""
_RULES = f"""
    SELECT o.conrelid::bigint AS "table", o.contype::text AS kind, o.conname AS name,
        o.conkey AS columns, pg_get_expr(o.conbin, o.conrelid) AS expression,
        o.confrelid::bigint AS target, o.confkey AS target_columns, o.convalidated AS is_valid
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE o.contype IN ('c', 'f') AND {_OURS} AND NOT EXISTS (SELECT FROM pg_constraint u
        WHERE u.oid = o.conparentid AND u.conrelid = o.conrelid)  -- of each partition referred to
    ORDER BY o.conrelid, o.conname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowColumn:
    """A column that a row has. `sequence` is where its values come from, if nobody gives one."""

    number: int
    name: str
    type: str
    type_oid: int
    not_null: bool
    identity: str
    generated: str
    expression: str
    sequence: str

    @property
    def by_server(self) -> bool:
        """Does the server give a value by itself, another one for each row?"""
        return bool(self.identity) or self.expression.startswith("nextval(")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """A condition that every row satisfies, on these columns."""

    columns: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKey:
    """A foreign key: columns of a table, and those of the table that they refer to."""

    name: str
    table: int
    columns: tuple[str, ...]
    target: int
    target_columns: tuple[str, ...]
    is_valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTable:
    """A table. Of a partitioned one the partitions hold the rows, and `is_partitioned` says so;
    `parent` is what it is a partition of."""

    oid: int
    unit: str
    name: str  # as a statement writes it
    is_partitioned: bool
    parent: int
    triggers: tuple[str, ...]
    columns: Mapping[str, RowColumn]
    rules: Sequence[RowRule] = ()
    keys: Sequence[RowKey] = ()


@dataclass(frozen=True, slots=True)
class Shapes:
    """All tables of a database, by their oids."""

    tables: Mapping[int, RowTable] = field(default_factory=dict)

    def named(self, unit: str) -> RowTable | None:
        return next((table for table in self.tables.values() if table.unit == unit), None)

    @property
    def keys(self) -> Iterable[RowKey]:
        return (key for table in self.tables.values() for key in table.keys)

    def top(self, table: RowTable) -> RowTable:
        """Return the table that this one is a partition of, however deep; else itself."""
        while table.parent and table.parent in self.tables:
            table = self.tables[table.parent]
        return table


def unit_of(namespace: str, name: str) -> str:
    place = "" if namespace == "public" else namespace
    return Ref("table", "", name, namespace=place).unit


def read_shapes(connection: Connection) -> Shapes:
    """Read all tables; expressions name everything in full."""
    connection.execute("SET search_path = ''")
    with connection.pipeline():
        asked = [
            connection.cursor(row_factory=dict_row).execute(query)
            for query in (_TABLES, _COLUMNS, _RULES)
        ]
        tables, columns, rules = (cursor.fetchall() for cursor in asked)
    connection.execute("RESET search_path")
    columns_of: dict[int, dict[str, RowColumn]] = {row["oid"]: {} for row in tables}
    for row in columns:
        table = row.pop("table")
        if table in columns_of:
            columns_of[table][row["name"]] = RowColumn(**row)
    made = {row["oid"]: _table(row, columns_of, rules) for row in tables}
    return Shapes(made)


def _table(
    row: Mapping[str, Any], columns_of: Mapping[int, Mapping[str, RowColumn]], rules: list[Any]
) -> RowTable:
    columns = columns_of[row["oid"]]
    own = [rule for rule in rules if rule["table"] == row["oid"]]
    conditions = [
        RowRule(columns=_names(columns, rule["columns"] or ()), condition=rule["expression"])
        for rule in own
        if rule["kind"] == "c"
    ]
    if row["bound"]:
        conditions.append(RowRule(columns=mentioned(row["bound"], columns), condition=row["bound"]))
    return RowTable(
        oid=row["oid"],
        unit=unit_of(row["namespace"], row["name"]),
        name=qualified(row["name"], row["namespace"]),
        is_partitioned=row["kind"] == "p",
        parent=row["parent"] or 0,
        triggers=tuple(row["triggers"] or ()),
        columns=columns,
        rules=tuple(conditions),
        keys=tuple(_key(rule, columns_of) for rule in own if rule["kind"] == "f"),
    )


def _key(rule: Mapping[str, Any], columns_of: Mapping[int, Mapping[str, RowColumn]]) -> RowKey:
    return RowKey(
        name=rule["name"],
        table=rule["table"],
        columns=_names(columns_of[rule["table"]], rule["columns"]),
        target=rule["target"],
        target_columns=_names(columns_of.get(rule["target"], {}), rule["target_columns"]),
        is_valid=rule["is_valid"],
    )


def _names(columns: Mapping[str, RowColumn], numbers: Iterable[int]) -> tuple[str, ...]:
    by_number = {column.number: name for name, column in columns.items()}
    return tuple(by_number[number] for number in numbers if number in by_number)


def mentioned(condition: str, columns: Mapping[str, RowColumn]) -> tuple[str, ...]:
    """Return the columns that a condition names: rather one too many."""
    words = {token.name for token in lex(condition) if token.is_name}
    return tuple(name for name in columns if name in words)


def missing(key: RowKey, shapes: Shapes, row: str = "r") -> str:
    """Return the condition that a row of a table refers to nothing by this key."""
    there = " AND ".join(
        f"p.{quoted(target)} = {row}.{quoted(column)}"
        for column, target in zip(key.columns, key.target_columns, strict=True)
    )
    given = " AND ".join(f"{row}.{quoted(column)} IS NOT NULL" for column in key.columns)
    parent = shapes.tables[key.target].name
    return f"{given} AND NOT EXISTS (SELECT FROM {parent} p WHERE {there})"
