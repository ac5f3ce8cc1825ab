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

from sqlplumb.engines.sqlite.options import has_rowid, is_strict
from sqlplumb.engines.sqlite.parse.lexer import fold, literal, tokens, unquoted
from sqlplumb.engines.sqlite.parse.types import spelled_type
from sqlplumb.engines.sqlite.plan import copying
from sqlplumb.engines.sqlite.plan.guards import SET_ASIDE
from sqlplumb.engines.sqlite.plan.naming import quoted, statement
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import Column, Unit
from sqlplumb.steps import Guard


def set_aside(current: Unit, spare: str, counts: bool) -> tuple[tuple[str, ...], tuple[Guard, ...]]:
    """The statements, and what must be true before the last of them, if anything."""
    rename = f"ALTER TABLE {quoted(current.display)} RENAME TO {quoted(spare)}"
    if not _calls_itself(current):
        return (rename,), ()
    for drops in ((), tuple(_drops(current))):
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
    assert current.head is not None
    return any(
        second.text == "." and fold(unquoted(first.text)) == current.name
        for fact in (current.head, *current.indexes)
        for first, second in pairwise(tokens(fact.text))
    )


def _drops(current: Unit) -> Iterator[str]:
    for index in current.indexes:
        yield f"DROP INDEX {quoted(index.ref.display)}"


def _can_run(current: Unit, statements: tuple[str, ...]) -> bool:
    assert current.head is not None
    made = [statement(fact.text) for fact in (current.head, *current.indexes)]
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
    columns = ", ".join(map(_column, current.columns.values()))
    strict = " STRICT" if is_strict(current.head) else ""
    names = [quoted(column.ref.display) for column in current.columns.values()]
    row = copying.rowid_name(current) if has_rowid(current) else ""
    if row and current.columns.get(row) is None:
        names.insert(0, row)
    same = [copying.Filling(unquoted(name), name) for name in names]
    yield f"CREATE TABLE {quoted(spare)} ({columns}){strict}"
    yield copying.copy(quoted(spare), quoted(current.display), same)
    if counts:
        name = literal(current.display)
        yield f"UPDATE sqlite_sequence SET name = {literal(spare)} WHERE name = {name}"
    yield f"DROP TABLE {quoted(current.display)}"


def _column(column: Column) -> str:
    collation = f"COLLATE {quoted(column.collation)}" if column.collation else ""
    said = (quoted(column.ref.display), spelled_type(column.type), collation)
    return " ".join(filter(None, said))
