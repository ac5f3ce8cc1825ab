"""S213: money in a type that depends on the session."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema


def find(schema: Schema) -> Iterator[Found]:
    for fact in schema.objects.values():
        if isinstance(fact, Column) and fact.type in ("money", "money[]"):
            yield Found(fact.ref, f"{fact.ref} is {fact.type}")


RULE = Rule(
    code="S213",
    name="money-type",
    severity="info",
    engines=("postgresql",),
    triggers="A column of type money.",
    harms=(
        "It knows no currency: `lc_monetary` of whoever reads it says how many decimals it has and"
        " what sign is printed, so the same row is 1,000 yen and 10 dollars."
    ),
    instead="Say numeric(12, 2), and keep the currency beside it.",
    bad="CREATE TABLE items (id bigint PRIMARY KEY, price money NOT NULL);",
    good="CREATE TABLE items (id bigint PRIMARY KEY, price numeric(12, 2) NOT NULL);",
    find=find,
)
