"""S105: a foreign key that compares texts with numbers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema

_FAMILIES = {"text": "text", "integer": "number", "real": "number", "numeric": "number"}


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for key in table.foreign_keys:
            target = schema.tables.get(key.target)
            names = (key.target_columns or target.key) if target else ()
            for own, name in zip(key.columns, names, strict=False):
                pair = table.columns.get(own), target.columns.get(name) if target else None
                if pair[0] and pair[1] and _differ(pair[0], pair[1], schema.engine):
                    yield Found(key.ref, _message(pair[0], pair[1]))


def _differ(one: Column, other: Column, engine_name: str) -> bool:
    meaning = engine(engine_name).affinity
    families = [_FAMILIES.get(meaning(column.type), "") for column in (one, other)]
    return all(families) and families[0] != families[1]


def _message(one: Column, other: Column) -> str:
    return (
        f"{one.ref} is {one.type.upper()} and refers to {other.ref}, which is {other.type.upper()}"
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
