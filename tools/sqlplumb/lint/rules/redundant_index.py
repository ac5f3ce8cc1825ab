"""S107: an index whose columns another index begins with."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Index, KeyPart, Schema, Unit


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for index in table.indexes:
            if not index.unique and (longer := _find_longer(index, table)):
                yield Found(index.ref, f"index {index.ref} is the beginning of {longer}")


def _find_longer(index: Index, table: Unit) -> str:
    search_keys = engine(table.schema.engine).search_keys
    own = search_keys(index)
    if index.predicate is None:
        for key in (table.primary_key, *table.unique):
            if key and _begins(own, search_keys(key)):
                is_primary = key is table.primary_key
                return f"the primary key of {table.display}" if is_primary else f"{key.ref}"
    for other in table.indexes:
        if other.predicate == index.predicate and _begins(own, search_keys(other)):
            return f"index {other.ref}"
    return ""


def _begins(short: tuple[KeyPart, ...], long: tuple[KeyPart, ...]) -> bool:
    return len(short) < len(long) and long[: len(short)] == short


RULE = Rule(
    code="S107",
    name="redundant-index",
    severity="info",
    triggers="An index whose terms are the first terms of another index, in the same order.",
    harms=(
        "The longer one answers the same searches, so the shorter one is mostly written for"
        " nothing. It is worth its price only where the longer one is very wide, or where rows must"
        " come out in the order of their number."
    ),
    instead="Drop the shorter one, if no query needs its order.",
    bad="""\
CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX idx_events_kind ON events (kind);
CREATE INDEX idx_events_kind_at ON events (kind, at);""",
    good="""\
CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX idx_events_kind_at ON events (kind, at);""",
    find=find,
)
