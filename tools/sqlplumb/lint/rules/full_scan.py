"""Q506: a query with a condition that reads every row of a large table."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook


def find(outlook: QueryOutlook) -> Iterator[Found]:
    for table, rows in outlook.scanned.items():
        message = f"all {rows:,} rows of {table} are read: no index fits its condition"
        yield Found(None, message, place=outlook.query.place_of(table))


RULE = Rule(
    code="Q506",
    name="full-scan",
    severity="warning",
    judges="query",
    triggers="With `--database URL`: a query with a WHERE reads every row of a table that holds"
    " many (`large` in the settings), by the engine's own plan.",
    harms="It becomes slower with each row that is stored, and holds up whoever waits for it.",
    instead="Create an index on the columns of its condition, or write the condition so that one"
    " fits.",
    bad="""\
-- desired
CREATE TABLE events (id INTEGER PRIMARY KEY, task_id TEXT, at TEXT);
-- query
SELECT at FROM events WHERE task_id = ?""",
    good="""\
-- desired
CREATE TABLE events (id INTEGER PRIMARY KEY, task_id TEXT, at TEXT);
CREATE INDEX events_task ON events (task_id);
-- query
SELECT at FROM events WHERE task_id = ?""",
    find=find,
)
