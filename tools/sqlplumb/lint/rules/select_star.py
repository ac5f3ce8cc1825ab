"""Q503: a `SELECT *`, or an INSERT without columns, over a table whose columns change."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create, Drop, Rename
from sqlplumb.engines.queries import QueryFacts
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook


def find(outlook: QueryOutlook) -> Iterator[Found]:
    facts = outlook.current
    if not isinstance(facts, QueryFacts) or outlook.breaks:
        return
    for table in sorted(facts.stars):
        changes = [
            f"{change.ref.display} {_VERBS[type(change)]}"
            for change in outlook.changes
            if isinstance(change, Create | Drop | Rename)
            and change.ref.kind == "column"
            and table in (change.ref.table, change.ref.unit)
        ]
        if changes:
            message = f"* gives other columns of {table} than before: {', '.join(changes)}"
            yield Found(None, message, place=outlook.query.place_of("*"))


_VERBS = {Create: "comes", Drop: "goes", Rename: "has another name"}

RULE = Rule(
    code="Q503",
    name="select-star",
    severity="warning",
    judges="query",
    triggers="A `SELECT *` over a table whose columns the pending change adds, drops or renames.",
    harms="The program gets other columns than it was written for; what unpacks rows by position"
    " breaks, or takes one value for another.",
    instead="Name the columns that the program uses.",
    bad="""\
-- current
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER);
-- desired
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER, note TEXT);
-- query
SELECT * FROM orders WHERE id = ?""",
    good="""\
-- current
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER);
-- desired
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER, note TEXT);
-- query
SELECT id, total, count(*) OVER () FROM orders WHERE id = ?""",
    find=find,
)
