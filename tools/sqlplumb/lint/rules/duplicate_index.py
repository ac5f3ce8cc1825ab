"""S106: an index that repeats another index, a UNIQUE or the primary key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Index, KeyPart, Schema, Unit


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for position, index in enumerate(table.indexes):
            if twin := _find_twin(index, table.indexes[:position], table):
                message = f"index {index.ref} repeats {twin}"
                instead = f"Drop {index.ref}: {twin} serves the same queries."
                yield Found(index.ref, message, instead)


def _find_twin(index: Index, earlier: Sequence[Index], table: Unit) -> str:
    search_keys = engine(table.schema.engine).search_keys
    own = search_keys(index)
    keys = [(search_keys(unique), str(unique.ref)) for unique in table.unique]
    if table.primary_key:
        keys.insert(0, (search_keys(table.primary_key), f"the primary key of {table.display}"))
    for parts, name in keys:
        if index.predicate is None and _is_same_key(own, parts):
            return name
    for other in table.indexes:
        if other.ref == index.ref or other.predicate != index.predicate:
            continue
        if _is_same_key(search_keys(other), own):
            # Of two equal indexes the unique one stays, or else the first.
            is_equal = other.unique == index.unique
            if other in earlier if is_equal else other.unique:
                return f"index {other.ref}"
    return ""


def _is_same_key(left: tuple[KeyPart, ...], right: tuple[KeyPart, ...]) -> bool:
    """Compare two keys; an index on one column can be read in both directions."""
    if len(left) == len(right) == 1:
        return (left[0].term, left[0].collation) == (right[0].term, right[0].collation)
    return left == right


RULE = Rule(
    code="S106",
    name="duplicate-index",
    severity="warning",
    triggers="An index on the same terms as another index, a UNIQUE or the primary key.",
    harms="Every INSERT, UPDATE and DELETE writes it as well; no query is faster for it.",
    instead="Drop it. A primary key and a UNIQUE bring their own index.",
    bad="""\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);
CREATE INDEX idx_users_email ON users (email);""",
    good="CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);",
    find=find,
)
