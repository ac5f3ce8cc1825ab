"""S202: a column that is counted by a sequence of its own."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.sequences import owned_sequences
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema


def find(schema: Schema) -> Iterator[Found]:
    owned = owned_sequences(schema)
    for fact in schema.objects.values():
        if isinstance(fact, Column) and fact.ref in owned:
            yield Found(fact.ref, f"{fact.ref} is a serial")


RULE = Rule(
    code="S202",
    name="serial-column",
    severity="info",
    engines=("postgresql",),
    triggers="A column of type serial, bigserial or smallserial.",
    harms=(
        "It is three things that only look like one: the sequence has rights of its own, which who"
        " may write the table does not have, and any INSERT may give a value that the sequence will"
        " give again."
    ),
    instead="Say bigint GENERATED ALWAYS AS IDENTITY.",
    bad="CREATE TABLE users (id bigserial PRIMARY KEY, name text);",
    good="CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);",
    find=find,
)
