"""S217: a trigger that does not fire."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema, Trigger


def find(schema: Schema) -> Iterator[Found]:
    for ref, fact in schema.objects.items():
        if isinstance(fact, Trigger) and fact.options.word("enabled") == "DISABLE":
            yield Found(ref, f"trigger {ref} of {ref.display_unit} is disabled")


RULE = Rule(
    code="S217",
    name="disabled-trigger",
    severity="warning",
    engines=("postgresql",),
    triggers="A trigger that is disabled.",
    harms=(
        "It was put to rest for a change of rows and forgotten: what it should have kept true is"
        " not kept, and nobody is told."
    ),
    instead="Say ALTER TABLE name ENABLE TRIGGER name, or drop it.",
    bad="""\
CREATE TABLE notes (id bigint PRIMARY KEY, at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN new.at := now(); RETURN new; END';
CREATE TRIGGER touched BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE notes DISABLE TRIGGER touched;""",
    good="""\
CREATE TABLE notes (id bigint PRIMARY KEY, at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN new.at := now(); RETURN new; END';
CREATE TRIGGER touched BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();""",
    find=find,
)
