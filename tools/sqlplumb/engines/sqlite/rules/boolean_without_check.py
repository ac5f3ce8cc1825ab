"""S111: a boolean column that accepts any value."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema, Unit


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for column in table.columns.values():
            if column.type in ("bool", "boolean") and not _is_checked(column, table):
                message = f"{column.ref} is declared {column.type.upper()} and accepts any value"
                instead = f"Add CHECK ({column.ref.shown} IN (0, 1)) to the column."
                yield Found(column.ref, message, instead)


def _is_checked(column: Column, table: Unit) -> bool:
    checks = (check.expression.columns for check in table.checks)
    return column.generated is not None or any(column.ref.name in names for names in checks)


RULE = Rule(
    code="S111",
    name="boolean-without-check",
    severity="info",
    engines=("sqlite",),
    off_with_models=(
        "SQLAlchemy's own Boolean writes 0 and 1 and refuses other values, and adds a CHECK where"
        " it is told `create_constraint=True`. What else writes to the database may still write"
        " anything."
    ),
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
