"""S205: a text whose limit is a part of its type."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema


def find(schema: Schema) -> Iterator[Found]:
    for fact in schema.objects.values():
        if isinstance(fact, Column) and fact.type.startswith("character varying("):
            yield Found(fact.ref, f"{fact.ref} is {fact.type}: to shorten it rewrites the table")


RULE = Rule(
    code="S205",
    name="varchar-limit",
    severity="info",
    engines=("postgresql",),
    triggers="A column of type varchar(n).",
    harms=(
        "It is stored as text is, so nothing is saved. To shorten it later rewrites the table while"
        " nobody reads it, and views over it are in the way of any change."
    ),
    instead="Say text, with a CHECK where a limit is meant: it comes and goes without a rewrite.",
    bad="CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50));",
    good="CREATE TABLE users (id bigint PRIMARY KEY, name text CHECK (length(name) <= 50));",
    find=find,
)
