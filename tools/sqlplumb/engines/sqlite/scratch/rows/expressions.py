"""The expressions of a table, and the columns that each depends on.

A generated column stands for those it is generated from. Names of columns are folded, which SQLite
does not mind. Nothing here says whether an expression is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlplumb.engines.sqlite.parse import parts
from sqlplumb.engines.sqlite.parse.lexer import Tokens, conjuncts, fold, tokens, unquoted
from sqlplumb.engines.sqlite.parse.parts import CheckClause, ColumnDef, IndexText, TableText
from sqlplumb.engines.sqlite.parse.statements import Statement

Columns = frozenset[str]
Sources = Mapping[str, Columns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """`columns` are those that an INSERT sets and that it depends on."""

    kind: Literal["check", "default", "generated", "term", "predicate", "wish"]
    name: str  # of the CONSTRAINT or the index
    text: str
    tokens: Tokens
    columns: Columns


def mentioned(said: Tokens, sources: Sources) -> Columns:
    """The columns behind the names; a string is none, whatever it says."""
    names = {fold(unquoted(token.text)) for token in said if token.kind in ("word", "quoted")}
    return frozenset().union(*(sources[name] for name in names & sources.keys()))


def sources_of(columns: Sequence[ColumnDef]) -> Sources:
    """A column comes of itself, or of those that it is generated from."""
    made = {
        fold(column.name): column.body.generated.expression.tokens
        for column in columns
        if column.body.generated
    }
    names = [fold(column.name) for column in columns]
    sources = {name: frozenset(() if name in made else (name,)) for name in names}
    for _ in made:  # each round sees one generated column further
        sources |= {name: mentioned(tokens, sources) for name, tokens in made.items()}
    return sources


def in_table(parsed: TableText, sources: Sources) -> Iterator[Expression]:
    for column in parsed.columns:
        own = sources[fold(column.name)]
        default, generated = column.body.default, column.body.generated
        if default:
            yield Expression(
                kind="default", name="", text="", tokens=tuple(tokens(default.text)), columns=own
            )
        if generated:
            yield Expression(
                kind="generated", name="", text="", tokens=generated.expression.tokens, columns=own
            )
    for rule in parsed.rules:
        if isinstance(rule, CheckClause):
            yield _expression("check", rule.name, rule.expression, sources=sources)


def in_indexes(
    indexes: Iterable[tuple[Statement, IndexText]], sources: Sources
) -> Iterator[Expression]:
    for statement, index in indexes:
        for term in index.terms:
            yield _expression("term", statement.name, term, sources=sources)
        if index.predicate:
            yield _expression("predicate", statement.name, index.predicate, sources=sources)


def _expression(
    kind: Literal["check", "term", "predicate"],
    name: str,
    said: parts.Expression,
    *,
    sources: Sources,
) -> Expression:
    return Expression(
        kind=kind,
        name=name,
        text=said.text,
        tokens=said.tokens,
        columns=mentioned(said.tokens, sources),
    )


def all_of(expression: Expression, sources: Sources) -> Iterator[Expression]:
    """Step by step: what must be true first, then the next with it."""
    begins = expression.tokens[0].start
    for part in conjuncts(expression.tokens):
        text = expression.text[: part[-1].end - begins]
        yield replace(expression, text=text, columns=mentioned(part, sources))
