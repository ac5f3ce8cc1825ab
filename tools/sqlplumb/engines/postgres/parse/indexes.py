"""What the server prints of an index: its terms, each with its operator class, collation and order.

Reads `pg_get_indexdef` alone, which says all of it in one order. Must never read a text of an
author.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.engines.postgres.parse.heads import elements
from sqlplumb.engines.postgres.parse.lexer import Token, lex
from sqlplumb.schema import Index, KeyPart, PrimaryKey, Unique


def search_keys(fact: Index | Unique | PrimaryKey) -> tuple[KeyPart, ...]:
    """Return the terms of an index with what else is said of them in `collation`: two that are not
    of one method, or of which one is INVALID, have none alike."""
    if not isinstance(fact, Index):
        return fact.columns
    if fact.options.flag("is_invalid") or fact.options.flag("is_replica_identity"):
        return (KeyPart(fact.ref.name, collation="of its own"),)
    return tuple(_terms(fact))


def _terms(index: Index) -> Iterator[KeyPart]:
    tokens = [*lex(index.options.word("definition"))]
    method = index.options.word("method")
    at = next(number for number, token in enumerate(tokens) if token.upper == "USING") + 2
    printed = elements(tokens, at, depth=1)
    for part, term in zip(index.keys, printed, strict=True):
        said = [] if method == "btree" else [method]
        said += [token.text for token in _behind_expression(term)]
        is_descending = bool(said) and said[-1] == "DESC"
        yield KeyPart(
            part.term,
            collation=" ".join(said[:-1] if is_descending else said),
            descending=is_descending,
            is_expression=part.is_expression,
        )
    names = getattr(index.options, "include", ())
    yield from (KeyPart(name, collation="INCLUDE") for name in names)


def _behind_expression(term: Sequence[Token]) -> Sequence[Token]:
    """Return what stands behind a column, a call or an expression in brackets."""
    at = 1
    while at < len(term) and term[at].text == ".":  # the schema of a function
        at += 2
    if term[0].text != "(" and (at >= len(term) or term[at].text != "("):
        return term[at:]
    depth = 0
    for number, token in enumerate(term):
        depth += (token.text == "(") - (token.text == ")")
        if not depth and number >= at - 1 and token.text == ")":
            return term[number + 1 :]
    return ()
