"""Describe what a row of one table must look like, as its CREATE statements say it.

Owns which columns an INSERT names, what each of them may be, and which expressions depend on them;
must never open a database, nor say whether an expression is true. Names of columns are folded,
which SQLite does not mind.

A slot is what can be chosen apart: one column, or all columns of a foreign key. Where two choices
set one column the later slot counts: what a foreign key needs stands above what a column's own type
would have. Slots change while rows are searched for, and nothing else here does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlplumb.engines.sqlite.parse import parts
from sqlplumb.engines.sqlite.parse.create_index import read_index
from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.expressions import read_expression
from sqlplumb.engines.sqlite.parse.lexer import (
    ROWID_NAMES,
    Tokens,
    conjuncts,
    fold,
    tokens,
    unquoted,
)
from sqlplumb.engines.sqlite.parse.parts import (
    CheckClause,
    ColumnDef,
    IndexText,
    References,
    TableText,
)
from sqlplumb.engines.sqlite.parse.statements import Unit
from sqlplumb.engines.sqlite.read.keys import is_rowid_alias, primary_clause, required_by_key
from sqlplumb.engines.sqlite.scratch.rows.values import Value

Columns = frozenset[str]
Sources = Mapping[str, Columns]  # by column, those that it has its value from


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression of a table. `columns` are those that an INSERT sets and that it depends on."""

    kind: Literal["check", "default", "generated", "term", "predicate", "wanted"]
    name: str = ""  # of the CONSTRAINT or the index
    text: str = ""
    tokens: Tokens
    columns: Columns


def mentioned(expression: Tokens, sources: Sources) -> Columns:
    """Return the columns behind the names of a part of an expression, or of what reads other tables
    as well; a string is none, whatever it says. One too many costs a try."""
    names = {fold(unquoted(token.text)) for token in expression if token.kind in ("word", "quoted")}
    return frozenset().union(*(sources[name] for name in names & sources.keys()))


def leading_conditions(expression: Expression, sources: Sources) -> Iterator[Expression]:
    """Yield the first condition of an AND, then the first two, and so on to all."""
    begins = expression.tokens[0].start
    for part in conjuncts(expression.tokens):
        text = expression.text[: part[-1].end - begins]
        yield replace(expression, text=text, columns=mentioned(part, sources))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a row of a table must look like."""

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
        return (expression for expression in self.expressions if expression.kind == "predicate")

    @property
    def references(self) -> Iterator[References]:
        return (rule for rule in self.parsed.rules if isinstance(rule, References))

    @property
    def autoincrement(self) -> bool:
        primary = primary_clause(self.parsed)
        return primary is not None and primary.autoincrement

    @property
    def types(self) -> Mapping[str, str]:
        return {fold(column.name): column.body.type for column in self.parsed.columns}


def read_shape(unit: Unit) -> Shape:
    """Read the statements of a table; raise Unreadable where one is not understood."""
    parsed = read_table(unit[0].text)
    sources = _read_sources(parsed.columns)
    columns = tuple(name for name, own in sources.items() if name in own)
    primary = primary_clause(parsed)
    key = tuple(fold(term.name) for term in primary.terms) if primary else ()
    alias = key[0] if primary and is_rowid_alias(parsed, primary) else ""
    not_null = {fold(column.name) for column in parsed.columns if column.body.not_null}
    free = [name for name in ROWID_NAMES if name not in sources]
    indexes = {part.name: read_index(part.text) for part in unit if part.kind == "index"}
    return Shape(
        table=unit[0].name,
        parsed=parsed,
        indexes=indexes,
        expressions=tuple(_expressions(parsed, indexes, sources)),
        sources=sources,
        columns=columns,
        nullable=frozenset(columns) - not_null - required_by_key(parsed) - {alias},
        key=key,
        alias=alias,
        rowid=free[0] if free and not alias and not parsed.without_rowid else "",
    )


def _read_sources(columns: Sequence[ColumnDef]) -> Sources:
    """Return for a column itself, for a generated one those that it is generated from."""
    names = [fold(column.name) for column in columns]
    generated = {
        fold(column.name): _read(column.body.generated.expression, frozenset(names))
        for column in columns
        if column.body.generated
    }
    sources = {name: frozenset(() if name in generated else (name,)) for name in names}
    for _ in generated:  # each round sees one generated column further
        sources |= {name: _behind(read, sources) for name, read in generated.items()}
    return sources


def _read(parsed: parts.Expression, names: Columns) -> Columns:
    """Return the columns of its own table that an expression reads."""
    return read_expression(parsed.tokens, names, "")[1]


def _behind(names: Columns, sources: Sources) -> Columns:
    return frozenset().union(*(sources[name] for name in names))


def _expressions(
    parsed: TableText, indexes: Mapping[str, IndexText], sources: Sources
) -> Iterator[Expression]:
    for column in parsed.columns:
        own = sources[fold(column.name)]
        default, generated = column.body.default, column.body.generated
        if default:
            yield Expression(kind="default", tokens=tuple(tokens(default.text)), columns=own)
        if generated:
            yield Expression(kind="generated", tokens=generated.expression.tokens, columns=own)
    for rule in parsed.rules:
        if isinstance(rule, CheckClause):
            yield _expression("check", rule.name, rule.expression, sources=sources)
    for name, index in indexes.items():
        for term in index.terms:
            yield _expression("term", name, term, sources=sources)
        if index.predicate:
            yield _expression("predicate", name, index.predicate, sources=sources)


def _expression(
    kind: Literal["check", "term", "predicate"],
    name: str,
    parsed: parts.Expression,
    *,
    sources: Sources,
) -> Expression:
    columns = _behind(_read(parsed, frozenset(sources)), sources)
    return Expression(kind=kind, name=name, text=parsed.text, tokens=parsed.tokens, columns=columns)


@dataclass(frozen=True, slots=True)
class SameRow:
    """The value that the same row has in another column: the row refers to itself."""

    column: str


Choice = Mapping[str, Value | SameRow]


@dataclass(slots=True, eq=False)
class Slot:
    """The choices for some columns, and the position of the one that is tried now."""

    pool: list[Choice]
    position: int = 0
    to_own_table: Choice = field(default_factory=dict)  # how to refer to a row of the same table

    @property
    def choice(self) -> Choice:
        return self.pool[self.position]

    def begin_at(self, number: int, count: int) -> None:
        """Give each of `count` rows a choice of its own to begin with; the search moves on."""
        self.position = number % min(len(self.pool), count) if self.pool else 0

    def refuse(self) -> None:
        """Take away this choice, which will never do; the next one takes its place."""
        del self.pool[self.position]
        self.position = self.position % len(self.pool) if self.pool else 0

    def return_to(self, choice: Choice) -> None:
        self.position = self.pool.index(choice) if choice in self.pool else 0

    def offer(self, row: Mapping[str, Value]) -> None:
        """Let rows to come refer to this one, which is in the table."""
        key = {name: _resolved(row, value) for name, value in self.to_own_table.items()}
        if key and None not in key.values():
            self.pool.insert(1, key)


def make_row(slots: Iterable[Slot]) -> dict[str, Value]:
    """Return the row of the choices that are tried now."""
    row: dict[str, Value | SameRow] = {}
    for slot in slots:
        row |= slot.choice
    return {name: _resolved(row, value) for name, value in row.items()}


def _resolved(row: Choice, value: Value | SameRow) -> Value:
    if isinstance(value, SameRow):
        value = row.get(value.column)
    return None if isinstance(value, SameRow) else value


def slots_of(columns: Columns, slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots that these columns have their values from."""
    setters = {name: slot for slot in slots for name in slot.choice}
    return list(dict.fromkeys(slot for name, slot in setters.items() if name in columns))
