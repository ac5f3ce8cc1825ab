"""Q502: a query that works today and fails once the pending change is applied."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Drop, Rename
from sqlplumb.engines.queries import QueryFacts, QueryRefused
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import QueryOutlook


def find(outlook: QueryOutlook) -> Iterator[Found]:
    if isinstance(outlook.current, QueryFacts) and isinstance(outlook.desired, QueryFacts):
        yield from _becomes_a_string(outlook, outlook.current, outlook.desired)
    if not outlook.breaks:
        return
    assert isinstance(outlook.current, QueryFacts) and isinstance(outlook.desired, QueryRefused)
    reasons = list(_reasons(outlook, outlook.current))
    for name, message in reasons or [(outlook.desired.name, outlook.desired.message)]:
        yield Found(None, message, place=outlook.query.place_of(name))


def _becomes_a_string(
    outlook: QueryOutlook, current: QueryFacts, desired: QueryFacts
) -> Iterator[Found]:
    """Find each column in double quotes that goes: SQLite takes `"note"` for the string 'note'."""
    still_read = {column for _, column in desired.columns}
    for name, message in _reasons(outlook, current):
        if name not in still_read and f'"{name}"' in outlook.query.text.lower():
            words = f'{message}: "{name}" is a string then'
            yield Found(None, words, place=outlook.query.place_of(name))


def _reasons(outlook: QueryOutlook, facts: QueryFacts) -> Iterator[tuple[str, str]]:
    """Yield each object that goes or is renamed and that the query reads: its name, and what
    happens."""
    gone = {change.ref.name for change in outlook.changes if change.ref.kind == "table"}
    for change in outlook.changes:
        match change:
            case Drop(current=fact) if fact.ref.table in gone:
                continue  # its table is told
            case Drop(current=fact) if fact.ref.kind == "column":
                is_read = (fact.ref.table, fact.ref.name) in facts.columns
                message = f"{fact.ref} goes, and this query names it"
            case Drop(current=fact):
                is_read = not fact.ref.table and fact.ref.name in facts.tables
                message = f"{fact.ref} goes, and this query reads it"
            case Rename(current=fact, desired=desired) if fact.ref.kind == "column":
                is_read = (fact.ref.table, fact.ref.name) in facts.columns
                message = f"{fact.ref} becomes {desired.ref.display}, and this query names it"
            case Rename(current=fact, desired=desired):
                is_read = not fact.ref.table and fact.ref.name in facts.tables
                message = f"{fact.ref} becomes {desired.ref}, and this query reads it"
            case _:
                continue
        if is_read:
            yield fact.ref.name, message


RULE = Rule(
    code="Q502",
    name="query-breaks",
    severity="error",
    judges="query",
    triggers="A query that the engine takes today, and refuses once the pending change is applied.",
    harms="The application that runs fails as soon as the database is migrated.",
    instead="Change the query with the schema: first release what works before and after, or keep"
    " the column until no release reads it.",
    bad="""\
-- current
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER, note TEXT);
-- desired
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER);
-- query
SELECT id, note FROM orders WHERE id = :id""",
    good="""\
-- current
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER, note TEXT);
-- desired
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER);
-- query
SELECT id, total FROM orders WHERE id = :id""",
    find=find,
)
