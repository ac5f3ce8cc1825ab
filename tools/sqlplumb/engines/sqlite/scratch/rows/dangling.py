"""Rows that refer to nothing, and how they are taken out again.

A promise may be broken, and a key may lose its form in a column of another type. Rows that referred
to nothing before anything was filled stay.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress

from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes
from sqlplumb.engines.sqlite.parse.parts import References
from sqlplumb.engines.sqlite.scratch.rows.references import target_columns
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape

Dangling = tuple[str, int | None]  # a table, and the number of a row in it if rows have one


def dangling(connection: sqlite3.Connection, tables: Iterable[str]) -> set[Dangling]:
    """Where one key is at odds with its target SQLite checks none, so each is asked for alone."""
    try:
        return _checked(connection, "PRAGMA foreign_key_check")
    except sqlite3.Error:
        found: set[Dangling] = set()
        for table in tables:
            with suppress(sqlite3.Error):
                found |= _checked(connection, f"PRAGMA foreign_key_check({in_quotes(table)})")
        return found


def _checked(connection: sqlite3.Connection, pragma: str) -> set[Dangling]:
    return {(fold(table), number) for table, number, *_ in connection.execute(pragma)}


def take_out(
    connection: sqlite3.Connection, shapes: Mapping[str, Shape], old: set[Dangling]
) -> None:
    """Until no row refers to nothing that did not before; one taken out may leave another so.

    Raises sqlite3.IntegrityError where that cannot be reached, so that all is undone.
    """
    while new := dangling(connection, shapes) - old:
        before = connection.total_changes
        for table, number in sorted(new, key=repr):
            if table in shapes:
                with suppress(sqlite3.Error):
                    _delete(connection, shapes[table], number, shapes)
        if connection.total_changes == before:
            raise sqlite3.IntegrityError("rows refer to nothing and cannot be taken out")


def _delete(
    connection: sqlite3.Connection, shape: Shape, number: int | None, shapes: Mapping[str, Shape]
) -> None:
    """By number where rows have one, else by what they refer to."""
    table, named = f"main.{in_quotes(shape.table)}", shape.alias or shape.rowid
    if number is not None and named:
        connection.execute(f"DELETE FROM {table} WHERE {in_quotes(named)} = ?", (number,))
        return
    for reference in shape.references:
        nowhere = _refers_to_nothing(shape, reference, shapes.get(fold(reference.target)))
        connection.execute(f"DELETE FROM {table} WHERE {nowhere}")


def _refers_to_nothing(shape: Shape, reference: References, parent: Shape | None) -> str:
    columns = [f"{in_quotes(shape.table)}.{in_quotes(name)}" for name in reference.columns]
    given = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    if parent is None:
        return given
    targets = (f"there.{in_quotes(name)}" for name in target_columns(reference, parent))
    # A plus takes a column's affinity away: as in a foreign key, that of the target decides alone.
    same = " AND ".join(" = +".join(pair) for pair in zip(targets, columns, strict=False))
    there = f"main.{in_quotes(parent.table)} AS there"
    return f"{given} AND NOT EXISTS (SELECT 1 FROM {there} WHERE {same})"
