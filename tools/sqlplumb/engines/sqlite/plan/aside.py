"""How a table leaves its name to the one that takes its place: by a rename, wherever SQLite can.

Under `legacy_alter_table` a rename does not rewrite what stands inside the table and its indexes.
So a table that calls itself by name there (`CHECK ("users"."age" > 21)`) cannot be renamed while
that stands: an index goes first, as it would anyway; a table is copied instead, without its rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

from sqlplumb.engines.sqlite.parse.lexer import fold, literal, tokens, unquoted
from sqlplumb.engines.sqlite.plan import copying
from sqlplumb.engines.sqlite.plan.guards import SET_ASIDE
from sqlplumb.engines.sqlite.plan.naming import quoted, statement
from sqlplumb.engines.sqlite.plan.units import Unit
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import Column, Table
from sqlplumb.steps import Guard


def set_aside(current: Unit, spare: str, counts: bool) -> tuple[tuple[str, ...], tuple[Guard, ...]]:
    """The statements, and what must be true before the last of them, if anything."""
    rename = f"ALTER TABLE {quoted(current.shown)} RENAME TO {quoted(spare)}"
    if not _calls_itself(current):
        return (rename,), ()
    for drops in ((), tuple(_drops(current))):
        if _can_run(current, (*drops, rename)):
            return (*drops, rename), ()
    some, none = f"SELECT 1 FROM {quoted(spare)}", f"SELECT 1 FROM {quoted(current.shown)}"
    kept = f"(EXISTS ({some})\n    OR NOT EXISTS ({none}))"
    if counts:
        left = f"SELECT 1 FROM sqlite_sequence WHERE name = {literal(current.shown)}"
        kept += f"\n    AND NOT EXISTS ({left})"
    guard = Guard(f"the rows of {current.shown} {SET_ASIDE}", kept)
    return tuple(_copied(current, spare, counts)), (guard,)


def _calls_itself(current: Unit) -> bool:
    assert current.head is not None
    return any(
        second.text == "." and fold(unquoted(first.text)) == current.name
        for fact in (current.head, *current.indexes.values())
        for first, second in pairwise(tokens(fact.text))
    )


def _drops(current: Unit) -> Iterator[str]:
    for ref in current.indexes:
        yield f"DROP INDEX {quoted(ref.shown or ref.name)}"


def _can_run(current: Unit, statements: tuple[str, ...]) -> bool:
    assert current.head is not None
    made = [statement(fact.text) for fact in (current.head, *current.indexes.values())]
    with closing(scratch_for_code()) as scratch:
        scratch.execute("PRAGMA legacy_alter_table = ON")
        try:
            for one in (*made, *statements):
                scratch.execute(one)
        except sqlite3.Error:
            return False
    return True


def _copied(current: Unit, spare: str, counts: bool) -> Iterator[str]:
    """Columns of the same types and collations, so that a @backfill means the same over the copy;
    what was generated is a value there."""
    columns = ", ".join(map(_column, current.columns))
    strict = " STRICT" if isinstance(current.head, Table) and current.head.strict else ""
    names = [quoted(column.ref.shown or column.ref.name) for column in current.columns]
    row = copying.rowid_name(current) if current.has_rowid else ""
    if row and current.column(row) is None:
        names.insert(0, row)
    same = [copying.Filling(unquoted(name), name) for name in names]
    yield f"CREATE TABLE {quoted(spare)} ({columns}){strict}"
    yield copying.copy(quoted(spare), quoted(current.shown), same)
    if counts:
        name = literal(current.shown)
        yield f"UPDATE sqlite_sequence SET name = {literal(spare)} WHERE name = {name}"
    yield f"DROP TABLE {quoted(current.shown)}"


def _column(column: Column) -> str:
    collation = f"COLLATE {quoted(column.collation)}" if column.collation else ""
    said = (quoted(column.ref.shown or column.ref.name), column.type, collation)
    return " ".join(filter(None, said))
