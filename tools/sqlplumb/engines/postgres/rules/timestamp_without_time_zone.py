"""S201: a moment that nobody can tell from its text."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema


def find(schema: Schema) -> Iterator[Found]:
    for fact in schema.objects.values():
        if (
            isinstance(fact, Column)
            and fact.type.startswith("timestamp")
            and fact.type.endswith("without time zone")
        ):
            yield Found(fact.ref, f"{fact.ref} is a timestamp without time zone")


RULE = Rule(
    code="S201",
    name="timestamp-without-time-zone",
    severity="info",
    engines=("postgresql",),
    triggers="A column of type timestamp, which has no time zone.",
    harms=(
        "It stores what a clock on a wall showed, and not where: now() is written in the time zone"
        " of whatever session writes it. Two sessions write hours that differ, and one hour of each"
        " autumn is there twice."
    ),
    instead="Say timestamptz, which stores the moment, and takes no more room.",
    bad="CREATE TABLE notes (id bigint PRIMARY KEY, at timestamp NOT NULL DEFAULT now());",
    good="CREATE TABLE notes (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());",
    find=find,
)
