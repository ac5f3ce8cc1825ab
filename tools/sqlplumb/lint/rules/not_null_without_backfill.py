"""P207: NOT NULL for rows without a value."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.rules.rename_without_hint import told_here
from sqlplumb.lint.subjects import Outlook


def find(outlook: Outlook) -> Iterator[Found]:
    renamed = told_here(outlook)  # found by that rule
    for loss in outlook.plan.losses:
        if loss.kind == "empty" and loss.ref not in renamed:
            yield Found(loss.ref, loss.message)


RULE = Rule(
    code="P207",
    name="not-null-without-backfill",
    severity="error",
    judges="plan",
    triggers="A new column that is NOT NULL, without a DEFAULT and without a hint.",
    harms=(
        "It runs on an empty database, as in tests, and fails on every database that has a row:"
        " there is nothing to put into the column."
    ),
    instead=(
        "Say `-- @backfill EXPRESSION` beside it in schema.sql, or give it a DEFAULT. In a"
        " revision: add it nullable, UPDATE, then make it NOT NULL."
    ),
    bad="""\
-- current
CREATE TABLE plans (id INTEGER PRIMARY KEY, body TEXT);
-- desired
CREATE TABLE plans (id INTEGER PRIMARY KEY, body TEXT, size INTEGER NOT NULL);""",
    good="""\
-- current
CREATE TABLE plans (id INTEGER PRIMARY KEY, body TEXT);
-- desired
CREATE TABLE plans (
    id INTEGER PRIMARY KEY,
    body TEXT,
    size INTEGER NOT NULL -- @backfill coalesce(length(body), 0)
);""",
    find=find,
)
