"""S203: a text that is filled up with blanks."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema


def find(schema: Schema) -> Iterator[Found]:
    for fact in schema.objects.values():
        if isinstance(fact, Column) and fact.type.startswith("character("):
            yield Found(fact.ref, f"{fact.ref} is {fact.type}, which is filled up with blanks")


RULE = Rule(
    code="S203",
    name="padded-text",
    severity="info",
    engines=("postgresql",),
    triggers="A column of type char(n).",
    harms=(
        "Each value is stored with blanks up to its length, and compared without them: LIKE, length"
        " and programs see another value than `=` does. It is neither shorter nor faster than text."
    ),
    instead="Say text, with a CHECK where the length matters.",
    bad="CREATE TABLE countries (code char(2) PRIMARY KEY, name text);",
    good="CREATE TABLE countries (code text PRIMARY KEY CHECK (length(code) = 2), name text);",
    find=find,
)
