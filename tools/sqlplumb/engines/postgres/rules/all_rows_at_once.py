"""R417: all rows of a table that are changed in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.parse.effects import unit_named
from sqlplumb.engines.postgres.parse.row_changes import row_changes
from sqlplumb.engines.postgres.rules.traced import is_small, shown, words_of
from sqlplumb.engines.statements import Ran
from sqlplumb.findings import Found, Rule


def find(ran: Ran) -> Iterator[Found]:
    for trace in ran.traces:
        if words_of(trace.statement)[:1] not in (["UPDATE"], ["DELETE"]):
            continue
        for change in row_changes(trace.statement):
            table = unit_named(change.tables[0])
            is_old = table in {lock.table for lock in trace.locks} | {*trace.scans}
            if is_old and not (change.where or is_small(table, ran)):
                message = f"{shown(trace)}: every row of {table} is locked until the commit"
                yield Found(None, message)


RULE = Rule(
    code="R417",
    name="all-rows-at-once",
    severity="info",
    judges="revision",
    engines=("postgresql",),
    triggers="UPDATE or DELETE without WHERE, on a table that was there before.",
    harms="Whoever writes to a row waits until all are done, and the table doubles meanwhile.",
    instead="Change some thousand rows at a time, each in a transaction: `-- @backfill` does so.",
    bad="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("UPDATE tasks SET owner = 1")""",
    good="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("UPDATE tasks SET owner = 1 WHERE owner IS NULL")""",
    find=find,
)
