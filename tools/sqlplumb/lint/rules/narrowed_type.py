"""P203: a type that cannot hold what is stored."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook


def find(outlook: Outlook) -> Iterator[Found]:
    for loss in outlook.plan.losses:
        if loss.kind == "narrow":
            yield Found(loss.ref, f"this changes {loss.message}")


RULE = Rule(
    code="P203",
    name="narrowed-type",
    severity="error",
    judges="plan",
    triggers="A column whose new type does not keep every value of the old one as it is.",
    harms=(
        "Stored values are converted on the way: '007' becomes 7, 2.5 becomes '2.5'. What they were"
        " cannot be told afterwards."
    ),
    instead=(
        "Say how to convert them: `-- @backfill EXPRESSION` beside the column in schema.sql, or an"
        " UPDATE in the revision. Or fill a new column, and drop this one later."
    ),
    bad="""\
-- current
CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT);
-- desired
CREATE TABLE items (id INTEGER PRIMARY KEY, code INTEGER);""",
    good="""\
-- current
CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT);
-- desired
CREATE TABLE items (id INTEGER PRIMARY KEY, code INTEGER -- @backfill CAST(code AS INTEGER)
);""",
    find=find,
)
