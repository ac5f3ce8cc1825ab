"""Read the parts of statements that write rows: which table, which columns, from which rows.

Each function that takes a cursor starts at the part and ends behind it. Must never decide what a
statement does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.data_steps import CONFLICTS, JOINS
from sqlplumb.engines.sqlite.parse.lexer import (
    Cursor,
    Tokens,
    Unreadable,
    fold,
    separated,
    unquoted,
)

_BEHIND_SOURCES = ("WHERE", "RETURNING", "ORDER", "LIMIT", "GROUP", "UNION", "EXCEPT", "INTERSECT")


def table_name(cursor: Cursor) -> str:
    """Read `t` or `main.t`."""
    name = cursor.name()
    return cursor.name() if cursor.accept(".") else name


def conflict_clause(cursor: Cursor) -> str:
    """Read `OR REPLACE`, if it is there."""
    if not cursor.accept("OR"):
        return ""
    if cursor.word not in CONFLICTS:
        raise cursor.unreadable("expected what to do on a conflict")
    return cursor.take().upper


def filled_columns(cursor: Cursor) -> list[str]:
    """Return the columns of a CREATE TABLE that an INSERT without a list of columns fills."""
    begins = cursor.tokens[cursor.index].start if cursor.word == "(" else len(cursor.sql)
    try:
        columns = read_table(f"CREATE TABLE t {cursor.sql[begins:]}").columns
    except Unreadable:
        return []
    return [fold(column.name) for column in columns if column.body.generated is None]


def selected(cursor: Cursor) -> list[Tokens]:
    """Read what stands between SELECT and FROM."""
    _ = cursor.accept("DISTINCT") or cursor.accept("ALL")
    return list(separated(tuple(cursor.skip_to("FROM", *_BEHIND_SOURCES))))


def first_source(cursor: Cursor) -> tuple[str, frozenset[str]]:
    """Read the first table behind FROM, and what its columns may be qualified with."""
    if not cursor.accept("FROM") or cursor.word == "(":
        return "", frozenset()
    source = table_name(cursor)
    alias = fold(source)
    if cursor.word == "(":  # a function, whose rows no table holds
        return "", frozenset((alias,))
    cursor.accept("AS")
    if not cursor.done and cursor.word not in JOINS and cursor.word not in _BEHIND_SOURCES:
        alias = fold(cursor.name()) if cursor.word != ";" else alias
    return source, frozenset((alias,))


def copied_column(part: Tokens, known_as: frozenset[str]) -> str:
    """Return the column of `a`, `t.a`, `t.a AS a`, where t is the table that is copied: of any
    other table, nothing."""
    if len(part) > 2 and part[-2].upper == "AS":
        part = part[:-2]
    elif len(part) > 1 and {token.kind for token in part[-2:]} <= {"word", "quoted"}:
        part = part[:-1]
    names = [fold(unquoted(token.text)) for token in part[::2] if token.kind in ("word", "quoted")]
    dots = [token.text for token in part[1::2]]
    is_column = len(names) == len(part[::2]) and dots in ([], ["."], [".", "."])
    is_of_table = len(names) < 2 or not known_as or names[-2] in known_as
    return names[-1] if is_column and is_of_table else ""


def assigned_columns(cursor: Cursor) -> Iterator[str]:
    """Read the columns behind SET, each behind a comma or a bracket and before its `=`."""
    cursor.expect("SET")
    for part in separated(tuple(cursor.skip_to("FROM", *_BEHIND_SOURCES))):
        equals = next((at for at, token in enumerate(part) if token.text == "="), 0)
        for token in part[:equals]:
            if token.kind in ("word", "quoted"):
                yield fold(unquoted(token.text))


def table_renames(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the two names of each ALTER TABLE t RENAME TO u."""
    for statement in statements:
        with suppress(Unreadable):
            cursor = Cursor(statement)
            if cursor.accept("ALTER", "TABLE"):
                table = fold(table_name(cursor))
                if cursor.accept("RENAME", "TO"):
                    yield table, fold(cursor.name())
