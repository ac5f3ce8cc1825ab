"""Q504: a condition that no row can satisfy."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook
from sqlplumb.understanding.reading import read_tree
from sqlplumb.understanding.tree import columns


def find(outlook: QueryOutlook) -> Iterator[Found]:
    """Find a condition that is never true by the types and CHECKs of its table, or two that
    exclude each other. `WHERE 0`, which reads no column, is meant."""
    wanted = outlook.filter
    if wanted is None:
        return
    conditions = wanted.conditions
    for condition in (*conditions, *([wanted.all] if len(conditions) > 1 else ())):
        tree = read_tree(condition)
        if tree and columns(tree) and wanted.is_never_true(condition):
            message = f"no row of {wanted.table.display} can satisfy {tree.text}"
            yield Found(None, message, place=outlook.query.place_of(min(columns(tree))))
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
