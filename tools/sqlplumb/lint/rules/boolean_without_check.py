"""S111: a boolean that may be anything."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.lint.finding import Found, Rule
from sqlplumb.schema import Column, Schema, Unit


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for column in table.columns.values():
            if column.type in ("bool", "boolean") and not _is_checked(column, table):
                message = f"{column.ref} is called {column.type.upper()} and takes any value"
                instead = f"Say CHECK ({column.ref.shown} IN (0, 1)) beside it."
                yield Found(column.ref, message, instead)


def _is_checked(column: Column, table: Unit) -> bool:
    if column.generated is not None:
        return True
    return any(column.ref.name in check.expression.columns for check in table.checks)


RULE = Rule(
    code="S111",
    name="boolean-without-check",
    severity="info",
    engine="sqlite",
    triggers="A column of type BOOLEAN or BOOL that no CHECK speaks of.",
    harms=(
        "SQLite has no booleans: BOOLEAN is a name for NUMERIC, and 2, 'yes' and 'false' are stored"
        " as they come. `WHERE active = 1` then misses rows that every program takes for true."
    ),
    instead="Say CHECK (column IN (0, 1)) beside it.",
    bad="CREATE TABLE users (id INTEGER PRIMARY KEY, active BOOLEAN NOT NULL DEFAULT 1);",
    good="""\
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    active BOOLEAN NOT NULL DEFAULT 1 CONSTRAINT ck_users_active CHECK (active IN (0, 1))
);""",
    find=find,
)
