"""S209: a policy of a table whose row security is off."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for ref in schema.objects:
        table = schema.tables.get(ref.unit) if ref.kind == "policy" else None
        if table and not table.options.flag("row_security"):
            message = f"policy {ref} does nothing: ROW LEVEL SECURITY of {table.display} is off"
            yield Found(ref, message)


RULE = Rule(
    code="S209",
    name="policy-without-row-security",
    severity="error",
    engines=("postgresql",),
    triggers="A policy of a table that has no ROW LEVEL SECURITY.",
    harms="Whoever reads the schema believes that rows are kept apart, and everybody reads all.",
    instead="Say ALTER TABLE name ENABLE ROW LEVEL SECURITY.",
    bad="""\
CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
CREATE POLICY own_notes ON notes USING (owner = current_user);""",
    good="""\
CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_notes ON notes USING (owner = current_user);""",
    find=find,
)
