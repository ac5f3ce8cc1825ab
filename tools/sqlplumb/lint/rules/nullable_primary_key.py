"""S102: a primary key that lets NULLs in, which is SQLite's own oddity."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.lint.finding import Found, Rule
from sqlplumb.lint.words import listed, named, sides, words
from sqlplumb.schema import Schema, Unit


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        key = table.primary_key
        nullable = [name for name in table.key if not _refuses_null(table, name)]
        has_rowid = not table.options.flag("without_rowid")
        if key and nullable and not key.options.flag("rowid_alias") and has_rowid:
            names = listed([f"{table.display}.{name}" for name in map(table.spelled, nullable)])
            are = "it is" if len(nullable) == 1 else "they are"
            message = f"{names} may be NULL, although {are} in the primary key"
            yield Found(key.ref, message + _misspelled(table), place=key.place)


def _misspelled(table: Unit) -> str:
    columns = [table.columns[name] for name in table.key if name in table.columns]
    if len(columns) == 1 and columns[0].type == "int":
        return ". INT is not INTEGER: this is not the number of the row, and counts nothing"
    return ""


def _refuses_null(table: Unit, name: str) -> bool:
    column = table.columns.get(name)
    if column is None or column.not_null or column.generated:
        return True
    said = (words(check.expression, table.schema) for check in table.checks)
    rules = [rule for check in said for rule in sides(check, "and")]
    return any(rule[1:] == ["is", "not", "null"] and named(rule[0]) == name for rule in rules)


RULE = Rule(
    code="S102",
    name="nullable-primary-key",
    severity="warning",
    engine="sqlite",
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
