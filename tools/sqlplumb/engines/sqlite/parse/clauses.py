"""The clauses that columns and tables share: keys, checks, references, conflicts.

Each function starts with the cursor behind the words that chose it and ends behind the clause.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlplumb.engines.sqlite.parse.cursor import Cursor
from sqlplumb.engines.sqlite.parse.lexer import Token, unquoted
from sqlplumb.engines.sqlite.parse.parts import (
    CheckClause,
    Deferrable,
    KeyClause,
    References,
    Span,
    Term,
    Tokens,
)


def span(cursor: Cursor, start: int) -> Span:
    return Span(start, cursor.end)


def conflict(cursor: Cursor) -> str:
    return cursor.take().upper if cursor.accept("ON", "CONFLICT") else ""


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


def term(inside: Tokens) -> Term:
    """`lower(name) COLLATE NOCASE DESC NULLS LAST`, read from its end."""
    descending = False
    if [token.upper for token in inside[-2:]] in (["NULLS", "FIRST"], ["NULLS", "LAST"]):
        inside = inside[:-2]
    if len(inside) > 1 and inside[-1].upper in ("ASC", "DESC"):
        descending, inside = inside[-1].upper == "DESC", inside[:-1]
    core, collations = _without_collations(inside)
    if collations and not _is_one(core):
        return Term(inside, "", descending)  # it belongs to the last operand: it binds tightest
    bare = _unbracketed(core)
    if collations or bare == core:
        return Term(bare, collations[0] if collations else "", descending)
    core, collations = _without_collations(bare)
    if collations and _is_one(core):
        return Term(_unbracketed(core), collations[0], descending)
    return Term(bare, "", descending)


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


def terms(cursor: Cursor) -> tuple[Term, ...]:
    return tuple(term(part) for part in separated(tuple(cursor.bracketed())))


def names(cursor: Cursor) -> tuple[str, ...]:
    return tuple(unquoted(part[0].text) for part in separated(tuple(cursor.bracketed())))


def column_key(cursor: Cursor, start: int, name: str, column: Token, primary: bool) -> KeyClause:
    descending = cursor.word == "DESC"
    if cursor.word in ("ASC", "DESC"):
        cursor.take()
    on_conflict = conflict(cursor)
    autoincrement = cursor.accept("AUTOINCREMENT")
    return KeyClause(
        primary=primary,
        terms=(Term((column,), "", descending),),
        in_column=True,
        on_conflict=on_conflict,
        autoincrement=autoincrement,
        name=name,
        span=span(cursor, start),
    )


def table_key(cursor: Cursor, start: int, name: str, primary: bool) -> KeyClause:
    inside = tuple(cursor.bracketed())
    autoincrement = primary and bool(inside) and inside[-1].upper == "AUTOINCREMENT"
    parts = separated(inside[:-1] if autoincrement else inside)
    return KeyClause(
        primary=primary,
        terms=tuple(term(part) for part in parts),
        on_conflict=conflict(cursor),
        autoincrement=autoincrement,
        name=name,
        span=span(cursor, start),
    )


def check(cursor: Cursor, start: int, name: str) -> CheckClause:
    return CheckClause(
        tokens=tuple(cursor.bracketed()),
        on_conflict=conflict(cursor),
        name=name,
        span=span(cursor, start),
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
        span=span(cursor, start),
    )


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
