"""Q503: a `SELECT *`, or an INSERT without columns, over a table or a view whose columns change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.changes import Change, Create, Drop, Rename
from sqlplumb.engines.queries import QueryFacts
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook


def find(outlook: QueryOutlook) -> Iterator[Found]:
    current, desired = outlook.current, outlook.desired
    if not isinstance(current, QueryFacts) or outlook.breaks:
        return
    for table, columns in current.stars.items():
        then = desired.stars.get(table, columns) if isinstance(desired, QueryFacts) else columns
        changes = [*_changes(outlook, table)] or [*_differences(columns, then)]
        if changes:
            message = f"* gives other columns of {table} than before: {', '.join(changes)}"
            yield Found(None, message, place=outlook.query.place_of("*"))


def _changes(outlook: QueryOutlook, table: str) -> Iterator[str]:
    for change in outlook.changes:
        is_column = isinstance(change, Create | Drop | Rename) and change.ref.kind == "column"
        if is_column and table in (change.ref.table, change.ref.unit):
            yield f"{change.ref.display} {_VERBS[type(change)]}"


def _differences(current: Sequence[str], desired: Sequence[str]) -> Iterator[str]:
    """What becomes of the columns of a view, which are no objects of their own."""
    yield from (f"{name} comes" for name in desired if name not in current)
    yield from (f"{name} goes" for name in current if name not in desired)
    kept = [name for name in current if name in desired]
    if kept != [name for name in desired if name in current]:
        yield "their order is another"


_VERBS: dict[type[Change], str] = {
    Create: "comes",
    Drop: "goes",
    Rename: "has another name",
}

RULE = Rule(
    code="Q503",
    name="select-star",
    severity="warning",
    judges="query",
    triggers="A `SELECT *` over a table or a view whose columns the pending change adds, drops or"
    " renames.",
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
