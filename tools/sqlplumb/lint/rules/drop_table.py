"""P201: a table that is dropped with its rows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.rules.rename_without_hint import told_here
from sqlplumb.lint.subjects import Outlook


def find(outlook: Outlook) -> Iterator[Found]:
    renamed = told_here(outlook)  # found by that rule
    for loss in outlook.plan.losses:
        if loss.kind == "drop" and not loss.ref.inline and loss.ref not in renamed:
            rows = outlook.rows(loss.ref.unit)
            counted = "" if rows is None else f" ({rows} in this database)"
            yield Found(loss.ref, f"this drops {loss.message}{counted}")


RULE = Rule(
    code="P201",
    name="drop-table",
    severity="error",
    judges="plan",
    triggers="A table, or a virtual table, that is dropped.",
    harms="Its rows are gone, and no downgrade brings them back.",
    instead=(
        "Copy what is still wanted first. If it has another name now, say `-- @renamed from=` in"
        " schema.sql, or rename it in the revision. Drop it only when no code reads it any more."
    ),
    bad="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, token TEXT NOT NULL);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY);""",
    good="""\
-- current
CREATE TABLE sessions (id INTEGER PRIMARY KEY, token TEXT NOT NULL);
-- desired
CREATE TABLE logins ( -- @renamed from=sessions
    id INTEGER PRIMARY KEY, token TEXT NOT NULL
);""",
    find=find,
)
