"""R414: an index that is built while writers wait."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.rules.traced import is_small, shown, waiting, words_of
from sqlplumb.engines.statements import Ran
from sqlplumb.findings import Found, Rule


def find(ran: Ran) -> Iterator[Found]:
    for trace, lock in waiting(ran):
        words = words_of(trace.statement)
        is_built = words[:1] == ["REINDEX"] or (words[:1] == ["CREATE"] and "INDEX" in words[1:3])
        if is_built and lock.mode == "SHARE" and not is_small(lock.table, ran):
            yield Found(None, f"{shown(trace)}: whoever writes to {lock.table} waits")


RULE = Rule(
    code="R414",
    name="index-not-concurrently",
    severity="warning",
    judges="revision",
    engines=("postgresql",),
    triggers=("CREATE INDEX or REINDEX without CONCURRENTLY, on a table that was there before."),
    harms=("No row is written until the whole table is read and sorted."),
    instead="Say CONCURRENTLY, in an `autocommit_block()` of a revision of its own.",
    bad="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE INDEX tasks_owner ON tasks (owner)")""",
    good="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("CREATE TABLE notes (id bigint PRIMARY KEY, owner bigint)")
    op.execute("CREATE INDEX notes_owner ON notes (owner)")""",
    find=find,
)
