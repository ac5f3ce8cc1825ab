"""R415: a foreign key whose rows are all looked at while writers wait."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.rules.traced import has, is_small, shown, words_of
from sqlplumb.engines.statements import Ran
from sqlplumb.findings import Found, Rule


def find(ran: Ran) -> Iterator[Found]:
    for trace in ran.traces:
        words = words_of(trace.statement)
        is_key = has(words, "FOREIGN", "KEY") and words[:2] == ["ALTER", "TABLE"]
        waits = [lock.table for lock in trace.locks if lock.blocks]
        if is_key and not has(words, "NOT", "VALID") and not all(is_small(t, ran) for t in waits):
            message = f"{shown(trace)}: whoever writes to {' or '.join(waits)} waits"
            yield Found(None, f"{message} until all rows are looked at")


RULE = Rule(
    code="R415",
    name="foreign-key-validated-at-once",
    severity="warning",
    judges="revision",
    engines=("postgresql",),
    triggers=("A foreign key that is added to a table that was there before, and not NOT VALID."),
    harms=("Both tables take no rows until each row of one is looked up in the other."),
    instead="Add it NOT VALID, and say VALIDATE CONSTRAINT in another transaction.",
    bad="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tasks ADD FOREIGN KEY (owner) REFERENCES tasks (id)")""",
    good="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tasks ADD FOREIGN KEY (owner) REFERENCES tasks (id) NOT VALID")""",
    find=find,
)
