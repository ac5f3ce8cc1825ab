"""What a row of one table must look like, read from its CREATE statements.

Owns which columns an INSERT names, and what is said of each. Names of columns are folded here;
SQLite does not mind. It must never open a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlplumb.engines.sqlite.facts import spelling
from sqlplumb.engines.sqlite.facts.keys import is_rowid_alias, primary_clause, required_by_key
from sqlplumb.engines.sqlite.facts.pieces import all_parts
from sqlplumb.engines.sqlite.grammar.lexer import fold, unquoted
from sqlplumb.engines.sqlite.grammar.others import read_index
from sqlplumb.engines.sqlite.grammar.parts import (
    CheckClause,
    ColumnDef,
    Default,
    Generated,
    IndexText,
    NotNull,
    References,
    TableText,
    Tokens,
)
from sqlplumb.engines.sqlite.grammar.table import read_table
from sqlplumb.engines.sqlite.rows.literals import conjuncts
from sqlplumb.engines.sqlite.statements import Statement, Unit

_ROWID_NAMES = ("rowid", "oid", "_rowid_")  # in the order in which they are tried

Columns = frozenset[str]
Sources = Mapping[str, Columns]


@dataclass(frozen=True, slots=True)
class Expression:
    """`columns` are those that an INSERT sets and that it depends on."""

    kind: Literal["check", "default", "generated", "term", "predicate"]
    name: str  # of the CONSTRAINT or the index
    text: str
    tokens: Tokens
    columns: Columns


@dataclass(frozen=True, slots=True)
class Shape:
    table: str
    parsed: TableText
    indexes: Mapping[str, IndexText]
    expressions: tuple[Expression, ...]
    sources: Sources
    columns: tuple[str, ...]  # those that an INSERT sets
    nullable: Columns
    key: tuple[str, ...]
    alias: str  # the column that is the row number
    rowid: str  # else what the row number is called, where no column hides it

    @property
    def predicates(self) -> Iterator[Expression]:
        return (one for one in self.expressions if one.kind == "predicate")

    @property
    def references(self) -> Iterator[References]:
        return (part for part in all_parts(self.parsed) if isinstance(part, References))

    @property
    def autoincrement(self) -> bool:
        primary = primary_clause(self.parsed)
        return primary is not None and primary.autoincrement

    @property
    def types(self) -> Mapping[str, str]:
        return {fold(one.name): spelling.declared_type(one.type) for one in self.parsed.columns}


def read_shape(unit: Unit) -> Shape:
    parsed = read_table(unit[0].text)
    sources = _sources(parsed.columns)
    columns = tuple(name for name, of in sources.items() if name in of)
    primary = primary_clause(parsed)
    key = tuple(fold(unquoted(term.tokens[0].text)) for term in primary.terms) if primary else ()
    alias = key[0] if primary and is_rowid_alias(parsed, primary) else ""
    free = [name for name in _ROWID_NAMES if name not in sources]
    indexes = {one.name: (one, read_index(one.text)) for one in unit if one.kind == "index"}
    return Shape(
        table=unit[0].name,
        parsed=parsed,
        indexes={name: index for name, (_, index) in indexes.items()},
        expressions=(
            *_in_table(unit[0], parsed, sources),
            *_in_indexes(indexes.values(), sources),
        ),
        sources=sources,
        columns=columns,
        nullable=frozenset(columns) - _required(parsed) - {alias},
        key=key,
        alias=alias,
        rowid=free[0] if free and not alias and not parsed.without_rowid else "",
    )


def all_of(expression: Expression, shape: Shape) -> Iterator[Expression]:
    """Step by step: what must be true first, then the next with it."""
    begins = expression.tokens[0].start
    for part in conjuncts(expression.tokens):
        text = expression.text[: part[-1].end - begins]
        yield replace(expression, text=text, columns=mentioned(part, shape.sources))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def mentioned(tokens: Tokens, sources: Sources) -> Columns:
    """The columns behind the names; a string is none, whatever it says."""
    names = {fold(unquoted(token.text)) for token in tokens if token.kind in ("word", "quoted")}
    return frozenset().union(*(sources[name] for name in names & sources.keys()))


def _sources(columns: Sequence[ColumnDef]) -> Sources:
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


def _required(parsed: TableText) -> Columns:
    said = (
        fold(column.name)
        for column in parsed.columns
        if any(isinstance(part, NotNull) for part in column.parts)
    )
    return frozenset(said) | required_by_key(parsed)


def _in_table(statement: Statement, parsed: TableText, sources: Sources) -> Iterator[Expression]:
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


def _in_indexes(
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
    text = statement.text[tokens[0].start : tokens[-1].end] if tokens else ""
    return Expression(kind, name, text, tokens, mentioned(tokens, sources))
