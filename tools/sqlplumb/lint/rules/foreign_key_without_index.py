"""S103: a foreign key whose columns no index begins with."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import referred_table
from sqlplumb.schema import Index, Schema, Unit
from sqlplumb.schema.words import enumerate_names


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        indexed = set(_first_columns(table))
        reported: set[tuple[str, ...]] = set()
        for key in table.foreign_keys:
            is_new = referred_table(key, schema) is not None and key.columns not in reported
            if is_new and indexed.isdisjoint(key.columns):
                reported.add(key.columns)
                columns = [f"{table.display}.{table.spelled(name)}" for name in key.columns]
                names = enumerate_names(columns)
                refer, these = ("refers", "it") if len(columns) == 1 else ("refer", "them")
                message = f"{names} {refer} to {key.shown[0]}, and no index begins with {these}"
                yield Found(key.ref, message)


def _first_columns(table: Unit) -> Iterator[str]:
    """Return the columns that rows can be found by."""
    keys = [table.primary_key.columns] if table.primary_key else []
    keys += [unique.columns for unique in table.unique]
    keys += [index.keys for index in table.indexes if _serves_searches(index, table)]
    for parts in keys:
        if not parts[0].is_expression and not parts[0].collation:
            yield parts[0].term


def _serves_searches(index: Index, table: Unit) -> bool:
    """A search for a value implies that it is not NULL, and no other predicate."""
    if index.options.flag("is_invalid"):
        return False  # the database keeps it, and never uses it
    if index.predicate is None:
        return True
    of_engine = engine(table.schema.engine)
    return of_engine.holds_for_values(index.predicate, index.keys[0].term)


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
