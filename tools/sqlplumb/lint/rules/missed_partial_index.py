"""Q505: a query that asks for rows of a partial index alone, which the engine cannot see."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.engines.queries import QueryFacts
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook
from sqlplumb.understanding.relation import relation
from sqlplumb.understanding.tree import all_of


def find(outlook: QueryOutlook) -> Iterator[Found]:
    """Find the partial indexes that hold every row which the query asks for, and that the engine
    uses only once it is told their predicate."""
    asked = outlook.desired.asked if isinstance(outlook.desired, QueryFacts) else None
    if asked is None or not asked.conditions:
        return
    unit = outlook.schema.unit(asked.table)
    if not any(index.predicate for index in unit.indexes):
        return
    evaluator = engine(outlook.schema.engine).evaluator(unit, unit)
    given = [check.expression.canonical for check in unit.checks]
    filtered = all_of(asked.conditions)
    query = outlook.query.text
    if relation(filtered, "0", evaluator, purpose="filter", given=given).verdict == "equal":
        return  # no row can satisfy it, and every index holds all of none
    for index in unit.indexes:
        predicate = index.predicate
        if predicate is None or predicate.canonical in asked.conditions:
            continue
        both = all_of((*asked.conditions, predicate.canonical))
        if relation(filtered, both, evaluator, purpose="filter", given=given).verdict != "equal":
            continue
        used = outlook.queries.indexes(query)
        if not used and index.ref.name in outlook.queries.indexes(query, predicate.text):
            message = f"{index.ref} holds every row that this query asks for, and is not used"
            instead = f"Say `{predicate.text}`, in the words of the index."
            yield Found(None, message, instead, place=outlook.query.place_of(asked.table))


RULE = Rule(
    code="Q505",
    name="missed-partial-index",
    severity="warning",
    judges="query",
    triggers="A query that provably asks for rows of a partial index alone, in other words than"
    " its predicate.",
    harms="The engine compares words, not meanings: it reads the whole table, although an index"
    " has just these rows.",
    instead="Say the condition in the words of the index.",
    bad="""\
-- desired
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    name TEXT
);
CREATE INDEX tasks_active ON tasks (name) WHERE active = 1;
-- query
SELECT name FROM tasks WHERE active ORDER BY name""",
    good="""\
-- desired
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    name TEXT
);
CREATE INDEX tasks_active ON tasks (name) WHERE active = 1;
-- query
SELECT name FROM tasks WHERE active = 1 ORDER BY name""",
    find=find,
)
