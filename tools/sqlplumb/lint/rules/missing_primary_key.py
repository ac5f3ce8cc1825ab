"""S101: a table whose rows have no key."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import non_null_columns
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        if table.primary_key or not table.columns or table.options.word("server"):
            continue  # what another server holds can have no key here
        # UNIQUE over columns that are never NULL is a key in all but name.
        keys = [unique.columns for unique in table.unique]
        keys += [index.keys for index in table.indexes if index.unique and index.predicate is None]
        not_null = non_null_columns(table)
        if not any(all(part.term in not_null for part in key) for key in keys):
            yield Found(table.ref, f"table {table.ref} has no primary key")


RULE = Rule(
    code="S101",
    name="missing-primary-key",
    severity="warning",
    triggers="A table without a PRIMARY KEY, and without a UNIQUE over NOT NULL columns.",
    harms=(
        "Two rows may be the same in every column. Then neither can be updated, deleted or referred"
        " to alone, an ORM cannot map the table, and a replica cannot tell which of them changed."
    ),
    instead="Give it a key: what identifies a row in its own world, or a number that is counted.",
    bad="CREATE TABLE readings (sensor TEXT NOT NULL, taken_at TEXT NOT NULL, value REAL);",
    good="""\
CREATE TABLE readings (
    sensor TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (sensor, taken_at)
);""",
    find=find,
)
