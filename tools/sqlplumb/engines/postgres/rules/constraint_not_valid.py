"""S212: a rule that stored rows were never held to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.options import RuleOptions
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for ref, fact in schema.objects.items():
        options = fact.options
        if not isinstance(options, RuleOptions) or not options.not_valid:
            continue
        if "NOT ENFORCED" not in options.definition:  # which nobody is held to
            yield Found(ref, f"{ref.kind} {ref} is NOT VALID: rows may be there that break it")


RULE = Rule(
    code="S212",
    name="constraint-not-valid",
    severity="info",
    engines=("postgresql",),
    triggers="A CHECK or a foreign key that is NOT VALID.",
    harms=(
        "Rows of before may break it: an UPDATE of another column of such a row fails, the planner"
        " does not rely on it, and a dump of it cannot be trusted to be sound."
    ),
    instead="Mend the rows, and say ALTER TABLE name VALIDATE CONSTRAINT name.",
    bad="""\
CREATE TABLE tasks (id bigint PRIMARY KEY, priority integer);
ALTER TABLE tasks ADD CONSTRAINT ck_priority CHECK (priority > 0) NOT VALID;""",
    good="""\
CREATE TABLE tasks (id bigint PRIMARY KEY, priority integer);
ALTER TABLE tasks ADD CONSTRAINT ck_priority CHECK (priority > 0);""",
    find=find,
)
