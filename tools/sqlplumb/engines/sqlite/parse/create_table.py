"""CREATE TABLE. SQLite has accepted the text before it comes here; this only says what it says.

The text is cut at the commas between columns and constraints. What stands behind a name is read
once for each distinct text, since the columns of a schema are much alike. Whatever is not known
here raises `Unreadable`: nothing is stepped over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from sqlplumb.engines.sqlite.parse import clauses
from sqlplumb.engines.sqlite.parse.lexer import (
    COMMENT,
    GAPS,
    NAME,
    QUOTED,
    REMEMBERED,
    STRING,
    WORD_ENDS,
    Cursor,
    Unreadable,
    fold,
    unquoted,
)
from sqlplumb.engines.sqlite.parse.parts import (
    AnyRule,
    Collate,
    ColumnBody,
    ColumnDef,
    Default,
    Expression,
    Generated,
    KeyClause,
    NotNull,
    References,
    Span,
    TableText,
    Term,
    declared_type_of,
    without_generated,
)

_FLAGS = re.DOTALL | re.IGNORECASE | re.ASCII
_HEAD = re.compile(rf"CREATE{WORD_ENDS}{GAPS}TABLE{WORD_ENDS}{GAPS}{NAME}{GAPS}\(", _FLAGS)
_SIGN = re.compile(
    rf"[^(),'\"`\[/-]*+(?:(?P<sign>[(),])|{STRING}|{QUOTED}|{COMMENT}|.|\Z)", re.DOTALL
)
_FIRST = re.compile(rf"{GAPS}(?P<name>{NAME})", re.DOTALL)
_BEGINS_CONSTRAINT = frozenset("constraint primary unique check foreign".split())
_ENDS_TYPE = frozenset(
    "CONSTRAINT DEFAULT NULL NOT PRIMARY UNIQUE CHECK REFERENCES DEFERRABLE COLLATE AS".split()
)
_NO_PLACE = Span(0, 0)


@lru_cache(maxsize=256)
def read_table(sql: str) -> TableText:
    cuts = _cuts(sql)
    columns: list[ColumnDef] = []
    rules: list[AnyRule] = []
    constraints: list[AnyRule] = []
    for start, end in pairwise(cuts):
        first = _FIRST.match(sql, start, end - 1)
        if first is None:
            raise Unreadable("expected a name", start)
        name, begins = first["name"], first.end()
        if fold(name) in _BEGINS_CONSTRAINT:
            constraints += clauses.table_constraints(sql, first.start("name"), end - 1)
            continue
        if constraints:
            raise Unreadable("a column stands behind a table constraint", first.start("name"))
        try:
            body = _column_body(sql[begins : end - 1])
        except Unreadable as error:
            raise Unreadable(str(error), begins + error.offset) from error
        column = ColumnDef(unquoted(name), body, start=first.start("name"), end=begins + body.end)
        columns.append(column)
        if body.rules:
            rules += _rules_of(column, name, begins)
    strict, without_rowid = _options(sql[cuts[-1] :])
    return TableText(
        columns=tuple(columns),
        names=frozenset([fold(column.name) for column in columns]),
        rules=(*rules, *constraints),
        constraint_starts=tuple(rule.start for rule in constraints),
        strict=strict,
        without_rowid=without_rowid,
    )


def _cuts(sql: str) -> list[int]:
    """Behind the opening bracket of the table, its commas, and its closing bracket."""
    head = _HEAD.match(sql)
    if head is None:
        raise Unreadable("expected CREATE TABLE, a name and a bracket", 0)
    cuts, depth = [head.end()], 1
    for match in _SIGN.finditer(sql, head.end()):
        char = match[1]
        if char == ",":
            if depth == 1:
                cuts.append(match.end())
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                cuts.append(match.end())
                return cuts
    raise Unreadable("unexpected end", len(sql))


@lru_cache(maxsize=REMEMBERED)
def _options(text: str) -> tuple[bool, bool]:
    cursor = Cursor(text)
    strict = without_rowid = False
    while not cursor.done:
        if cursor.accept("STRICT"):
            strict = True
        elif cursor.accept("WITHOUT", "ROWID"):
            without_rowid = True
        elif not cursor.accept(",") and not cursor.accept(";"):
            raise cursor.unreadable("not a table option that is known")
    return strict, without_rowid


# ---------------------------------------------------------------------------------------- columns


def _rules_of(column: ColumnDef, name: str, begins: int) -> Iterator[AnyRule]:
    """Those of its body, which knows neither its own place nor the column's name."""
    words = Span(column.start, column.end)
    for rule in column.body.rules:
        start = begins + rule.start
        if isinstance(rule, KeyClause):
            terms = (Term(text=name, collation="", descending=rule.terms[0].descending),)
            yield replace(rule, start=start, words=words, terms=terms)
        elif isinstance(rule, References):
            yield replace(rule, start=start, words=words, columns=(column.name,))
        else:
            yield replace(rule, start=start, words=words)


@lru_cache(maxsize=REMEMBERED)
def _column_body(text: str) -> ColumnBody:
    cursor = Cursor(text)
    declared = _type(cursor)
    not_null: NotNull | None = None
    default: Default | None = None
    collate: Collate | None = None
    generated: Generated | None = None
    rules: list[AnyRule] = []
    start, name = cursor.start, ""
    while not cursor.done:
        if cursor.accept("CONSTRAINT"):
            name = cursor.name()
            continue
        if cursor.looks_at("NOT", "DEFERRABLE") or cursor.word == "DEFERRABLE":
            _defer_last(cursor, rules, start)
        elif cursor.accept("NULL"):
            clauses.conflict(cursor)  # NULL says nothing, with or without a conflict clause
        elif cursor.accept("NOT", "NULL"):
            not_null = NotNull(name=name, on_conflict=clauses.conflict(cursor))
        elif cursor.accept("DEFAULT"):
            default = _default(cursor, name)
        elif cursor.accept("COLLATE"):
            collate = Collate(collation=cursor.name())
        elif cursor.accept("GENERATED", "ALWAYS", "AS") or cursor.accept("AS"):
            generated = _generated(cursor)
        elif cursor.word == "FOREIGN":
            raise cursor.unreadable("a table constraint needs a comma before it")
        else:
            rules.append(_column_rule(cursor, start, name))
        start, name = cursor.start, ""
    return ColumnBody(
        type=declared,
        not_null=not_null,
        default=default,
        collate=collate,
        generated=generated,
        rules=tuple(rules),
        end=cursor.end,
    )


def _type(cursor: Cursor) -> str:
    """Any run of names, then perhaps a size: SQLite takes every word that starts no constraint."""
    first = cursor.index
    while not cursor.done and cursor.word not in _ENDS_TYPE:
        if cursor.word == "(":
            cursor.bracketed()
            break
        cursor.name()
    text = cursor.text_of(cursor.tokens[first : cursor.index])
    return declared_type_of(without_generated(text))


def _default(cursor: Cursor, name: str) -> Default:
    if cursor.word == "(":
        return Default(name=name, text=cursor.text_of(cursor.bracketed()), bracketed=True)
    first = cursor.index
    if cursor.take().text in ("+", "-"):
        cursor.take()
    text = cursor.text_of(cursor.tokens[first : cursor.index])
    return Default(name=name, text=text, bracketed=False)


def _generated(cursor: Cursor) -> Generated:
    expression = Expression(cursor.text_of(cursor.bracketed()))
    stored = cursor.accept("STORED")
    if not stored:
        cursor.accept("VIRTUAL")
    return Generated(expression=expression, stored=stored)


def _column_rule(cursor: Cursor, start: int, name: str) -> AnyRule:
    if cursor.accept("PRIMARY", "KEY"):
        return _column_key(cursor, start, name, primary=True)
    if cursor.accept("UNIQUE"):
        return _column_key(cursor, start, name, primary=False)
    if cursor.accept("CHECK"):
        return clauses.check(cursor, start, name)
    if cursor.accept("REFERENCES"):
        return clauses.references(cursor, start, name, columns=())
    raise cursor.unreadable("not a column constraint that is known")


def _column_key(cursor: Cursor, start: int, name: str, *, primary: bool) -> KeyClause:
    descending = cursor.word == "DESC"
    if cursor.word in ("ASC", "DESC"):
        cursor.take()
    on_conflict = clauses.conflict(cursor)
    return KeyClause(
        primary=primary,
        terms=(Term(text="", collation="", descending=descending),),
        in_column=True,
        on_conflict=on_conflict,
        autoincrement=cursor.accept("AUTOINCREMENT"),
        name=name,
        start=start,
        words=_NO_PLACE,
    )


def _defer_last(cursor: Cursor, rules: list[AnyRule], start: int) -> None:
    """A DEFERRABLE that stands apart speaks of the last reference before it, as in SQLite."""
    deferrable = clauses.deferrable(cursor)
    for index in range(len(rules) - 1, -1, -1):
        rule = rules[index]
        if isinstance(rule, References):
            rules[index] = replace(rule, deferrable=deferrable)
            return
    raise Unreadable("DEFERRABLE stands behind no REFERENCES of its own column", start)
