"""S110: CHECKs and UNIQUEs without a name, reported once for each table."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema
from sqlplumb.schema.words import enumerate_names

_SHOWN = 4


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        constraints = (*table.checks, *table.unique)
        unnamed = [constraint for constraint in constraints if not constraint.ref.shown]
        if unnamed:
            first = min(unnamed, key=lambda fact: fact.place.line if fact.place else 0)
            names = [constraint.ref.display for constraint in unnamed[:_SHOWN]]
            names += [f"{len(unnamed) - _SHOWN} more"] if len(unnamed) > _SHOWN else []
            have = "has" if len(unnamed) == 1 else "have"
            yield Found(first.ref, f"{enumerate_names(names)} of {table.display} {have} no name")


RULE = Rule(
    code="S110",
    name="unnamed-constraint",
    severity="info",
    triggers="A CHECK or UNIQUE without CONSTRAINT and a name. Told once for each table.",
    harms=(
        "Nobody can say which rule a row broke, no migration can drop it by name, and Alembic's"
        " batch mode loses an unnamed CHECK when it reflects the table."
    ),
    instead="Write CONSTRAINT and a name before it.",
    bad="CREATE TABLE tasks (id INTEGER PRIMARY KEY, priority INTEGER CHECK (priority > 0));",
    good="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    priority INTEGER CONSTRAINT ck_tasks_priority CHECK (priority > 0)
);""",
    find=find,
)
