"""S120: a partial index whose predicate holds for no row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema
from sqlplumb.understanding.conditions import compares_with_null
from sqlplumb.understanding.relation import relation


def find(schema: Schema) -> Iterator[Found]:
    """Find them by the types and CHECKs of their tables. What compares with NULL is S108."""
    for table in schema.tables.values():
        given = [check.expression.canonical for check in table.checks]
        for index in table.indexes:
            predicate = index.predicate
            if predicate is None or compares_with_null(predicate.canonical):
                continue
            evaluator = engine(schema.engine).evaluator(table, table)
            outcome = relation(predicate.canonical, "0", evaluator, purpose="filter", given=given)
            if outcome.verdict == "equal":
                message = f"index {index.ref}: no row can satisfy WHERE {predicate.text}"
                yield Found(index.ref, message)


RULE = Rule(
    code="S120",
    name="empty-index",
    severity="warning",
    triggers="A partial index whose predicate no row can satisfy, by types and CHECKs.",
    harms="The index stays empty, and the queries that it was made for read the whole table.",
    instead="Compare with a value that the column can hold.",
    bad="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CONSTRAINT ck_status CHECK (status IN ('open', 'done'))
);
CREATE INDEX idx_tasks_open ON tasks (id) WHERE status = 'OPEN';""",
    good="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CONSTRAINT ck_status CHECK (status IN ('open', 'done'))
);
CREATE INDEX idx_tasks_open ON tasks (id) WHERE status = 'open';""",
    find=find,
    by_table=True,
)
