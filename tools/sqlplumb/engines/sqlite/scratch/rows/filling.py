"""One table filled: what can be chosen for its rows is gathered, and the search begun.

Tables are filled one after the other; this knows which are done, and which keys were promised to
those that could not wait.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlplumb.engines.fillable import ColumnTypes
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.parse.parts import References
from sqlplumb.engines.sqlite.parse.types import affinity
from sqlplumb.engines.sqlite.scratch.rows.candidates import candidates
from sqlplumb.engines.sqlite.scratch.rows.expressions import Expression
from sqlplumb.engines.sqlite.scratch.rows.messages import blame
from sqlplumb.engines.sqlite.scratch.rows.references import (
    choices,
    joined,
    keys_of,
    target_columns,
    to_itself,
)
from sqlplumb.engines.sqlite.scratch.rows.search import (
    Search,
    put_needed,
    put_rows,
    put_sides,
    put_wanted,
)
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape, with_expressions
from sqlplumb.engines.sqlite.scratch.rows.slots import Choice, Slot
from sqlplumb.engines.sqlite.scratch.rows.values import Value

PROMISED = 2  # keys for each reference to a table that comes later


@dataclass(slots=True)
class Filling:
    connection: sqlite3.Connection
    shapes: Mapping[str, Shape]
    many: int
    wanted: Mapping[str, Sequence[Expression]] = field(default_factory=dict)
    needed: Mapping[str, Sequence[Expression]] = field(default_factory=dict)
    types: ColumnTypes = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    promises: dict[str, list[Choice]] = field(default_factory=dict)
    searches: dict[str, Search] = field(default_factory=dict)


def fill_table(filling: Filling, name: str) -> str:
    """What was said last against a row, if anything was."""
    wishes, needs = filling.wanted.get(name, ()), filling.needed.get(name, ())
    shape = with_expressions(filling.shapes[name], (*wishes[-1:], *needs))
    search = Search(filling.connection, shape, _slots(filling, name), blame(shape))
    put_rows(search, filling.many)
    with suppress(sqlite3.Error):  # a predicate that fails on a row of old
        put_sides(search)
        put_wanted(search, wishes)
        put_needed(search, needs)
    filling.searches[name] = search
    if shape.autoincrement:
        _forget_a_row(filling.connection, shape)
    filling.done.add(name)
    return "" if search.good else search.said or "there is no row that it could refer to"


def fill_again(filling: Filling) -> None:
    """What was needed depends on a table that was filled later."""
    for name, search in filling.searches.items():
        put_needed(search, filling.needed.get(name, ()))


def _slots(filling: Filling, name: str) -> list[Slot]:
    """In the order in which they count: the last one most."""
    more = (*filling.wanted.get(name, ())[-1:], *filling.needed.get(name, ()))
    shape = with_expressions(filling.shapes[name], more)
    values = candidates(shape, filling.many, filling.types)
    plain = [Slot([{column: value} for value in pool]) for column, pool in values.items()]
    others = [part for part in _chosen(filling, shape) if fold(part.target) != name]
    groups = [choices(shape, part, _keys(filling, part)) for part in others]
    taken = {fold(column) for part in others for column in part.columns}
    promised = filling.promises.get(name, [])
    return [
        *plain,
        *map(Slot, joined(groups)),
        *_to_itself(filling, shape, taken),
        *([Slot([*promised, {}])] if promised else []),
    ]


def _to_itself(filling: Filling, shape: Shape, taken: set[str]) -> Iterator[Slot]:
    """A key that shares a column with another one refers to its own row alone: that always fits."""
    for part in _chosen(filling, shape):
        if fold(part.target) == fold(shape.table):
            pool = to_itself(shape, part, taken)
            if pool:
                alone = taken.isdisjoint(map(fold, part.columns))
                grows = pool[-1] if alone else {}
                yield Slot(pool if _alike(shape, part) else pool[:-1], grows=grows)


def _alike(shape: Shape, reference: References) -> bool:
    """Of two affinities SQLite compares a row with itself as it was given, not as it is stored."""
    pairs = zip(map(fold, reference.columns), target_columns(reference, shape), strict=True)
    types = shape.types
    return all(affinity(types[one]) == affinity(types[other]) for one, other in pairs)


def _chosen(filling: Filling, shape: Shape) -> Iterator[References]:
    """A generated column refers to what it comes to, which nobody chooses; and with one column for
    two nothing refers at all."""
    for part in shape.references:
        parent = filling.shapes.get(fold(part.target))
        fits = parent is None or len(part.columns) == len(target_columns(part, parent))
        if fits and {*map(fold, part.columns)} <= {*shape.columns}:
            yield part


def _keys(filling: Filling, reference: References) -> list[tuple[Value, ...]]:
    """Of a parent that is not yet filled keys are promised that it may well have."""
    target = fold(reference.target)
    if target not in filling.shapes:
        return []
    parent = filling.shapes[target]
    columns = target_columns(reference, parent)
    if not columns or not parent.sources.keys() >= set(columns):
        return []
    if target in filling.done:
        return keys_of(filling.connection, parent, columns)
    values = candidates(parent, filling.many, filling.types)
    pools = [[value for value in values.get(name, ()) if value is not None] for name in columns]
    keys = [*zip(*pools, strict=False)][:PROMISED]
    promises = (dict(zip(columns, key, strict=True)) for key in keys)
    filling.promises.setdefault(target, []).extend(promises)
    return keys


def _forget_a_row(connection: sqlite3.Connection, shape: Shape) -> None:
    """As if the last rows had been deleted: their numbers are never given out again."""
    forget = "UPDATE sqlite_sequence SET seq = seq + 10 WHERE name = ?"
    connection.execute(forget, (shape.table,))
