"""P208: a change that code of the previous version cannot work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.config import Severity
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Ref,
    Table,
    Trigger,
    Unique,
    View,
    VirtualTable,
)
from sqlplumb.steps import Plan

_HEADS = (Table, View, VirtualTable)


def find(outlook: Outlook) -> Iterator[Found]:
    severity: Severity | None = "error" if outlook.judging.rolling else None
    family = engine(outlook.plan.desired.engine).type_family
    whole = {
        change.ref.name
        for change in outlook.plan.changes
        if isinstance(change, Create | Drop) and not change.ref.table
    }
    tightened = _tightened(outlook.plan)
    for change in outlook.plan.changes:
        if change.ref.inline and change.ref.table in whole:
            continue
        if reason := _reason(change, change.ref in tightened, family):
            yield Found(change.ref, f"code that runs now {reason}", severity=severity)


def _tightened(plan: Plan) -> set[Ref]:
    """Return what refuses rows that were taken before, whatever hints and data steps make of those
    that are there: code that runs meanwhile writes others."""
    changed = {change.ref.unit for change in plan.changes}
    hinted = {
        ref: replace(fact, backfill="")
        for ref, fact in plan.desired.objects.items()
        if isinstance(fact, Column) and fact.backfill and ref.unit in changed
    }
    steps = plan.steps
    if hinted or any(step.unasked for step in steps):
        desired = replace(plan.desired, objects={**plan.desired.objects, **hinted})
        planner = engine(desired.engine)
        steps = planner.plan_steps(plan.current, desired, plan.changes, target=plan.target)
    return {row_check.ref for step in steps for row_check in step.row_checks}


def _reason(change: Change, is_tightened: bool, family: Callable[[str], str]) -> str:
    match change:
        case Drop(Table() | View() | VirtualTable() | Column()):
            return f"may still use {change.ref.kind} {change.ref}, which goes"
        case Rename(Table() | View() | VirtualTable() | Column() as current):
            return f"knows {change.ref.kind} {current.ref} by this name, which goes"
        case Create(Column(not_null=True, default=None, generated=None) as column) if (
            not column.options.fills_itself
        ):
            return f"does not say {change.ref}, which is NOT NULL and has no default"
        case Create(Check() | Unique() | ForeignKey() | Trigger() | Index(unique=True)) if (
            is_tightened
        ):
            return f"may write what {change.ref.kind} {change.ref} refuses"
        case Alter(current, desired) if is_tightened:
            return f"may write what {desired.ref.kind} {current.ref} now refuses"
        case Alter(Column() as current, Column() as desired):
            # Running code does not notice another name for the same family of types.
            if family(current.type) == family(desired.type):
                return ""
            types = [side.type.upper() or "no type" for side in (current, desired)]
            return f"knows {current.ref} as {types[0]}, and it becomes {types[1]}"
        case _:
            return ""


RULE = Rule(
    code="P208",
    name="not-backward-compatible",
    severity="info",
    judges="plan",
    triggers=(
        "A plan that takes away, renames or tightens what code of the release before still uses."
        " With `--rolling`, or `rolling = true` in the settings of lint, this is an error."
    ),
    harms=(
        "In a rolling deploy both releases run on the new schema for a while. The one of before"
        " fails at what is gone, and is refused at what is new."
    ),
    instead=(
        "In two releases: first add, and let the new code use it; then, when nothing of before runs"
        " any more, take away. New columns are nullable or have a default."
    ),
    bad="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, label TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT -- @renamed from=label
);""",
    good="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, label TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, label TEXT, name TEXT);""",
    find=find,
)
