"""Q501: a query that names what is not there, or that the engine refuses for another mistake."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.queries import QueryRefused
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook


def find(outlook: QueryOutlook) -> Iterator[Found]:
    refused = outlook.desired
    if not isinstance(refused, QueryRefused) or outlook.breaks:
        return
    # A table that is not known may be of another database: only beside one of ours it is a mistake.
    is_ours = refused.why == "unknown table" and refused.is_ours
    is_mistake = refused.why == "mistake" and (outlook.query.is_whole or not refused.may_be_outer)
    if is_mistake or (is_ours and refused.name not in outlook.made):
        yield Found(None, refused.message, place=outlook.query.place_of(refused.name))


RULE = Rule(
    code="Q501",
    name="query-refused",
    severity="error",
    judges="query",
    triggers="A query that the engine refuses against the schema: a column or a table that is not"
    " there, or another mistake.",
    harms="It fails when the application gets there, and no sooner.",
    instead="Correct the query, or add to the schema what it asks for.",
    bad="""\
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT);
-- query
SELECT id, state FROM tasks WHERE id = ?""",
    good="""\
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT);
-- query
SELECT id, status FROM tasks WHERE id = ?""",
    find=find,
)
