"""Q505: a query that asks for rows of a partial index alone, which the engine cannot see."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook
from sqlplumb.understanding.reading import all_of


def find(outlook: QueryOutlook) -> Iterator[Found]:
    """Find the partial indexes that hold every row which the query asks for, and that the engine
    uses only once it is told their predicate."""
    wanted, query = outlook.filter, outlook.query.text
    partial = [index for index in wanted.table.indexes if index.predicate] if wanted else []
    if wanted is None or not partial or wanted.is_never_true(wanted.all):
        return  # where no row can satisfy it, every index holds all of none
    for index in partial:
        predicate = index.predicate
        if predicate is None or predicate.canonical in wanted.conditions:
            continue
        both = all_of((*wanted.conditions, predicate.canonical))
        if wanted.relation(wanted.all, both).verdict != "equal":
            continue
        used = outlook.queries.indexes(query)
        if not used and index.ref.name in outlook.queries.indexes(query, predicate.text):
            message = f"{index.ref} holds every row that this query asks for, and is not used"
            instead = f"Say `{predicate.text}`, in the words of the index."
            place = outlook.query.place_of(wanted.table.name)
            yield Found(None, message, instead, place=place)


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
