"""S206: a key that is counted and has room for two thousand million rows at most."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.sequences import WIDTHS, is_counted
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        column = table.columns.get(table.key[0]) if len(table.key) == 1 else None
        if column and WIDTHS.get(column.type, 64) < 64 and is_counted(column):
            last = 2 ** (WIDTHS[column.type] - 1) - 1
            yield Found(column.ref, f"{column.ref} is {column.type}: it counts to {last:,}")


RULE = Rule(
    code="S206",
    name="small-primary-key",
    severity="warning",
    engines=("postgresql",),
    triggers="A primary key of one column that is counted and of type integer or smallint.",
    harms=(
        "When the sequence is at its end, every INSERT fails. Rows that were deleted, rolled back"
        " or refused have used up their numbers as well. To make it wider then rewrites the table,"
        " and each table that refers to it."
    ),
    instead="Say bigint.",
    bad="CREATE TABLE users (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);",
    good="CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);",
    find=find,
)
