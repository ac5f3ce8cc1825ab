"""S216: row security that lets nobody but the owner see a row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    with_policies = {ref.unit for ref in schema.objects if ref.kind == "policy"}
    for name, table in schema.tables.items():
        if table.options.flag("row_security") and name not in with_policies:
            yield Found(table.ref, f"table {table.ref} has ROW LEVEL SECURITY and no policy")


RULE = Rule(
    code="S216",
    name="row-security-without-policy",
    severity="info",
    engines=("postgresql",),
    triggers="A table with ROW LEVEL SECURITY that has no policy.",
    harms=(
        "Who is not the owner sees no row and may write none, without an error; the owner sees all,"
        " so tests that run as the owner do not notice."
    ),
    instead="Say CREATE POLICY for whoever may see rows. If that is nobody, ignore this.",
    bad="""\
CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;""",
    good="""\
CREATE TABLE notes (id bigint PRIMARY KEY, owner text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_notes ON notes USING (owner = current_user);""",
    find=find,
)
