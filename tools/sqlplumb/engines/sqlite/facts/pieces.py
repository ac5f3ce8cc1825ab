"""The small pieces that facts are made of: an address, the author's words, an expression."""

from __future__ import annotations

from sqlplumb.engines.sqlite.expressions import canonical_expression
from sqlplumb.engines.sqlite.grammar.lexer import fold
from sqlplumb.engines.sqlite.grammar.parts import Part, Tokens
from sqlplumb.engines.sqlite.statements import Statement
from sqlplumb.schema import Expr, Kind, Ref


def ref(kind: Kind, statement: Statement, part: Part, unnamed: str) -> Ref:
    """A constraint is known by its name, or else by what it is about."""
    name = fold(part.name) if part.name else unnamed
    return Ref(kind, fold(statement.name), name, part.name)


def words(statement: Statement, part: Part) -> str:
    return statement.text[part.span.start : part.span.end]


def expression(statement: Statement, tokens: Tokens, names: frozenset[str]) -> Expr:
    table = fold(statement.table or statement.name)
    return Expr(canonical_expression(tokens, names, table), slice_of(statement, tokens))


def slice_of(statement: Statement, tokens: Tokens) -> str:
    return statement.text[tokens[0].start : tokens[-1].end] if tokens else ""
