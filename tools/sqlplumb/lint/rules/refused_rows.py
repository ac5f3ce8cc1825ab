"""P206: a rule that rows which are there may break."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.lint.finding import Found, Rule
from sqlplumb.lint.outlook import Outlook


def find(outlook: Outlook) -> Iterator[Found]:
    for look in outlook.plan.looks:
        seen = outlook.seen(look)
        if seen is None:
            message = f"{look.rule} is new, and no rows were looked at: name them with --database"
            yield Found(look.ref, message, severity="info")
        elif seen.why_not:
            message = f"{look.rule} is new, and the rows could not be looked at: {seen.why_not}"
            yield Found(look.ref, message, severity="info")
        elif seen.count:
            rows = "1 row" if seen.count == 1 else f"{seen.count} rows"
            shown = f"; the first values are {'; '.join(seen.values)}" if seen.values else ""
            yield Found(look.ref, f"{rows} of {look.table} would be refused by {look.rule}{shown}")


RULE = Rule(
    code="P206",
    name="refused-rows",
    severity="error",
    judges="plan",
    triggers=(
        "A new or stricter CHECK, NOT NULL, UNIQUE or foreign key, and rows that break it. Without"
        " --database nobody can look, and it is only noted."
    ),
    harms="The migration fails on that database, in the middle of a deploy.",
    instead=(
        "Mend the rows first, in a revision of their own, or say `-- @backfill EXPRESSION` where a"
        " value is missing."
    ),
    bad="""\
-- current
CREATE TABLE tasks (id INTEGER PRIMARY KEY, priority INTEGER);
-- desired
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    priority INTEGER CONSTRAINT ck_tasks_priority CHECK (priority > 0)
);""",
    good="""\
-- current
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    priority INTEGER CONSTRAINT ck_tasks_priority CHECK (priority > 0)
);
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, priority INTEGER);""",
    find=find,
)
