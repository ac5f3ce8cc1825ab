"""The rebuild: one table made anew from the author's text, with its rows, whatever changed in it.

The current table is set aside under another name, the new one is made under its own, so that its
text stays the author's; rows are copied; the table set aside goes, and its indexes and triggers
with it. Foreign keys are off and `legacy_alter_table` is on meanwhile, so that no other table, view
or trigger is rewritten, and no ON DELETE fires.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlplumb.changes import Change
from sqlplumb.engines.sqlite.options import rowid_alias
from sqlplumb.engines.sqlite.parse.lexer import literal
from sqlplumb.engines.sqlite.plan import copying, losses
from sqlplumb.engines.sqlite.plan.aside import set_aside
from sqlplumb.engines.sqlite.plan.filled import values
from sqlplumb.engines.sqlite.plan.guards import COPIED
from sqlplumb.engines.sqlite.plan.looks import row_rules
from sqlplumb.engines.sqlite.plan.naming import (
    BODIES_GONE,
    NONE_ASIDE,
    SOUND,
    aside,
    quoted,
    statement,
    table_there,
    was_read,
)
from sqlplumb.engines.sqlite.plan.orphans import key_checks
from sqlplumb.engines.sqlite.plan.whole import created, with_freed
from sqlplumb.schema import Unit
from sqlplumb.steps import Guard, Step


def rebuilt(
    current: Unit, desired: Unit, changes: tuple[Change, ...], taken: Collection[str]
) -> Iterator[Step]:
    assert current.head is not None
    assert desired.head is not None
    spare = aside(current.display, taken)
    inside = tuple(change for change in changes if is_inside(change))
    counted = list(copying.sequence(current, desired, spare))
    filled = copying.fillings(current, desired, changes)
    copied = _all_copied(desired, spare, bool(counted)) if filled else ""
    read = copying.others_read(current, desired, filled)
    nulls = _has_no_nulls(current, desired, spare)
    rules = row_rules(current, desired, inside, filled, desired.inside)
    first, kept = set_aside(current, spare, counts=bool(counted))
    step = Step(
        verb="rebuild",
        ref=desired.head.ref,
        first=first,
        first_provisos=kept,
        statements=(
            statement(desired.head.text),
            *_guarded(nulls),
            *([copying.copy(quoted(desired.display), quoted(spare), filled)] if filled else []),
            *counted,
            f"DROP TABLE {quoted(spare)}",
        ),
        provisos=tuple(
            Guard(words, condition)
            for words, condition in (
                (f"the rows of {desired.head.ref} {COPIED}", copied),
                (f"{desired.head.ref} has no NULL in its key", nulls),
            )
            if condition
        ),
        evidence=(Guard(f"the former {desired.head.ref} is gone", _is_gone(spare)),),
        checks=tuple(key_checks(desired, changes, values(current, desired, filled))),
        gives=frozenset(
            (*table_there(desired.name), NONE_ASIDE, *(was_read(one.ref.name) for one in read))
        ),
        needs=frozenset((was_read(desired.name), BODIES_GONE)),
        changes=inside,
        before=(current.head, *current.inside),
        after=(desired.head, *desired.inside),
        reads=read,
        looks=rules.looks,
        unasked=rules.unasked,
        losses=tuple(losses.lost_inside(current, desired, inside, filled)),
        fills=tuple(copying.given(current, desired, filled)),
        doubts=tuple(losses.doubts(current, desired)),
        drops_table=True,
    )
    yield with_freed(step, current)
    for fact in desired.dependents:
        own = tuple(change for change in changes if change.ref == fact.ref)
        yield created(fact, own, row_rules(current, desired, own, filled, (fact,)))


def _all_copied(desired: Unit, spare: str, counted: bool) -> str:
    """The copy is one statement: all rows or none. The counter has gone over, and only once."""
    table, source = quoted(desired.display), quoted(spare)
    rows = f"(EXISTS (SELECT 1 FROM {table})\n    OR NOT EXISTS (SELECT 1 FROM {source}))"
    if not counted:
        return rows
    names = f"name IN ({literal(desired.display)}, {literal(spare)})"
    left = f"NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = {literal(spare)})"
    once = f"(SELECT count(*) FROM sqlite_sequence WHERE {names}) <= 1"
    return "\n    AND ".join((rows, left, once))


def _has_no_nulls(current: Unit, desired: Unit, spare: str) -> str:
    """A key that becomes the rowid: SQLite would put numbers that nobody chose in the place of
    NULLs, and say nothing."""
    key = rowid_alias(desired)
    if not key or rowid_alias(current) == key or current.columns.get(key) is None:
        return ""
    return f"NOT EXISTS (SELECT 1 FROM {quoted(spare)} WHERE {quoted(key)} IS NULL)"


def _guarded(condition: str) -> tuple[str, ...]:
    if not condition:
        return ()
    return (
        f"CREATE TEMP TABLE {SOUND} (holds CONSTRAINT rows_satisfy_it CHECK (holds))",
        f"INSERT INTO temp.{SOUND} SELECT {condition}",
        f"DROP TABLE temp.{SOUND}",
    )


def _is_gone(name: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {literal(name)})"


def is_inside(change: Change) -> bool:
    return change.ref.inline or change.ref.kind == "table"
