"""P206: a new rule that existing rows may break."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema.words import enumerate_names
from sqlplumb.steps import RowCheck

_SHOWN = 3


def find(outlook: Outlook) -> Iterator[Found]:
    unseen: dict[str, list[RowCheck]] = {}
    for row_check in outlook.plan.row_checks:
        seen = outlook.seen(row_check)
        if seen is None:
            unseen.setdefault(row_check.table, []).append(row_check)
        elif seen.why_not:
            message = f"{row_check.rule} is new, and the rows could not be read: {seen.why_not}"
            yield Found(row_check.ref, message, severity="info")
        elif seen.count:
            rows = "1 row" if seen.count == 1 else f"{seen.count} rows"
            values = f"; the first values are {'; '.join(seen.values)}" if seen.values else ""
            yield Found(
                row_check.ref,
                f"{rows} of {row_check.table} would be refused by {row_check.rule}{values}",
            )
    yield from map(_report_unseen, unseen.values())


def _report_unseen(row_checks: list[RowCheck]) -> Found:
    """Report the new rules of one table."""
    rules = [row_check.rule for row_check in row_checks[:_SHOWN]]
    rules += [f"{len(row_checks) - _SHOWN} more"] if len(row_checks) > _SHOWN else []
    are = "is" if len(row_checks) == 1 else "are"
    names = enumerate_names(rules)
    examples = [row_check.example for row_check in row_checks if row_check.example][:_SHOWN]
    taken = f" (a row with {'; '.join(examples)} was taken and will be refused)" if examples else ""
    message = f"{names} {are} new{taken}, and no rows were looked at: --database URL does"
    return Found(row_checks[0].ref, message, severity="info")


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
        " value is missing, is refused by a CHECK, or refers to nothing."
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
