"""The expressions of a table, and the columns that each depends on.

A generated column stands for those it is generated from. Names of columns are folded, which SQLite
does not mind. Nothing here says whether an expression is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlplumb.engines.sqlite.parse.clauses import conjuncts
from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.engines.sqlite.parse.parts import (
    CheckClause,
    ColumnDef,
    Default,
    Generated,
    IndexText,
    TableText,
    Tokens,
)
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.read.facts.pieces import all_parts, slice_of

Columns = frozenset[str]
Sources = Mapping[str, Columns]


@dataclass(frozen=True, slots=True)
class Expression:
    """`columns` are those that an INSERT sets and that it depends on."""

    kind: Literal["check", "default", "generated", "term", "predicate", "wish"]
    name: str  # of the CONSTRAINT or the index
    text: str
    tokens: Tokens
    columns: Columns


def mentioned(tokens: Tokens, sources: Sources) -> Columns:
    """The columns behind the names; a string is none, whatever it says."""
    names = {fold(unquoted(token.text)) for token in tokens if token.kind in ("word", "quoted")}
    return frozenset().union(*(sources[name] for name in names & sources.keys()))


def sources_of(columns: Sequence[ColumnDef]) -> Sources:
    """A column comes of itself, or of those that it is generated from."""
    made = {
        fold(column.name): part.tokens
        for column in columns
        for part in column.parts
        if isinstance(part, Generated)
    }
    names = [fold(column.name) for column in columns]
    sources = {name: frozenset(() if name in made else (name,)) for name in names}
    for _ in made:  # each round sees one generated column further
        sources |= {name: mentioned(tokens, sources) for name, tokens in made.items()}
    return sources


def in_table(statement: Statement, parsed: TableText, sources: Sources) -> Iterator[Expression]:
    for column in parsed.columns:
        own = sources[fold(column.name)]
        for part in column.parts:
            if isinstance(part, Default):
                yield Expression("default", "", "", part.tokens, own)
            elif isinstance(part, Generated):
                yield Expression("generated", "", "", part.tokens, own)
    for clause in all_parts(parsed):
        if isinstance(clause, CheckClause):
            yield _expression("check", clause.name, statement, clause.tokens, sources)


def in_indexes(
    indexes: Iterable[tuple[Statement, IndexText]], sources: Sources
) -> Iterator[Expression]:
    for statement, index in indexes:
        for term in index.terms:
            yield _expression("term", statement.name, statement, term.tokens, sources)
        if index.predicate:
            yield _expression("predicate", statement.name, statement, index.predicate, sources)


def _expression(
    kind: Literal["check", "term", "predicate"],
    name: str,
    statement: Statement,
    tokens: Tokens,
    sources: Sources,
) -> Expression:
    text = slice_of(statement, tokens)
    return Expression(kind, name, text, tokens, mentioned(tokens, sources))


def all_of(expression: Expression, sources: Sources) -> Iterator[Expression]:
    """Step by step: what must be true first, then the next with it."""
    begins = expression.tokens[0].start
    for part in conjuncts(expression.tokens):
        text = expression.text[: part[-1].end - begins]
        yield replace(expression, text=text, columns=mentioned(part, sources))
