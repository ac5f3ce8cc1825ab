"""What a row of one table must look like, read from its CREATE statements.

Owns which columns an INSERT names and what each of them may be; must never open a database. A slot
is what can be chosen apart: one column, or all columns of a foreign key. Where two choices set one
column the later slot counts: what a foreign key needs stands above what a column's own type would
have. Slots change while rows are searched for, and nothing else here does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlplumb.engines.sqlite.parse.create_index import read_index
from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold
from sqlplumb.engines.sqlite.parse.parts import IndexText, References, TableText
from sqlplumb.engines.sqlite.parse.statements import Unit
from sqlplumb.engines.sqlite.read.keys import is_rowid_alias, primary_clause, required_by_key
from sqlplumb.engines.sqlite.scratch.rows.expressions import (
    Columns,
    Expression,
    Sources,
    in_indexes,
    in_table,
    sources_of,
)
from sqlplumb.engines.sqlite.scratch.rows.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
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
        return (rule for rule in self.parsed.rules if isinstance(rule, References))

    @property
    def autoincrement(self) -> bool:
        primary = primary_clause(self.parsed)
        return primary is not None and primary.autoincrement

    @property
    def types(self) -> Mapping[str, str]:
        return {fold(one.name): one.body.type for one in self.parsed.columns}


def with_expressions(shape: Shape, more: Sequence[Expression]) -> Shape:
    return replace(shape, expressions=(*shape.expressions, *more)) if more else shape


def read_shape(unit: Unit) -> Shape:
    parsed = read_table(unit[0].text)
    sources = sources_of(parsed.columns)
    columns = tuple(name for name, of in sources.items() if name in of)
    primary = primary_clause(parsed)
    key = tuple(fold(term.name) for term in primary.terms) if primary else ()
    alias = key[0] if primary and is_rowid_alias(parsed, primary) else ""
    free = [name for name in ROWID_NAMES if name not in sources]
    indexes = {one.name: (one, read_index(one.text)) for one in unit if one.kind == "index"}
    return Shape(
        table=unit[0].name,
        parsed=parsed,
        indexes={name: index for name, (_, index) in indexes.items()},
        expressions=(
            *in_table(parsed, sources),
            *in_indexes(indexes.values(), sources),
        ),
        sources=sources,
        columns=columns,
        nullable=frozenset(columns) - _required(parsed) - {alias},
        key=key,
        alias=alias,
        rowid=free[0] if free and not alias and not parsed.without_rowid else "",
    )


def _required(parsed: TableText) -> Columns:
    said = (fold(column.name) for column in parsed.columns if column.body.not_null)
    return frozenset(said) | required_by_key(parsed)


@dataclass(frozen=True, slots=True)
class Own:
    """The value that this row has in another column: it refers to itself."""

    column: str


Choice = Mapping[str, Value | Own]


@dataclass(slots=True, eq=False)
class Slot:
    pool: list[Choice]
    at: int = 0
    grows: Choice = field(default_factory=dict)  # how to refer to a row that was put in

    @property
    def choice(self) -> Choice:
        return self.pool[self.at]

    def plan(self, number: int, many: int) -> None:
        """Of the first `many` choices one for each row; the search moves on from there."""
        self.at = number % min(len(self.pool), many) if self.pool else 0

    def refuse(self) -> None:
        """This choice will never do; the next one takes its place."""
        del self.pool[self.at]
        self.at = self.at % len(self.pool) if self.pool else 0

    def return_to(self, choice: Choice) -> None:
        self.at = self.pool.index(choice) if choice in self.pool else 0

    def grow(self, row: Mapping[str, Value]) -> None:
        known = {name: _resolved(row, value) for name, value in self.grows.items()}
        if known and None not in known.values():
            self.pool.insert(1, known)


def row_of(slots: Iterable[Slot]) -> dict[str, Value]:
    row: dict[str, Value | Own] = {}
    for slot in slots:
        row |= slot.choice
    return {name: _resolved(row, value) for name, value in row.items()}


def _resolved(row: Choice, value: Value | Own) -> Value:
    if isinstance(value, Own):
        value = row.get(value.column)
    return None if isinstance(value, Own) else value


def setting(slots: Sequence[Slot], columns: Columns) -> list[Slot]:
    """Whose choices these columns have their values from."""
    setters = {name: slot for slot in slots for name in slot.choice}
    return list(dict.fromkeys(slot for name, slot in setters.items() if name in columns))
