"""R413: a table that is read whole while nobody may read it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.rules.traced import has, is_small, shown, waiting, words_of
from sqlplumb.engines.statements import Ran
from sqlplumb.findings import Found, Rule

_WAYS = {
    ("NOT", "NULL"): (
        "Prove it first: ADD CONSTRAINT name CHECK (column IS NOT NULL) NOT VALID, then VALIDATE"
        " CONSTRAINT in another transaction, then SET NOT NULL."
    ),
    ("CHECK",): "Add it NOT VALID, and VALIDATE CONSTRAINT in another transaction.",
    ("UNIQUE",): "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT name UNIQUE USING INDEX.",
    ("PRIMARY", "KEY"): (
        "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT name PRIMARY KEY USING INDEX."
    ),
}


def find(ran: Ran) -> Iterator[Found]:
    for trace, lock in waiting(ran):
        is_read = lock.table in trace.scans and lock.table not in trace.rewrites
        if is_read and lock.blocks == "readers and writers" and not is_small(lock.table, ran):
            words = words_of(trace.statement)
            is_alter = words[:2] == ["ALTER", "TABLE"]
            ways = (way for said, way in _WAYS.items() if is_alter and has(words, *said))
            message = f"{shown(trace)}: reads all of {lock.table} under {lock.mode}"
            yield Found(None, message, next(ways, ""))


RULE = Rule(
    code="R413",
    name="scan-under-lock",
    severity="warning",
    judges="revision",
    engines=("postgresql",),
    triggers=(
        "A statement that reads a table from end to end under ACCESS EXCLUSIVE, which it took"
        " itself or one before it in the transaction: a CHECK, UNIQUE or PRIMARY KEY that is"
        " added, SET NOT NULL, ATTACH PARTITION, an UPDATE behind an ALTER TABLE."
    ),
    harms=("Nobody reads or writes the table for as long as that takes."),
    instead="Do it in a transaction of its own, without that lock.",
    bad="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tasks ADD CONSTRAINT ck_owner CHECK (owner > 0)")""",
    good="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tasks ADD CONSTRAINT ck_owner CHECK (owner > 0) NOT VALID")""",
    find=find,
)
