"""P202: a column that is dropped with its values."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.rules.rename_without_hint import told_here
from sqlplumb.lint.subjects import Outlook


def find(outlook: Outlook) -> Iterator[Found]:
    renamed = told_here(outlook)  # found by that rule
    for loss in outlook.plan.losses:
        if loss.kind == "drop" and loss.ref.inline and loss.ref not in renamed:
            yield Found(loss.ref, f"this drops {loss.message}")


RULE = Rule(
    code="P202",
    name="drop-column",
    severity="error",
    judges="plan",
    triggers="A column with stored values that is dropped, or becomes a generated one.",
    harms="Its values are gone, and no downgrade brings them back.",
    instead=(
        "Move the values first. If it has another name now, say `-- @renamed from=` in schema.sql,"
        " or rename it in the revision. Drop it only when no code reads it any more."
    ),
    bad="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, phone TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY);""",
    good="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, phone TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, mobile TEXT -- @renamed from=phone
);""",
    find=find,
)
