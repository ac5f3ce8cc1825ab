"""CREATE TABLE. SQLite has accepted the text before it comes here; this only says what it says.

Whatever is not known here raises `Unreadable`: nothing is stepped over.
"""

from __future__ import annotations

from dataclasses import replace

from sqlplumb.engines.sqlite.parse import clauses
from sqlplumb.engines.sqlite.parse.cursor import Cursor, Unreadable
from sqlplumb.engines.sqlite.parse.lexer import Token, unquoted
from sqlplumb.engines.sqlite.parse.parts import (
    Collate,
    ColumnDef,
    ColumnPart,
    Default,
    Generated,
    NotNull,
    References,
    Span,
    TablePart,
    TableText,
    Tokens,
)

_STARTS_CONSTRAINT = frozenset("CONSTRAINT PRIMARY UNIQUE CHECK FOREIGN".split())
_ENDS_TYPE = frozenset(
    "CONSTRAINT DEFAULT NULL NOT PRIMARY UNIQUE CHECK REFERENCES DEFERRABLE COLLATE AS , )".split()
)


def read_table(sql: str) -> TableText:
    cursor = Cursor(sql)
    cursor.expect("CREATE", "TABLE")
    cursor.name()
    cursor.expect("(")
    columns, constraints = _body(cursor)
    strict, without_rowid = _options(cursor)
    return TableText(columns, constraints, strict, without_rowid)


def _body(cursor: Cursor) -> tuple[tuple[ColumnDef, ...], tuple[TablePart, ...]]:
    columns: list[ColumnDef] = []
    constraints: list[TablePart] = []
    while True:
        if cursor.word in _STARTS_CONSTRAINT:
            constraints += _constraint(cursor)
        else:
            columns.append(_column(cursor))
        if cursor.accept(")"):
            return tuple(columns), tuple(constraints)
        # Between table constraints, and only there, SQLite lets the comma be left out.
        if not cursor.accept(",") and cursor.word not in _STARTS_CONSTRAINT:
            raise cursor.unreadable("expected a comma or a closing bracket")


def _options(cursor: Cursor) -> tuple[bool, bool]:
    strict = without_rowid = False
    while not cursor.done:
        if cursor.accept("STRICT"):
            strict = True
        elif cursor.accept("WITHOUT", "ROWID"):
            without_rowid = True
        elif not cursor.accept(",") and not cursor.accept(";"):
            raise cursor.unreadable("not a table option that is known")
    return strict, without_rowid


def _constraint(cursor: Cursor) -> list[TablePart]:
    start, name = cursor.start, ""
    while cursor.accept("CONSTRAINT"):
        name = cursor.name()
    if cursor.accept("PRIMARY", "KEY"):
        return [clauses.table_key(cursor, start, name, primary=True)]
    if cursor.accept("UNIQUE"):
        return [clauses.table_key(cursor, start, name, primary=False)]
    if cursor.accept("CHECK"):
        return [clauses.check(cursor, start, name)]
    if cursor.accept("FOREIGN", "KEY"):
        columns = clauses.names(cursor)
        cursor.expect("REFERENCES")
        return [clauses.references(cursor, start, name, columns)]
    if name and cursor.word in (",", ")"):
        return []  # a name that names nothing means nothing to SQLite either
    raise cursor.unreadable("not a table constraint that is known")


def _column(cursor: Cursor) -> ColumnDef:
    start, token = cursor.start, cursor.tokens[cursor.index]
    name = cursor.name()
    kind = _type(cursor)
    parts = _column_parts(cursor, token)
    return ColumnDef(name, kind, tuple(parts), Span(start, cursor.end))


def _type(cursor: Cursor) -> Tokens:
    """Any run of names, then perhaps a size: SQLite takes every word that starts no constraint."""
    first = cursor.index
    while not cursor.done and cursor.word not in _ENDS_TYPE:
        if cursor.looks_at("GENERATED", "ALWAYS", "AS"):
            break
        if cursor.word == "(":
            cursor.bracketed()
            break
        cursor.name()
    said = cursor.tokens[first : cursor.index]
    # SQLite takes these two words off the end of a type, whether or not an AS follows them.
    ends_generated = [token.upper for token in said[-2:]] == ["GENERATED", "ALWAYS"]
    return tuple(said[:-2] if ends_generated else said)


def _column_parts(cursor: Cursor, column: Token) -> list[ColumnPart]:
    parts: list[ColumnPart] = []
    start, name = cursor.start, ""
    while cursor.word not in (",", ")"):
        if cursor.word == "FOREIGN":
            raise cursor.unreadable("a table constraint needs a comma before it")
        if cursor.accept("CONSTRAINT"):
            name = cursor.name()
            continue
        if cursor.looks_at("NOT", "DEFERRABLE") or cursor.word == "DEFERRABLE":
            _defer_last(cursor, parts, start)
        elif cursor.accept("NULL"):
            clauses.conflict(cursor)  # NULL says nothing, with or without a conflict clause
        else:
            parts.append(_column_part(cursor, column, start, name))
        start, name = cursor.start, ""
    return parts


def _column_part(cursor: Cursor, column: Token, start: int, name: str) -> ColumnPart:
    if cursor.accept("NOT", "NULL"):
        conflict = clauses.conflict(cursor)
        return NotNull(on_conflict=conflict, name=name, span=clauses.span(cursor, start))
    if cursor.accept("DEFAULT"):
        return _default(cursor, start, name)
    if cursor.accept("PRIMARY", "KEY"):
        return clauses.column_key(cursor, start, name, column, primary=True)
    if cursor.accept("UNIQUE"):
        return clauses.column_key(cursor, start, name, column, primary=False)
    if cursor.accept("CHECK"):
        return clauses.check(cursor, start, name)
    if cursor.accept("REFERENCES"):
        return clauses.references(cursor, start, name, (unquoted(column.text),))
    if cursor.accept("COLLATE"):
        collation = cursor.name()
        return Collate(collation=collation, name=name, span=clauses.span(cursor, start))
    if cursor.accept("GENERATED", "ALWAYS", "AS") or cursor.accept("AS"):
        return _generated(cursor, start, name)
    raise cursor.unreadable("not a column constraint that is known")


def _default(cursor: Cursor, start: int, name: str) -> Default:
    bracketed = cursor.word == "("
    first = cursor.index
    if bracketed:
        inside = tuple(cursor.bracketed())
    else:
        if cursor.take().text in ("+", "-"):
            cursor.take()
        inside = tuple(cursor.tokens[first : cursor.index])
    return Default(tokens=inside, bracketed=bracketed, name=name, span=clauses.span(cursor, start))


def _generated(cursor: Cursor, start: int, name: str) -> Generated:
    inside = tuple(cursor.bracketed())
    stored = cursor.accept("STORED")
    if not stored:
        cursor.accept("VIRTUAL")
    return Generated(tokens=inside, stored=stored, name=name, span=clauses.span(cursor, start))


def _defer_last(cursor: Cursor, parts: list[ColumnPart], start: int) -> None:
    """A DEFERRABLE that stands apart speaks of the last reference before it, as in SQLite."""
    deferrable = clauses.deferrable(cursor)
    for index in range(len(parts) - 1, -1, -1):
        part = parts[index]
        if isinstance(part, References):
            parts[index] = replace(part, deferrable=deferrable)
            return
    raise Unreadable("DEFERRABLE stands behind no REFERENCES of its own column", start)
