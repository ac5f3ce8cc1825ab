"""R412: a table that is written anew while nobody may read it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.rules.traced import has, is_small, shown, words_of
from sqlplumb.engines.statements import Ran
from sqlplumb.findings import Found, Rule

_ADDS = (
    "Add the column without it, set the DEFAULT, and fill the rows in batches: `-- @backfill`"
    " beside it in schema.sql does."
)


def find(ran: Ran) -> Iterator[Found]:
    for trace in ran.traces:
        words = words_of(trace.statement)
        if words[:1] == ["TRUNCATE"]:
            continue  # which leaves nothing to write
        for table in trace.rewrites:
            if not is_small(table, ran):
                message = f"{shown(trace)}: rewrites {table} while nobody reads or writes it"
                instead = _ADDS if has(words, "ADD", "COLUMN") else ""
                yield Found(None, message, instead)


RULE = Rule(
    code="R412",
    name="table-rewrite",
    severity="warning",
    judges="revision",
    engines=("postgresql",),
    triggers=(
        "A statement that gives a table new files: another type, a column with a volatile default,"
        " an identity, a serial, a stored expression. With --database, tables of fewer rows than"
        " `large` are left out."
    ),
    harms=(
        "All rows and all indexes are written under ACCESS EXCLUSIVE, which nobody may read beside."
    ),
    instead=(
        "Add a new column, fill it in batches, and let it take the place of the other"
        " (docs/how-to/change-a-type.md). Or choose an hour for it."
    ),
    bad="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tasks ALTER owner TYPE numeric(20, 2)")""",
    good="""\
# CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);
def upgrade():
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tasks ALTER title TYPE varchar")""",
    find=find,
)
