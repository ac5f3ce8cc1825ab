"""P212: a partial index that loses rows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Alter
from sqlplumb.changes.comparison import describe_row
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Index
from sqlplumb.understanding.relation import relation


def find(outlook: Outlook) -> Iterator[Found]:
    plan = outlook.plan
    for change in plan.changes:
        if not isinstance(change, Alter) or "predicate" not in change.fields:
            continue
        if not isinstance(change.current, Index) or not isinstance(change.desired, Index):
            continue
        if change.desired.predicate is None:
            continue  # it holds every row
        former = change.current.predicate.canonical if change.current.predicate else "1"
        current = plan.current.unit(change.current.ref.unit)
        desired = plan.desired.unit(change.desired.ref.unit)
        outcome = relation(
            former,
            change.desired.predicate.canonical,
            engine(plan.desired.engine).evaluator(current, desired),
            purpose="filter",
            given=[check.expression.canonical for check in desired.checks],
        )
        if outcome.verdict in ("stricter", "other"):
            row = {
                desired.spelled(name): value for name, value in (outcome.only_current or {}).items()
            }
            lost = f"rows with {describe_row(row)}" if row else "all rows that it held"
            loses = "queries for them lose it"
            loses += ", and they may be there twice" if change.desired.unique else ""
            yield Found(change.ref, f"index {change.ref} no longer holds {lost}: {loses}")


RULE = Rule(
    code="P212",
    name="narrowed-partial-index",
    severity="warning",
    judges="plan",
    triggers="A partial index whose new predicate leaves out rows that it held.",
    harms=(
        "Queries for those rows read the whole table from then on; a UNIQUE index no longer keeps"
        " them from being there twice."
    ),
    instead="Make a second index for what is left out, or look at the queries first.",
    bad="""\
-- current
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL, name TEXT);
CREATE INDEX idx_tasks_name ON tasks (name) WHERE status IN ('open', 'archived');
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL, name TEXT);
CREATE INDEX idx_tasks_name ON tasks (name) WHERE status = 'open';""",
    good="""\
-- current
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL, name TEXT);
CREATE INDEX idx_tasks_name ON tasks (name) WHERE status = 'open';
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL, name TEXT);
CREATE INDEX idx_tasks_name ON tasks (name) WHERE status IN ('open', 'archived');""",
    find=find,
)
