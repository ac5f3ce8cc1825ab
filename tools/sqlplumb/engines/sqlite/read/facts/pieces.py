"""The small pieces that facts are made of: an address, the author's words, an expression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.engines.sqlite.parse.expressions import read_expression
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.parse.parts import Part, TableText, Tokens
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.schema import Expr, Kind, Ref


def ref(kind: Kind, statement: Statement, part: Part, columns: Iterable[str]) -> Ref:
    """A constraint is known by its name, or else by the columns that it is about."""
    about = "" if part.name else f"{kind}({', '.join(columns)})"
    return Ref(
        kind,
        fold(statement.name),
        fold(part.name or about),
        shown=part.name,
        shown_table=statement.name,
        about=about,
    )


def all_parts(parsed: TableText) -> Iterator[Part]:
    for column in parsed.columns:
        yield from column.parts
    yield from parsed.constraints


def words(statement: Statement, parsed: TableText, part: Part) -> str:
    """The author's words for a constraint: in a column, those of the column, or they say little."""
    start = part.span.start
    inside = (
        column.span for column in parsed.columns if column.span.start <= start < column.span.end
    )
    span = next(inside, part.span)
    return statement.text[span.start : span.end]


def expression(statement: Statement, tokens: Tokens, names: frozenset[str]) -> Expr:
    table = statement.unit
    canonical, columns = read_expression(tokens, names, table)
    return Expr(canonical, slice_of(statement, tokens), columns)


def slice_of(statement: Statement, tokens: Tokens) -> str:
    return statement.text[tokens[0].start : tokens[-1].end] if tokens else ""
