"""CREATE INDEX and the terms of all keys; CREATE VIRTUAL TABLE; bodies of views and triggers.

Terms are read from tokens. What a term means when it is compared is decided in `read/facts`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sqlplumb.engines.sqlite.parse.lexer import (
    GAPS,
    NAME,
    REMEMBERED,
    WORD_ENDS,
    Cursor,
    Tokens,
    Unreadable,
    separated,
    text_of,
    unquoted,
)
from sqlplumb.engines.sqlite.parse.parts import Expression, IndexText, Term, VirtualText

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
