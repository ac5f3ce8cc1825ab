"""Constraints of tables, and the clauses that they share with columns.

Each function that takes a cursor starts behind the words that chose it and ends behind the clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from sqlplumb.engines.sqlite.parse.create_index import term
from sqlplumb.engines.sqlite.parse.lexer import (
    GAPS,
    NAME,
    REMEMBERED,
    WORD_ENDS,
    Cursor,
    Unreadable,
    separated,
    unquoted,
)
from sqlplumb.engines.sqlite.parse.parts import (
    AnyRule,
    CheckClause,
    Deferrable,
    Expression,
    KeyClause,
    References,
    Span,
)

_CONSTRAINT = re.compile(
    rf"(?:CONSTRAINT{WORD_ENDS}{GAPS}(?P<name>{NAME}){GAPS})*+",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)


def table_constraints(sql: str, begins: int, end: int) -> Iterator[AnyRule]:
    """Mostly one. Between them, and only there, SQLite lets the comma be left out."""
    named = _CONSTRAINT.match(sql, begins, end)
    assert named is not None  # it matches nothing as well
    behind = named.end()
    try:
        rules = _unnamed_constraints(sql[behind:end])
    except Unreadable as error:
        raise Unreadable(str(error), behind + error.offset) from error
    for number, rule in enumerate(rules):
        start, name = behind + rule.start, rule.name
        if not number:
            start, name = begins, unquoted(named["name"] or "")
        yield replace(rule, name=name, start=start, words=Span(start, behind + rule.words.end))


@lru_cache(maxsize=REMEMBERED)
def _unnamed_constraints(text: str) -> tuple[AnyRule, ...]:
    """The first has its name before this text, if it has any."""
    cursor = Cursor(text)
    rules: list[AnyRule] = []
    while not cursor.done:
        start, name = cursor.start, ""
        while cursor.accept("CONSTRAINT"):
            name = cursor.name()
        if cursor.done:
            break  # a name that names nothing means nothing to SQLite either
        if cursor.accept("PRIMARY", "KEY"):
            rules.append(_table_key(cursor, start, name, primary=True))
        elif cursor.accept("UNIQUE"):
            rules.append(_table_key(cursor, start, name, primary=False))
        elif cursor.accept("CHECK"):
            rules.append(check(cursor, start, name))
        elif cursor.accept("FOREIGN", "KEY"):
            columns = names(cursor)
            cursor.expect("REFERENCES")
            rules.append(references(cursor, start, name, columns=columns))
        else:
            raise cursor.unreadable("not a table constraint that is known")
    return tuple(rules)


def _table_key(cursor: Cursor, start: int, name: str, *, primary: bool) -> KeyClause:
    inside = tuple(cursor.bracketed())
    autoincrement = primary and bool(inside) and inside[-1].upper == "AUTOINCREMENT"
    parts = separated(inside[:-1] if autoincrement else inside)
    return KeyClause(
        primary=primary,
        terms=tuple(term(cursor.sql, part) for part in parts),
        on_conflict=conflict(cursor),
        autoincrement=autoincrement,
        name=name,
        start=start,
        words=Span(start, cursor.end),
    )


def check(cursor: Cursor, start: int, name: str) -> CheckClause:
    return CheckClause(
        expression=Expression(cursor.text_of(cursor.bracketed())),
        on_conflict=conflict(cursor),
        name=name,
        start=start,
        words=Span(start, cursor.end),
    )


def references(cursor: Cursor, start: int, name: str, *, columns: tuple[str, ...]) -> References:
    target = cursor.name()
    targets = names(cursor) if cursor.word == "(" else ()
    actions = {"DELETE": "", "UPDATE": "", "MATCH": ""}
    while cursor.word in ("ON", "MATCH"):
        if cursor.accept("MATCH"):
            actions["MATCH"] = cursor.name().upper()
        else:
            cursor.expect("ON")
            event = cursor.take().upper
            actions[event] = _action(cursor)
    return References(
        columns=columns,
        target=target,
        target_columns=targets,
        on_delete=actions["DELETE"],
        on_update=actions["UPDATE"],
        match="" if actions["MATCH"] == "SIMPLE" else actions["MATCH"],
        deferrable=deferrable(cursor),
        name=name,
        start=start,
        words=Span(start, cursor.end),
    )


def names(cursor: Cursor) -> tuple[str, ...]:
    return tuple(unquoted(part[0].text) for part in separated(tuple(cursor.bracketed())))


def _action(cursor: Cursor) -> str:
    first = cursor.take().upper
    if first not in ("SET", "NO"):
        return first
    action = f"{first} {cursor.take().upper}"
    return "" if action == "NO ACTION" else action


def deferrable(cursor: Cursor) -> Deferrable:
    """SQLite defers a key only where it says DEFERRABLE INITIALLY DEFERRED, without NOT."""
    refused = cursor.accept("NOT", "DEFERRABLE")
    if not refused and not cursor.accept("DEFERRABLE"):
        return ""
    initially = cursor.take().upper if cursor.accept("INITIALLY") else ""
    if refused:
        return ""
    return "deferred" if initially == "DEFERRED" else "deferrable"


def conflict(cursor: Cursor) -> str:
    return cursor.take().upper if cursor.accept("ON", "CONFLICT") else ""
