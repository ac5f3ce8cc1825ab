"""Constraints of tables, the clauses that they share with columns, and the terms of keys.

Each function that takes a cursor starts behind the words that chose it and ends behind the clause.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache

from sqlplumb.engines.sqlite.parse.lexer import (
    GAPS,
    NAME,
    REMEMBERED,
    WORD_ENDS,
    Cursor,
    Unreadable,
    text_of,
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
    Term,
    Tokens,
)

_CONSTRAINT = re.compile(
    rf"(?:CONSTRAINT{WORD_ENDS}{GAPS}(?P<name>{NAME}){GAPS})*+",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)


def separated(inside: Tokens) -> Iterator[Tokens]:
    """What stands between the commas, those in nested brackets left alone."""
    depth, first = 0, 0
    for index, token in enumerate(inside):
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and depth == 0:
            yield inside[first:index]
            first = index + 1
    yield inside[first:]


def comparisons(tokens: Tokens) -> Iterator[Tokens]:
    """What stands between the words that join, at whatever depth."""
    return _parted(tokens, ("AND", "OR", "WHEN", "THEN", "ELSE"), deep=True)


def conjuncts(tokens: Tokens) -> list[Tokens]:
    """What must all be true."""
    parts = [*_parted(tokens, ("AND",), deep=False)]
    return [tokens] if len([*_parted(tokens, ("OR",), deep=False)]) > 1 else parts


def _parted(tokens: Tokens, words: Collection[str], deep: bool) -> Iterator[Tokens]:
    """The AND of a BETWEEN joins nothing."""
    first, depth, between = 0, 0, False
    for index, token in enumerate(tokens):
        word = token.upper
        depth += (word in ("(", "CASE")) - (word in (")", "END"))
        if word == "BETWEEN":
            between = True
        elif word == "AND" and between:
            between = False
        elif word in words and (deep or depth == 0):
            yield tokens[first:index]
            first = index + 1
    yield tokens[first:]


def term(sql: str, inside: Tokens) -> Term:
    """`lower(name) COLLATE NOCASE DESC NULLS LAST`, read from its end; its tokens are of `sql`."""
    descending = False
    if [token.upper for token in inside[-2:]] in (["NULLS", "FIRST"], ["NULLS", "LAST"]):
        inside = inside[:-2]
    if len(inside) > 1 and inside[-1].upper in ("ASC", "DESC"):
        descending, inside = inside[-1].upper == "DESC", inside[:-1]
    core, collation = _collated(inside)
    return Term(
        text=text_of(sql, core), collation=collation, descending=descending, is_name=len(core) == 1
    )


def _collated(inside: Tokens) -> tuple[Tokens, str]:
    """An expression and its collation, without the brackets around them."""
    core, collations = _without_collations(inside)
    if collations and not _is_one(core):
        return inside, ""  # it belongs to the last operand: it binds tightest
    bare = _unbracketed(core)
    if collations or bare == core:
        return bare, collations[0] if collations else ""
    core, collations = _without_collations(bare)
    if collations and _is_one(core):
        return _unbracketed(core), collations[0]
    return bare, ""


def _without_collations(inside: Tokens) -> tuple[Tokens, list[str]]:
    """What stands before the COLLATEs at the end, and their names; the last one counts."""
    names: list[str] = []
    while len(inside) > 2 and inside[-2].upper == "COLLATE":
        names.append(unquoted(inside[-1].text))
        inside = inside[:-2]
    return inside, names


def _unbracketed(inside: Tokens) -> Tokens:
    while len(inside) > 2 and inside[0].text == "(" and _opens_at(inside) == 0:
        inside = inside[1:-1]
    return inside


def _is_one(inside: Tokens) -> bool:
    """One name, one call, one bracket: nothing that an operator joins."""
    return len(inside) == 1 or _opens_at(inside) in (0, 1)


def _opens_at(inside: Tokens) -> int:
    """Where the bracket opens that the last token closes; -1 if it closes none."""
    depth = 0
    for index in range(len(inside) - 1, -1, -1):
        depth += (inside[index].text == ")") - (inside[index].text == "(")
        if depth == 0:
            return index if inside[-1].text == ")" else -1
    return -1


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
        rules.append(_table_constraint(cursor, start, name))
    return tuple(rules)


def _table_constraint(cursor: Cursor, start: int, name: str) -> AnyRule:
    if cursor.accept("PRIMARY", "KEY"):
        return _table_key(cursor, start, name, primary=True)
    if cursor.accept("UNIQUE"):
        return _table_key(cursor, start, name, primary=False)
    if cursor.accept("CHECK"):
        return check(cursor, start, name)
    if cursor.accept("FOREIGN", "KEY"):
        columns = names(cursor)
        cursor.expect("REFERENCES")
        return references(cursor, start, name, columns)
    raise cursor.unreadable("not a table constraint that is known")


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


def references(cursor: Cursor, start: int, name: str, columns: tuple[str, ...]) -> References:
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
