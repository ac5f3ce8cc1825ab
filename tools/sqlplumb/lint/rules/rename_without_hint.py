"""P204: one column or table is dropped and a similar one is created, which may be a rename."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.changes import Create, Drop
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Column, Ref, Schema, Table
from sqlplumb.steps import Plan

_SIMILARITY = 0.7


def find(outlook: Outlook) -> Iterator[Found]:
    rename_hint = engine(outlook.plan.desired.engine).rename_hint
    in_place_of = told_here(outlook)
    for created, dropped in likely_renames(outlook.plan).items():
        found = _make_found(created, dropped, rename_hint(dropped.display))
        yield replace(found, severity="error") if dropped in in_place_of else found


def told_here(outlook: Outlook) -> frozenset[Ref]:
    """Return what the rules of losses leave to this one, while no revision is written: what goes,
    and what comes in its place. One answer mends both."""
    is_off = "off" in [outlook.judging.severity.get(label) for label in RULE.labels]
    if outlook.named is not None or is_off:
        return frozenset()
    losses = {loss.ref for loss in outlook.plan.losses if loss.kind == "drop"}
    pairs = likely_renames(outlook.plan).items()
    return frozenset(ref for pair in pairs if pair[1] in losses for ref in pair)


def likely_renames(plan: Plan) -> dict[Ref, Ref]:
    """Return for a column or table that is created the one that is dropped and may be the same."""
    return dict((*likely_columns(plan), *_likely_tables(plan)))


def likely_columns(plan: Plan) -> Iterator[tuple[Ref, Ref]]:
    """Return the created and the dropped column of tables that have one such pair of one type."""
    whole = {c.ref.name for c in plan.changes if not c.ref.table and not c.ref.inline}
    dropped: dict[str, list[Column]] = {}
    created: dict[str, list[Column]] = {}
    for change in plan.changes:
        match change:
            case Drop(Column() as column) if column.ref.table not in whole:
                dropped.setdefault(column.ref.table, []).append(column)
            case Create(Column() as column) if column.ref.table not in whole:
                created.setdefault(column.ref.table, []).append(column)
    for table in dropped.keys() & created.keys():
        pairs = [
            (new.ref, old.ref)
            for new in created[table]
            for old in dropped[table]
            if old.type == new.type and new.generated is None and not new.backfill
        ]
        if len(pairs) == 1:
            yield pairs[0]


def _likely_tables(plan: Plan) -> Iterator[tuple[Ref, Ref]]:
    """Return the created and the dropped tables that share most of their column names."""
    dropped_tables = [
        change.ref
        for change in plan.changes
        if isinstance(change, Drop) and isinstance(change.current, Table)
    ]
    created_tables = [
        change.ref
        for change in plan.changes
        if isinstance(change, Create) and isinstance(change.desired, Table)
    ]
    for dropped in dropped_tables:
        current = _column_names(plan.current, dropped)
        for created in created_tables:
            desired = _column_names(plan.desired, created)
            if len(current & desired) >= _SIMILARITY * len(current | desired) > 1:
                yield created, dropped


def _column_names(schema: Schema, table: Ref) -> set[str]:
    return {ref.name for ref in schema.objects if ref.kind == "column" and ref.table == table.name}


def _make_found(created: Ref, dropped: Ref, hint: str) -> Found:
    of_what, lost = "with nearly the same columns", "rows"
    if created.inline:
        of_what, lost = "of the same type", "values"
    message = (
        f"{dropped} goes and {created} comes, {of_what}: if that is a rename, the {lost} are lost"
    )
    write = f"write `{hint}` beside {created} in schema.sql, or " if hint else ""
    instead = (
        f"If it is a rename, {write}rename it in the revision."
        " If it is not, ignore this finding with a reason."
    )
    return Found(created, message, instead, hint=hint)


RULE = Rule(
    code="P204",
    name="rename-without-hint",
    severity="warning",
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
