"""CREATE INDEX and CREATE VIRTUAL TABLE, and where the body of a view or a trigger begins."""

from __future__ import annotations

from sqlplumb.engines.sqlite.parse import clauses
from sqlplumb.engines.sqlite.parse.cursor import Cursor
from sqlplumb.engines.sqlite.parse.lexer import unquoted
from sqlplumb.engines.sqlite.parse.parts import IndexText, Tokens, VirtualText


def read_index(sql: str) -> IndexText:
    cursor = Cursor(sql)
    cursor.expect("CREATE")
    unique = cursor.accept("UNIQUE")
    cursor.expect("INDEX")
    cursor.name()
    cursor.expect("ON")
    cursor.name()
    terms = clauses.terms(cursor)
    predicate: Tokens = ()
    if cursor.accept("WHERE"):
        first = cursor.index
        while not cursor.done and cursor.word != ";":
            cursor.take()
        predicate = tuple(cursor.tokens[first : cursor.index])
    cursor.accept(";")
    if not cursor.done:
        raise cursor.unreadable("not a part of an index that is known")
    return IndexText(terms, unique, predicate)


def read_virtual(sql: str) -> VirtualText:
    cursor = Cursor(sql)
    cursor.expect("CREATE", "VIRTUAL", "TABLE")
    cursor.name()
    cursor.expect("USING")
    module = unquoted(cursor.take().text)
    inside = tuple(cursor.bracketed()) if cursor.word == "(" else ()
    return VirtualText(module, tuple(clauses.separated(inside)) if inside else ())


def read_body(sql: str) -> Tokens:
    """Everything behind the name of a view or a trigger."""
    cursor = Cursor(sql)
    cursor.expect("CREATE")
    cursor.take()
    cursor.name()
    rest = tuple(cursor.tokens[cursor.index :])
    return rest[:-1] if rest and rest[-1].text == ";" else rest
