"""R416: an index that is dropped while whoever reads the table waits behind it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.rules.traced import is_small, shown, waiting, words_of
from sqlplumb.engines.statements import Ran
from sqlplumb.findings import Found, Rule


def find(ran: Ran) -> Iterator[Found]:
    for trace, lock in waiting(ran):
        is_dropped = words_of(trace.statement)[:2] == ["DROP", "INDEX"]
        if is_dropped and not is_small(lock.table, ran):
            message = f"{shown(trace)}: whoever reads {lock.table} waits behind it"
            yield Found(None, f"{message}, until those who read now are done")


RULE = Rule(
    code="R416",
    name="index-dropped-not-concurrently",
    severity="info",
    judges="revision",
    engines=("postgresql",),
    triggers="DROP INDEX without CONCURRENTLY, on a table that was there before.",
    harms="It waits for all queries on the table, and new ones wait behind it.",
    instead="Say CONCURRENTLY, in an `autocommit_block()` of a revision of its own.",
    bad="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
# CREATE INDEX tasks_owner ON tasks (owner);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX tasks_owner")""",
    good="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE TABLE notes (id bigint PRIMARY KEY, owner bigint)")
    op.execute("CREATE INDEX notes_owner ON notes (owner)")
    op.execute("DROP INDEX notes_owner")""",
    find=find,
)
