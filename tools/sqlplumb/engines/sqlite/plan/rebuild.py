"""The rebuild: one table made anew from the author's text, with its rows, whatever changed in it.

The current table is set aside under another name, the new one is made under its own, so that its
text stays the author's; rows are copied; the table set aside goes, and its indexes and triggers
with it. Foreign keys are off and `legacy_alter_table` is on meanwhile, so that no other table, view
or trigger is rewritten, and no ON DELETE fires.

Under `legacy_alter_table` a rename does not rewrite what stands inside the table and its indexes.
So a table that calls itself by name there (`CHECK ("users"."age" > 21)`) cannot be renamed while
that stands: an index goes first, as it would anyway; a table is copied instead, without its rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import pairwise

from sqlplumb.changes import Change
from sqlplumb.engines.sqlite.options import has_rowid, is_strict, rowid_alias
from sqlplumb.engines.sqlite.parse.lexer import fold, literal, tokens, unquoted
from sqlplumb.engines.sqlite.parse.parts import spelled_type
from sqlplumb.engines.sqlite.plan import copying, losses
from sqlplumb.engines.sqlite.plan.create_drop import create_object, with_names_freed
from sqlplumb.engines.sqlite.plan.filled import values
from sqlplumb.engines.sqlite.plan.guards import COPIED, SET_ASIDE
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
from sqlplumb.engines.sqlite.plan.row_checks import row_rules
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import Unit
from sqlplumb.steps import Guard, Step


def rebuild_table(
    current: Unit, desired: Unit, changes: tuple[Change, ...], *, taken: Collection[str]
) -> Iterator[Step]:
    assert current.head is not None
    assert desired.head is not None
    spare = aside(current.display, taken)
    inside = tuple(change for change in changes if is_inside(change))
    counted = list(copying.sequence(current, desired, spare))
    filled = copying.fillings(current, desired, changes)
    copied = _all_copied(desired, spare, bool(counted))
    read = copying.tables_read(current, desired, filled)
    gone = f"NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {literal(spare)})"
    nulls = _has_no_nulls(current, desired, spare)
    rules = row_rules(current, desired, inside, filled=filled, rules=desired.inside)
    known = values(current, desired, filled)
    first, kept = set_aside(current, spare, counts=bool(counted))
    step = Step(
        verb="rebuild",
        ref=desired.head.ref,
        first=first,
        first_provisos=kept,
        statements=(
            statement(desired.head.text),
            *_guarded(nulls),
            copying.copy(quoted(desired.display), quoted(spare), filled),
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
        evidence=(Guard(f"the former {desired.head.ref} is gone", gone),),
        checks=tuple(key_checks(desired, changes, kept=known.kept, plain=known.plain)),
        gives=frozenset(
            (*table_there(desired.name), NONE_ASIDE, *(was_read(table.ref.name) for table in read))
        ),
        needs=frozenset((was_read(desired.name), BODIES_GONE)),
        changes=inside,
        before=(current.head, *current.inside),
        after=(desired.head, *desired.inside),
        reads=read,
        row_checks=rules.row_checks,
        unasked=rules.unasked,
        losses=tuple(losses.lost_inside(current, desired, inside, filled=filled)),
        fills=tuple(copying.find_fills(current, desired, filled)),
        doubts=tuple(losses.doubts(current, desired, filled=filled)),
        drops_table=True,
    )
    yield with_names_freed(step, current)
    for fact in desired.dependents:
        own = tuple(change for change in changes if change.ref == fact.ref)
        yield create_object(
            fact, own, row_rules(current, desired, own, filled=filled, rules=(fact,))
        )


def _all_copied(desired: Unit, spare: str, counted: bool) -> str:
    """Ask that the rows were copied, all by one statement, and the counter moved just once."""
    table, source = quoted(desired.display), quoted(spare)
    rows = f"(EXISTS (SELECT 1 FROM {table})\n    OR NOT EXISTS (SELECT 1 FROM {source}))"
    if not counted:
        return rows
    names = f"name IN ({literal(desired.display)}, {literal(spare)})"
    moved = f"NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = {literal(spare)})"
    once = f"(SELECT count(*) FROM sqlite_sequence WHERE {names}) <= 1"
    return "\n    AND ".join((rows, moved, once))


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


def is_inside(change: Change) -> bool:
    return change.ref.inline or change.ref.kind == "table"


def set_aside(current: Unit, spare: str, counts: bool) -> tuple[tuple[str, ...], tuple[Guard, ...]]:
    """Return the statements, and what must be true before the last of them."""
    rename = f"ALTER TABLE {quoted(current.display)} RENAME TO {quoted(spare)}"
    if not _calls_itself(current):
        return (rename,), ()
    drop_indexes = tuple(f"DROP INDEX {quoted(index.ref.display)}" for index in current.indexes)
    for drops in ((), drop_indexes):
        if _can_run(current, (*drops, rename)):
            return (*drops, rename), ()
    some, none = f"SELECT 1 FROM {quoted(spare)}", f"SELECT 1 FROM {quoted(current.display)}"
    kept = f"(EXISTS ({some})\n    OR NOT EXISTS ({none}))"
    if counts:
        left = f"SELECT 1 FROM sqlite_sequence WHERE name = {literal(current.display)}"
        kept += f"\n    AND NOT EXISTS ({left})"
    guard = Guard(f"the rows of {current.display} {SET_ASIDE}", kept)
    return tuple(_copied(current, spare, counts)), (guard,)


def _calls_itself(current: Unit) -> bool:
    """By the words: where it may, SQLite is asked (`_can_run`), or the rows are copied."""
    assert current.head is not None
    return any(
        second.text == "." and fold(unquoted(first.text)) == current.name
        for fact in (current.head, *current.indexes)
        for first, second in pairwise(tokens(fact.text))
    )


def _can_run(current: Unit, statements: tuple[str, ...]) -> bool:
    assert current.head is not None
    made = [statement(fact.text) for fact in (current.head, *current.indexes)]
    with closing(scratch_for_code()) as scratch:
        scratch.execute("PRAGMA legacy_alter_table = ON")
        try:
            for text in (*made, *statements):
                scratch.execute(text)
        except sqlite3.Error:
            return False
    return True


def _copied(current: Unit, spare: str, counts: bool) -> Iterator[str]:
    """Columns of the same types and collations, so that a @backfill means the same over the copy;
    what was generated is a value there."""
    columns = []
    for column in current.columns.values():
        collation = f"COLLATE {quoted(column.collation)}" if column.collation else ""
        words = (quoted(column.ref.display), spelled_type(column.type), collation)
        columns.append(" ".join(filter(None, words)))
    strict = " STRICT" if is_strict(current.head) else ""
    names = [quoted(column.ref.display) for column in current.columns.values()]
    row = copying.rowid_name(current) if has_rowid(current) else ""
    if row and current.columns.get(row) is None:
        names.insert(0, row)
    same = [copying.Filling(unquoted(name), name) for name in names]
    yield f"CREATE TABLE {quoted(spare)} ({', '.join(columns)}){strict}"
    yield copying.copy(quoted(spare), quoted(current.display), same)
    if counts:
        name = literal(current.display)
        yield f"UPDATE sqlite_sequence SET name = {literal(spare)} WHERE name = {name}"
    yield f"DROP TABLE {quoted(current.display)}"
