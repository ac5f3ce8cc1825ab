"""P204: one goes, its like comes: perhaps a rename that nobody said."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.lint.finding import Found, Rule
from sqlplumb.lint.outlook import Outlook
from sqlplumb.schema import Column, Ref, Schema, Table

_ALIKE = 0.7


def find(outlook: Outlook) -> Iterator[Found]:
    yield from _columns(outlook)
    yield from _tables(outlook)


def _columns(outlook: Outlook) -> Iterator[Found]:
    """One goes and one comes in a table, of one type: more than one, and nobody could say which."""
    plan = outlook.plan
    whole = {c.ref.name for c in plan.changes if not c.ref.table and not c.ref.inline}
    gone: dict[str, list[Column]] = {}
    come: dict[str, list[Column]] = {}
    for change in plan.changes:
        match change:
            case Drop(Column() as column) if column.ref.table not in whole:
                gone.setdefault(column.ref.table, []).append(column)
            case Create(Column() as column) if column.ref.table not in whole:
                come.setdefault(column.ref.table, []).append(column)
    for table in gone.keys() & come.keys():
        for dropped in gone[table]:
            alike = [made for made in come[table] if _could_be(dropped, made)]
            if len(alike) == 1:
                yield _found(alike[0].ref, dropped.ref)


def _could_be(dropped: Column, made: Column) -> bool:
    return dropped.type == made.type and made.generated is None and not made.backfill


def _tables(outlook: Outlook) -> Iterator[Found]:
    current, desired = outlook.plan.current, outlook.plan.desired
    gone = [c.ref for c in outlook.plan.changes if _is(c, Drop)]
    come = [c.ref for c in outlook.plan.changes if _is(c, Create)]
    for dropped in gone:
        for made in come:
            sides = _names(current, dropped), _names(desired, made)
            if len(sides[0] & sides[1]) >= _ALIKE * len(sides[0] | sides[1]) > 1:
                yield _found(made, dropped)


def _is(change: object, kind: type) -> bool:
    fact = getattr(change, "current" if kind is Drop else "desired", None)
    return isinstance(change, kind) and isinstance(fact, Table)


def _names(schema: Schema, table: Ref) -> set[str]:
    return {r.name for r in schema.objects if r.kind == "column" and r.table == table.name}


def _found(made: Ref, dropped: Ref) -> Found:
    name = dropped.shown or dropped.name
    instead = (
        f"If it is {dropped} under a new name, say `-- @renamed from={name}` beside it in"
        " schema.sql, or rename it in the revision. If it is not, ignore this with a reason."
    )
    return Found(
        made, f"{dropped} goes and {made}, which is like it, comes: the rows are not moved", instead
    )


RULE = Rule(
    code="P204",
    name="rename-without-hint",
    severity="error",
    judges="plan",
    triggers="A column or table that is dropped while another like it is created.",
    harms=(
        "If it was meant as a rename, the new one is empty and the stored values are gone. A tool"
        " cannot see the difference, and sqlplumb never guesses."
    ),
    instead=(
        "Say `-- @renamed from=name` beside it in schema.sql, or rename it in the revision. If it"
        " is no rename, ignore this with a reason."
    ),
    bad="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, label TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);""",
    good="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, label TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT -- @renamed from=label
);""",
    find=find,
)
