"""The values to try in each column, the most telling first.

What is said of a column comes before what its type has in general; NULL stands among the first, for
rows take their values from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlplumb.engines.fillable import ColumnType, ColumnTypes
from sqlplumb.engines.sqlite.parse.clauses import comparisons
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.parse.parts import Tokens
from sqlplumb.engines.sqlite.scratch.rows.documents import (
    documents,
    is_json,
    paths_said,
    reads_json,
)
from sqlplumb.engines.sqlite.scratch.rows.expressions import mentioned
from sqlplumb.engines.sqlite.scratch.rows.literals import lengths_said, values_said
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape
from sqlplumb.engines.sqlite.scratch.rows.values import Value, distinct, fitted, keys, typical

SPARE = 6  # more values than rows: some will be refused


def candidates(shape: Shape, per_table: int, known: ColumnTypes) -> Mapping[str, list[Value]]:
    """For every column that an INSERT sets, the row number among them."""
    many = per_table + SPARE
    found: dict[str, list[Value]] = {shape.rowid: [*keys(many)]} if shape.rowid else {}
    spoken, types = _spoken(shape), shape.types
    for name in shape.columns:
        general = keys(many) if name == shape.alias else typical(types[name], many)
        values = distinct((*_said(shape, spoken[name], many), *general))
        if any(map(reads_json, spoken[name])):
            values = [value for value in values if is_json(value)]  # else SQLite fails, not denies
        if typed := known.get((fold(shape.table), name)):
            values = _of_application(typed, types[name], values)
        if name in shape.nullable:
            values.insert(max(per_table - 1, 1), None)
        found[name] = values
    return found


def _of_application(typed: ColumnType, declared: str, values: list[Value]) -> list[Value]:
    """Its own values first, and of the others those that it can read; unless the column has another
    type by now."""
    if typed.declared.lower().replace(" ", "") != declared.lower().replace(" ", ""):
        return values
    return [one for one in distinct((*typed.values, *values)) if typed.reads(one)] or values


def _spoken(shape: Shape) -> Mapping[str, list[Tokens]]:
    """Each comparison speaks of the columns in it; one without speaks of all its expression's."""
    spoken: dict[str, list[Tokens]] = {name: [] for name in shape.columns}
    for expression in shape.expressions:
        for comparison in comparisons(expression.tokens):
            for name in mentioned(comparison, shape.sources) or expression.columns:
                spoken[name].append(comparison)
    return spoken


def _said(shape: Shape, spoken: list[Tokens], many: int) -> Iterator[Value]:
    """Of one column: what is said in one place must often fit what is said in another."""
    names = shape.sources.keys()
    values = [value for tokens in spoken for value in values_said(tokens, names, many)]
    if any(map(reads_json, spoken)):
        yield from documents([p for tokens in spoken for p in paths_said(tokens)], values, many)
    yield from values
    lengths = [length for tokens in spoken for length in lengths_said(tokens)]
    for value in values if len(spoken) > 1 else ():
        if isinstance(value, str):
            yield from (fitted(value, length) for length in lengths)
