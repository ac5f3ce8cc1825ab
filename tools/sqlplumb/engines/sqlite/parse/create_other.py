"""CREATE INDEX and CREATE VIRTUAL TABLE, and where the body of a view or a trigger begins."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlplumb.engines.sqlite.parse.clauses import separated, term
from sqlplumb.engines.sqlite.parse.lexer import (
    GAPS,
    NAME,
    REMEMBERED,
    WORD_ENDS,
    Cursor,
    Unreadable,
    unquoted,
)
from sqlplumb.engines.sqlite.parse.parts import Expression, IndexText, Term, Tokens, VirtualText

_HEAD = re.compile(
    rf"""CREATE{WORD_ENDS}{GAPS}(?P<unique>UNIQUE{WORD_ENDS}{GAPS})?INDEX{WORD_ENDS}{GAPS}{NAME}
    {GAPS}ON{WORD_ENDS}{GAPS}{NAME}""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)


def read_index(sql: str) -> IndexText:
    head = _HEAD.match(sql)
    if head is None:
        raise Unreadable("expected CREATE INDEX, a name, ON and a table", 0)
    try:
        terms, predicate = _index_body(sql[head.end() :])
    except Unreadable as error:
        raise Unreadable(str(error), head.end() + error.offset) from error
    return IndexText(terms, head["unique"] is not None, predicate)


@lru_cache(maxsize=REMEMBERED)
def _index_body(text: str) -> tuple[tuple[Term, ...], Expression | None]:
    """What stands behind the name of the table: many indexes are on columns of the same names."""
    cursor = Cursor(text)
    terms = tuple(term(text, part) for part in separated(tuple(cursor.bracketed())))
    predicate = None
    if cursor.accept("WHERE"):
        first = cursor.index
        while not cursor.done and cursor.word != ";":
            cursor.take()
        predicate = Expression(cursor.text_of(cursor.tokens[first : cursor.index]))
    cursor.accept(";")
    if not cursor.done:
        raise cursor.unreadable("not a part of an index that is known")
    return terms, predicate


def read_virtual(sql: str) -> VirtualText:
    cursor = Cursor(sql)
    cursor.expect("CREATE", "VIRTUAL", "TABLE")
    cursor.name()
    cursor.expect("USING")
    module = unquoted(cursor.take().text)
    inside = tuple(cursor.bracketed()) if cursor.word == "(" else ()
    return VirtualText(module, tuple(separated(inside)) if inside else ())


def read_body(sql: str) -> Tokens:
    """Everything behind the name of a view or a trigger."""
    cursor = Cursor(sql)
    cursor.expect("CREATE")
    cursor.take()
    cursor.name()
    rest = tuple(cursor.tokens[cursor.index :])
    return rest[:-1] if rest and rest[-1].text == ";" else rest
