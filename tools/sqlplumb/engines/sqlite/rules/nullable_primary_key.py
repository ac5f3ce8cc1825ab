"""S102: a primary key that accepts NULL, as only SQLite's do."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema, Unit
from sqlplumb.schema.words import enumerate_names
from sqlplumb.understanding.conditions import is_not_null, required


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        key = table.primary_key
        nullable = [name for name in table.key if not _refuses_null(table, name)]
        has_rowid = not table.options.flag("without_rowid")
        if key and nullable and not key.options.flag("rowid_alias") and has_rowid:
            columns = [f"{table.display}.{name}" for name in map(table.spelled, nullable)]
            are = "it is" if len(nullable) == 1 else "they are"
            message = f"{enumerate_names(columns)} may be NULL, although {are} in the primary key"
            yield Found(key.ref, message + _int_is_not_integer(table), place=key.place)


def _int_is_not_integer(table: Unit) -> str:
    columns = [table.columns[name] for name in table.key if name in table.columns]
    if len(columns) == 1 and columns[0].type == "int":
        return ". INT is not INTEGER: this column is not the rowid, and gets no number by itself"
    return ""


def _refuses_null(table: Unit, name: str) -> bool:
    column = table.columns.get(name)
    if column is None or column.not_null or column.generated:
        return True
    rules = (check.expression.canonical for check in table.checks)
    conditions = (condition for rule in rules if "not null" in rule for condition in required(rule))
    return any(is_not_null(condition, (name,)) for condition in conditions)


RULE = Rule(
    code="S102",
    name="nullable-primary-key",
    severity="warning",
    engines=("sqlite",),
    triggers=(
        "A PRIMARY KEY on a column that is not INTEGER and not NOT NULL, in an ordinary table."
        " (STRICT and WITHOUT ROWID tables refuse NULL in their key.)"
    ),
    harms=(
        "SQLite lets NULL into such a key, and as many as you like, for no NULL equals another."
        " Rows without a key cannot be found, joined or referred to, and every other engine"
        " refuses them when the data moves."
    ),
    instead="Say NOT NULL beside the key. For a number that counts itself, write INTEGER in full.",
    bad="CREATE TABLE tasks (task_id TEXT PRIMARY KEY, title TEXT NOT NULL);",
    good="CREATE TABLE tasks (task_id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL);",
    find=find,
)
