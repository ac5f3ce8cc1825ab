"""S104: a foreign key to a table, a column or a key that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import ForeignKey, Kind, Ref, Schema, Unit
from sqlplumb.schema.words import enumerate_names


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for key in table.foreign_keys:
            if fault := _fault(key, schema):
                columns = enumerate_names([*map(table.spelled, key.columns)])
                yield Found(key.ref, f"{columns} of {table.display} {fault}")


def _fault(key: ForeignKey, schema: Schema) -> str:
    shown = key.shown[0]
    target = schema.tables.get(key.target)
    if target is None and key.ref.neighbor(key.target) in schema.ignored:
        return ""
    if target is None:
        kinds: tuple[Kind, ...] = ("view", "virtual table")
        for kind in kinds:
            if Ref(kind, "", key.target) in schema.objects:
                return f"refers to {shown}, which is a {kind}, not a table"
        return f"refers to {shown}, which is not in this schema"
    spelled = zip(key.target_columns, key.shown[1:], strict=True)
    missing = [column for name, column in spelled if name not in target.columns]
    if missing:
        return f"refers to {shown}, which has no column {enumerate_names(missing)}"
    columns = key.target_columns or target.key
    if not columns:
        return f"refers to the primary key of {shown}, which has none"
    if len(columns) != len(key.columns):
        return f"refers to the primary key of {shown}, which has {len(columns)} columns"
    if not _is_unique(target, columns):
        names = enumerate_names([*map(target.spelled, columns)])
        return f"refers to {names} of {shown}, which no key and no UNIQUE makes unique"
    return ""


def _is_unique(target: Unit, columns: tuple[str, ...]) -> bool:
    """A key must have exactly these columns, no predicate, and the columns' own collations."""
    keys = [target.primary_key.columns] if target.primary_key else []
    keys += [unique.columns for unique in target.unique]
    keys += [index.keys for index in target.indexes if index.unique and index.predicate is None]
    plain = [parts for parts in keys if not any(part.collation for part in parts)]
    return any(sorted(part.term for part in parts) == sorted(columns) for parts in plain)


RULE = Rule(
    code="S104",
    name="foreign-key-target",
    severity="error",
    engines=("sqlite",),
    triggers="A foreign key to a table or column that does not exist, or is not unique.",
    harms=(
        "CREATE TABLE succeeds. Then, on every connection that has said PRAGMA foreign_keys = ON,"
        " INSERT, UPDATE or DELETE fails with `no such table` or `foreign key mismatch`; on all"
        " others nothing is checked."
    ),
    instead="Correct the name, or make what it refers to the primary key or UNIQUE.",
    bad="""\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
CREATE TABLE logins (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE REFERENCES users (email)
);""",
    good="""\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, UNIQUE (email));
CREATE TABLE logins (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE REFERENCES users (email)
);""",
    find=find,
)
