"""S103: a foreign key whose own columns no index begins with."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import expression_words
from sqlplumb.schema import ForeignKey, Index, Schema, Unit
from sqlplumb.schema.words import enumerate_names, unquote_name


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        first = list(_first_terms(table))
        seen: set[tuple[str, ...]] = set()
        for key in table.foreign_keys:
            is_new = key.target in schema.tables and key.columns not in seen
            if is_new and not set(key.columns) & set(first):
                seen.add(key.columns)
                yield Found(key.ref, _message(table, key))


def _message(table: Unit, key: ForeignKey) -> str:
    columns = enumerate_names(
        [f"{table.display}.{name}" for name in map(table.spelled, key.columns)]
    )
    refers = "refers" if len(key.columns) == 1 else "refer"
    return f"{columns} {refers} to {key.shown[0]}, and no index begins with that"


def _first_terms(table: Unit) -> Iterator[str]:
    """The columns that rows can be found by."""
    keys = [table.primary_key.columns] if table.primary_key else []
    keys += [unique.columns for unique in table.unique]
    keys += [index.keys for index in table.indexes if _serves(index, table.schema)]
    for parts in keys:
        if not parts[0].is_expression and not parts[0].collation:
            yield parts[0].term


def _serves(index: Index, schema: Schema) -> bool:
    """A search for a value implies that it is not NULL, and no other predicate."""
    predicate = index.predicate
    said = expression_words(predicate, schema) if predicate else []
    not_null = said[1:] == ["is", "not", "null"] and unquote_name(said[0]) == index.keys[0].term
    return predicate is None or not_null


RULE = Rule(
    code="S103",
    name="foreign-key-without-index",
    severity="warning",
    triggers="A foreign key whose columns begin no index, UNIQUE or primary key of their table.",
    harms=(
        "Whenever a row of the referred table is deleted or its key changes, the database reads the"
        " whole referring table, once for each such row, while it holds the lock. Joins from parent"
        " to child read it whole as well."
    ),
    instead="Create an index on the columns of the foreign key.",
    bad="""\
CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id)
);""",
    good="""\
CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id)
);
CREATE INDEX idx_orders_user_id ON orders (user_id);""",
    find=find,
)
