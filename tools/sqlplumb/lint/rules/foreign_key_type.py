"""S105: a foreign key that compares text with numbers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import referred_table
from sqlplumb.schema import Schema

_FAMILIES = {"text": "text", "integer": "number", "real": "number", "numeric": "number"}


def find(schema: Schema) -> Iterator[Found]:
    type_family = engine(schema.engine).type_family
    for table in schema.tables.values():
        for key in table.foreign_keys:
            target = referred_table(key, schema)
            if target is None:
                continue
            target_names = key.target_columns or target.key
            for name, target_name in zip(key.columns, target_names, strict=False):
                column, referred = table.columns.get(name), target.columns.get(target_name)
                if column is None or referred is None:
                    continue
                left, right = (
                    _FAMILIES.get(type_family(side.type), "") for side in (column, referred)
                )
                if left and right and left != right:
                    yield Found(
                        key.ref,
                        f"{column.ref} is {column.type.upper()} and refers to {referred.ref},"
                        f" which is {referred.type.upper()}",
                    )


RULE = Rule(
    code="S105",
    name="foreign-key-type",
    severity="warning",
    triggers="A foreign key between a column that holds text and one that holds numbers.",
    harms=(
        "What is stored on the two sides is not the same value: '007' and 7 are one key to the"
        " constraint and two to a program. Comparisons convert, so an index may not be used, and an"
        " engine with real types refuses the constraint."
    ),
    instead="Give both columns the same type.",
    bad="""\
CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE REFERENCES users (id)
);""",
    good="""\
CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL UNIQUE REFERENCES users (id)
);""",
    find=find,
)
