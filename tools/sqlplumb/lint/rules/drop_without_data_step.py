"""P211: a column is dropped, a similar one is created, and no step copies the values."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create, Drop, Rename
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.rules.rename_without_hint import likely_columns
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Column, ForeignKey, Ref
from sqlplumb.schema.words import enumerate_names, name_parts

_COMMON_PARTS = frozenset("id ids at is has by of to name type count path url date time".split())


def find(outlook: Outlook) -> Iterator[Found]:
    changes = outlook.plan.changes
    renamed = {dropped for _, dropped in likely_columns(outlook.plan)}  # found by that rule
    dropped_columns = [
        change.ref
        for change in changes
        if isinstance(change, Drop) and isinstance(change.current, Column)
        if change.current.generated is None and change.ref not in renamed
    ]
    created = [change.desired for change in changes if isinstance(change, Create)]
    columns = [fact for fact in created if isinstance(fact, Column)]
    for dropped in dropped_columns:
        similar = [column.ref for column in columns if _is_similar(column, dropped, outlook)]
        if similar and not _is_copied(dropped, outlook):
            names = enumerate_names([str(ref) for ref in similar[:3]])
            come = "comes" if len(similar) == 1 else "come"
            message = f"{dropped} goes while {names} {come}, and no step moves its values there"
            yield Found(dropped, message)


def _is_similar(column: Column, dropped: Ref, outlook: Outlook) -> bool:
    """Compare the names, in the same table or in one that a foreign key connects to it."""
    tables = {column.ref.table, dropped.table}
    facts = outlook.plan.desired.objects.values()
    connected = [{fact.ref.table, fact.target} for fact in facts if isinstance(fact, ForeignKey)]
    is_near = len(tables) == 1 or tables in connected
    return is_near and bool(_telling_parts(column.ref.name) & _telling_parts(dropped.name))


def _telling_parts(name: str) -> set[str]:
    return set(name_parts(name)) - _COMMON_PARTS or {name}


def _is_copied(dropped: Ref, outlook: Outlook) -> bool:
    """Ask the engine what the statements of the revision, or of the plan with its hints, do."""
    plan, its_engine = outlook.plan, engine(outlook.plan.desired.engine)
    statements = outlook.statements or its_engine.statements(plan.steps)
    renames = (change for change in plan.changes if isinstance(change, Rename))
    former = {rename.ref: rename.current.ref for rename in renames}
    table = former.get(dropped.table_ref, dropped.table_ref).name
    moved = its_engine.moved_columns(plan.current, statements)
    return not {(table, dropped.name), ("", dropped.name)}.isdisjoint(moved)


RULE = Rule(
    code="P211",
    name="drop-without-data-step",
    severity="warning",
    judges="plan",
    triggers=(
        "A column that is dropped while columns that are called alike are created beside it, or in"
        " a table bound to it by a foreign key, and nothing moves the values."
    ),
    harms="The new columns are empty, and what they should hold is gone with the dropped one.",
    instead=(
        "Beside new columns of the same table say `-- @backfill EXPRESSION` in schema.sql. For"
        " another table put an INSERT ... SELECT into the revision, above the comment that tells of"
        " the loss, as docs/how-to/split-a-table.md shows."
    ),
    bad="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, full_name_given TEXT, full_name_family TEXT);""",
    good="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT);
-- desired
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    full_name_given TEXT, -- @backfill substr(full_name, 1, instr(full_name, ' ') - 1)
    full_name_family TEXT -- @backfill substr(full_name, instr(full_name, ' ') + 1)
);""",
    find=find,
)
