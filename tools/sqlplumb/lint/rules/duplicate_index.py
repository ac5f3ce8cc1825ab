"""S106: an index that another index, a UNIQUE or the primary key is already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Index, KeyPart, Schema, Unit


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for place, index in enumerate(table.indexes):
            if twin := _twin(index, table.indexes[:place], table):
                message = f"index {index.ref} does again what {twin} does"
                yield Found(
                    index.ref, message, f"Drop {index.ref}: {twin} serves the same queries."
                )


def _twin(index: Index, earlier: Sequence[Index], table: Unit) -> str:
    for one, name in _constraints(table):
        if index.predicate is None and _same(index.keys, one):
            return name
    for other in table.indexes:
        if other.ref != index.ref and _replaces(other, index, other in earlier):
            return f"index {other.ref}"
    return ""


def _constraints(table: Unit) -> Iterator[tuple[tuple[KeyPart, ...], str]]:
    if table.primary_key:
        yield table.primary_key.columns, f"the primary key of {table.display}"
    for unique in table.unique:
        yield unique.columns, f"{unique.ref}"


def _replaces(other: Index, index: Index, is_earlier: bool) -> bool:
    """Of two that are the same, the unique one stays, and else the first."""
    if other.predicate != index.predicate or not _same(other.keys, index.keys):
        return False
    return other.unique and not index.unique if other.unique != index.unique else is_earlier


def _same(one: tuple[KeyPart, ...], other: tuple[KeyPart, ...]) -> bool:
    """An index on one column is read in both directions."""
    if len(one) == len(other) == 1:
        return (one[0].term, one[0].collation) == (other[0].term, other[0].collation)
    return one == other


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
