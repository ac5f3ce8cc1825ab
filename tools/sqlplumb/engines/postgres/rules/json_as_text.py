"""S204: JSON that is stored as its text."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema


def find(schema: Schema) -> Iterator[Found]:
    for fact in schema.objects.values():
        if isinstance(fact, Column) and fact.type in ("json", "json[]"):
            yield Found(fact.ref, f"{fact.ref} is {fact.type}")


RULE = Rule(
    code="S204",
    name="json-as-text",
    severity="info",
    engines=("postgresql",),
    triggers="A column of type json.",
    harms=(
        "It is a text that is parsed anew for each access. It has no equality: SELECT DISTINCT,"
        " GROUP BY and UNION fail on it, and no index finds what is inside."
    ),
    instead="Say jsonb, unless blanks, the order of keys and keys that are there twice must stay.",
    bad="CREATE TABLE events (id bigint PRIMARY KEY, body json NOT NULL);",
    good="CREATE TABLE events (id bigint PRIMARY KEY, body jsonb NOT NULL);",
    find=find,
)
