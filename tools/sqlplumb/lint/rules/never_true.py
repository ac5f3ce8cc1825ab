"""Q504: a condition that no row can satisfy."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.engines.queries import QueryFacts
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook
from sqlplumb.understanding.relation import relation
from sqlplumb.understanding.tree import all_of, columns, read_tree


def find(outlook: QueryOutlook) -> Iterator[Found]:
    """Find a condition that is never true by the types and CHECKs of its table, or two that
    exclude each other. `WHERE 0`, which reads no column, is meant."""
    asked = outlook.desired.asked if isinstance(outlook.desired, QueryFacts) else None
    if asked is None or not asked.conditions:
        return
    unit = outlook.schema.unit(asked.table)
    evaluator = engine(outlook.schema.engine).evaluator(unit, unit)
    given = [check.expression.canonical for check in unit.checks]
    together = all_of(asked.conditions)
    for condition in (*asked.conditions, *([together] if len(asked.conditions) > 1 else ())):
        tree = read_tree(condition)
        if tree is None or not columns(tree):
            continue
        if relation(condition, "0", evaluator, purpose="filter", given=given).verdict == "equal":
            name = min(columns(tree))
            message = f"no row of {unit.display} can satisfy {tree.text}"
            yield Found(None, message, place=outlook.query.place_of(name))
            return


RULE = Rule(
    code="Q504",
    name="never-true",
    severity="warning",
    judges="query",
    triggers="A condition that no row can satisfy, by the types and CHECKs of its table.",
    harms="The query finds nothing, and nobody is told: a misspelt value looks like an empty"
    " table.",
    instead="Compare with a value that the column can hold.",
    bad="""\
-- desired
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('NEW', 'DONE'))
);
-- query
SELECT id FROM tasks WHERE status = 'DON' AND id > ?""",
    good="""\
-- desired
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('NEW', 'DONE'))
);
-- query
SELECT id FROM tasks WHERE status = 'DONE' AND id > ?""",
    find=find,
)
