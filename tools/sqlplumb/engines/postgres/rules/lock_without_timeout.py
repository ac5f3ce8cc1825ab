"""R411: a statement that waits for its lock for as long as it takes, with all behind it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.postgres.rules.traced import shown, waiting
from sqlplumb.engines.statements import Ran
from sqlplumb.findings import Found, Rule


def find(ran: Ran) -> Iterator[Found]:
    """Tell the first one: what comes behind it needs the same line."""
    if "lock_timeout" in ran.env_words:
        return
    patient = next((at for at, one in enumerate(ran.statements) if _sets_timeout(one)), None)
    before = ran.statements[:patient]
    for trace, lock in waiting(ran):
        if trace.statement in before:
            waits = f"waits for {lock.mode} on {lock.table} without a lock_timeout"
            yield Found(None, f"{shown(trace)}: {waits}")
            return


def _sets_timeout(statement: str) -> bool:
    tokens = list(lex(statement))
    names = ("lock_timeout", "'lock_timeout'")
    is_setting = bool(tokens) and tokens[0].upper in ("SET", "SELECT", "DO")
    return is_setting and any(token.text.lower() in names for token in tokens)


RULE = Rule(
    code="R411",
    name="lock-without-timeout",
    severity="warning",
    judges="revision",
    engines=("postgresql",),
    triggers=(
        "A statement of a revision that takes a lock for which readers or writers of a table wait,"
        " and no lock_timeout is set before it, nor named in env.py."
    ),
    harms=(
        "Behind one long query the statement waits, and behind the statement everybody else does,"
        " also who only reads: minutes of an outage for a change of a millisecond."
    ),
    instead="Say SET LOCAL lock_timeout = '5s' first, and try again.",
    bad="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("ALTER TABLE tasks ADD COLUMN note text")""",
    good="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tasks ADD COLUMN note text")""",
    find=find,
)
