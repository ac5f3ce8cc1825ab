"""P208: a change that code of the previous version cannot work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
    Table,
    Trigger,
    Unique,
    View,
    VirtualTable,
)

_HEADS = (Table, View, VirtualTable)


def find(outlook: Outlook) -> Iterator[Found]:
    severity: Severity | None = "error" if outlook.judging.additive else None
    family = engine(outlook.plan.desired.engine).type_family
    whole = {change.ref.name for change in outlook.plan.changes if _is_whole(change)}
    tightened = {row_check.ref for row_check in outlook.plan.row_checks}
    for change in outlook.plan.changes:
        if change.ref.inline and change.ref.table in whole:
            continue
        is_retyped = _is_retyped(change, family)
        if why := _why(change, change.ref in tightened, is_retyped):
            yield Found(change.ref, f"code that runs now {why}", severity=severity)


def _is_whole(change: Change) -> bool:
    return not isinstance(change, Alter | Rename) and not change.ref.table


def _is_retyped(change: Change, family: Callable[[str], str]) -> bool:
    """Running code does not notice another name for the same family of types."""
    match change:
        case Alter(Column() as current, Column() as desired):
            return family(current.type) != family(desired.type)
        case _:
            return False


def _why(change: Change, is_tightened: bool, is_retyped: bool) -> str:
    match change:
        case Drop(Table() | View() | VirtualTable() | Column()):
            return f"may still use {change.ref.kind} {change.ref}, which goes"
        case Rename(Table() | View() | VirtualTable() | Column() as current):
            return f"knows {change.ref.kind} {current.ref} by this name, which goes"
        case Create(Column(not_null=True, default=None, generated=None)):
            return f"does not say {change.ref}, which is NOT NULL and has no default"
        case Create(Check() | Unique() | ForeignKey() | Trigger() | Index(unique=True)) if (
            is_tightened
        ):
            return f"may write what {change.ref.kind} {change.ref} refuses"
        case Alter(current, desired) if is_tightened:
            return f"may write what {desired.ref.kind} {current.ref} now refuses"
        case Alter(Column() as current, Column() as desired) if is_retyped:
            known, wanted = (one.type.upper() or "no type" for one in (current, desired))
            return f"knows {current.ref} as {known}, and it becomes {wanted}"
        case _:
            return ""


RULE = Rule(
    code="P208",
    name="not-backward-compatible",
    severity="info",
    judges="plan",
    triggers=(
        "A plan that takes away, renames or tightens what code of the release before still uses."
        " With `additive = true` in the settings this is an error."
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
