"""P205: a large table whose rows are all copied."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Rename
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook


def find(outlook: Outlook) -> Iterator[Found]:
    if not engine(outlook.plan.desired.engine).makes_anew:
        return  # there is more to say of it there than that rows are copied
    renames = [change for change in outlook.plan.changes if isinstance(change, Rename)]
    current_names = {rename.ref: rename.current.ref.name for rename in renames}
    for step in outlook.plan:
        if step.verb != "rebuild":
            continue
        rows = outlook.rows(current_names.get(step.ref, step.ref.name))
        rebuilt = f"table {step.ref} is rebuilt"
        if rows is None:
            message = f"{rebuilt}: every row is copied, and --database URL would count them"
            yield Found(step.ref, message, severity="info")
        elif rows >= outlook.judging.large:
            yield Found(step.ref, f"{rebuilt}: {rows:,} rows are copied, and all writers wait")


RULE = Rule(
    code="P205",
    name="large-rebuild",
    severity="warning",
    judges="plan",
    triggers=(
        "A table that must be made anew with all its rows. With --database its rows are counted and"
        " `large` in the settings says from how many on (100,000); without, it is only noted."
    ),
    harms=(
        "The database is locked for as long as the copy takes (about two seconds for a million rows"
        " of twelve columns), and needs room for the table twice."
    ),
    instead=(
        "Choose an hour for it. A change of a CHECK, NOT NULL or a foreign key alone takes no copy"
        " with --instant; a column at the end with a constant default takes none either."
    ),
    bad="""\
-- current
CREATE TABLE tasks (id INTEGER PRIMARY KEY, priority TEXT);
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, priority TEXT DEFAULT 'low');""",
    good="""\
-- current
CREATE TABLE tasks (id INTEGER PRIMARY KEY);
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, priority TEXT DEFAULT 'low');""",
    find=find,
)
