"""S121: a CHECK that another CHECK of its table implies."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import describe_object
from sqlplumb.schema import Check, Schema, Unit
from sqlplumb.understanding.evaluator import Evaluator
from sqlplumb.understanding.relation import relation


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        if len(table.checks) > 1:
            evaluator = engine(schema.engine).evaluator(table, table)
            yield from _find_implied(table, evaluator)


def _find_implied(table: Unit, evaluator: Evaluator) -> Iterator[Found]:
    """Of two that mean the same, the second is told. One that refuses no row is S119."""
    for number, check in enumerate(table.checks):
        for other_number, other in enumerate(table.checks):
            if number == other_number or not _speaks_of(check, other):
                continue
            rules = other.expression.canonical, check.expression.canonical
            verdict = relation(rules[0], rules[1], evaluator).verdict
            is_implied = verdict == "looser" or (verdict == "equal" and other_number < number)
            if is_implied and relation(rules[1], "1", evaluator).verdict != "equal":
                message = f"{describe_object(check)} refuses nothing that {describe_object(other)}"
                yield Found(check.ref, f"{message} does not refuse")
                break


def _speaks_of(check: Check, other: Check) -> bool:
    """Does the other rule read all columns that this one reads?"""
    columns = check.expression.columns
    return bool(columns) and columns <= other.expression.columns


RULE = Rule(
    code="S121",
    name="implied-check",
    severity="info",
    triggers="A CHECK that refuses only rows which another CHECK of its table refuses as well.",
    harms=(
        "Two rules say one thing. Somebody will loosen one of them, and wonder why nothing is"
        " accepted that was not."
    ),
    instead="Keep the stricter one, or the one that says it best.",
    bad="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    priority INTEGER NOT NULL,
    CONSTRAINT ck_priority CHECK (priority BETWEEN 1 AND 5),
    CONSTRAINT ck_positive CHECK (priority > 0)
);""",
    good="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    priority INTEGER NOT NULL,
    CONSTRAINT ck_priority CHECK (priority BETWEEN 1 AND 5)
);""",
    find=find,
    by_table=True,
)
