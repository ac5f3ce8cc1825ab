"""Fill one table after the other: gather what its rows can be chosen from, and begin the search.

Parents come first. Tables in a circle have no first: a table that cannot wait refers to keys that
are promised for another one, which may break the promise; nothing here looks whether it did.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlplumb.engines.scratch import ColumnTypes
from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes
from sqlplumb.engines.sqlite.parse.parts import References, affinity
from sqlplumb.engines.sqlite.scratch.rows.candidates import candidates
from sqlplumb.engines.sqlite.scratch.rows.search import RowSearch, columns_by_message
from sqlplumb.engines.sqlite.scratch.rows.shape import Choice, Expression, SameRow, Shape, Slot
from sqlplumb.engines.sqlite.scratch.rows.values import Value

PROMISED = 2  # keys for each reference to a table that comes later
MOST = 50  # parents looked at, and pairs of them, where two keys share a column


def parents_first(shapes: Mapping[str, Shape]) -> list[str]:
    """Sort without recursion: a chain of references may be longer than Python's stack."""
    order: dict[str, None] = {}
    begun: set[str] = set()
    stack = [*shapes][::-1]
    while stack:
        name = stack[-1]
        if name in begun:
            order.setdefault(stack.pop())
            continue
        begun.add(name)
        targets = (fold(reference.target) for reference in shapes[name].references)
        stack += [target for target in targets if target in shapes.keys() - begun]
    return [*order]


def target_columns(reference: References, parent: Shape) -> tuple[str, ...]:
    return tuple(map(fold, reference.target_columns)) or parent.key


@dataclass(slots=True, kw_only=True)
class Filling:
    """The filling of the tables of one database.

    `rule_conditions` and `fill_conditions` are what rows of each table are wanted for. `promised`
    are keys that a table must have, since rows of another one refer to them already."""

    connection: sqlite3.Connection
    shapes: Mapping[str, Shape]
    per_table: int
    rule_conditions: Mapping[str, Sequence[Expression]] = field(default_factory=dict)
    fill_conditions: Mapping[str, Sequence[Expression]] = field(default_factory=dict)
    types: ColumnTypes = field(default_factory=dict)
    promised: dict[str, list[Choice]] = field(default_factory=dict)
    searches: dict[str, RowSearch] = field(default_factory=dict)  # of the tables that are done

    def fill_table(self, name: str) -> str:
        """Put rows into a table; return why it has none, if it has none."""
        rules, fills = self.rule_conditions.get(name, ()), self.fill_conditions.get(name, ())
        shape = self.shapes[name]
        shape = replace(shape, expressions=(*shape.expressions, *rules[-1:], *fills))
        search = RowSearch(
            connection=self.connection,
            shape=shape,
            slots=self._slots(name, shape),
            blame=columns_by_message(shape),
        )
        search.insert_rows(self.per_table)
        with suppress(sqlite3.Error):  # a predicate that fails on a row of old
            search.insert_beside_partial_indexes()
            search.insert_rows_where(rules)
            search.insert_missing(fills)
        self.searches[name] = search
        if shape.autoincrement:  # as if rows had been deleted, whose numbers are never given again
            skip = "UPDATE sqlite_sequence SET seq = seq + 10 WHERE name = ?"
            self.connection.execute(skip, (shape.table,))
        if search.accepted:
            return ""
        return search.last_error or "there is no row that it could refer to"

    def fill_again(self) -> None:
        """Try again what depends on a table that was filled later."""
        for name, search in self.searches.items():
            search.insert_missing(self.fill_conditions.get(name, ()))

    def _slots(self, name: str, shape: Shape) -> list[Slot]:
        """Return the slots in the order in which they count: the last one most."""
        pools = candidates(shape, self.per_table, self.types)
        plain = [Slot([{column: value} for value in pool]) for column, pool in pools.items()]
        others = [key for key in self._keys_to_choose(shape) if fold(key.target) != name]
        groups = [_choices(shape, key, self._parent_keys(key)) for key in others]
        taken = {fold(column) for key in others for column in key.columns}
        promised = self.promised.get(name, [])
        return [
            *plain,
            *map(Slot, _join_groups(groups)),
            *self._slots_to_itself(name, shape, taken),
            *([Slot([*promised, {}])] if promised else []),
        ]

    def _keys_to_choose(self, shape: Shape) -> Iterator[References]:
        """Yield the foreign keys whose columns an INSERT sets; a generated column refers to what
        it comes to, and where the numbers of columns differ, nothing refers at all."""
        for key in shape.references:
            parent = self.shapes.get(fold(key.target))
            fits = parent is None or len(key.columns) == len(target_columns(key, parent))
            if fits and {*map(fold, key.columns)} <= {*shape.columns}:
                yield key

    def _slots_to_itself(self, name: str, shape: Shape, taken: set[str]) -> Iterator[Slot]:
        """Let a row refer to nothing or to itself; rows that are there are offered one by one."""
        types = shape.types
        for key in self._keys_to_choose(shape):
            if fold(key.target) != name:
                continue
            columns = [*map(fold, key.columns)]
            pairs = [*zip(columns, target_columns(key, shape), strict=True)]
            itself = {
                column: SameRow(target)
                for column, target in pairs
                if column not in taken and column != target
            }
            if not itself:
                continue
            nothing = {column: None for column in itself if column in shape.nullable}
            # With two affinities SQLite compares a row with itself as given, not as stored.
            alike = all(
                target in types and affinity(types[column]) == affinity(types[target])
                for column, target in pairs
            )
            pool: list[Choice] = [*([nothing] if nothing else []), *([itself] if alike else [])]
            # A key that shares a column with another one refers to its own row alone.
            yield Slot(pool, to_own_table=itself if taken.isdisjoint(columns) else {})

    def _parent_keys(self, key: References) -> list[tuple[Value, ...]]:
        """Return the keys of the parent; promise some, where it comes later."""
        target = fold(key.target)
        if target not in self.shapes:
            return []
        parent = self.shapes[target]
        columns = target_columns(key, parent)
        if not columns or not parent.sources.keys() >= {*columns}:
            return []
        if target in self.searches:
            return _stored_keys(self.connection, parent, columns)
        values = candidates(parent, self.per_table, self.types)
        pools = [[value for value in values.get(name, ()) if value is not None] for name in columns]
        keys = [*zip(*pools, strict=False)][:PROMISED]
        promises = (dict(zip(columns, promise, strict=True)) for promise in keys)
        self.promised.setdefault(target, []).extend(promises)
        return keys


def _stored_keys(
    connection: sqlite3.Connection, parent: Shape, columns: Sequence[str]
) -> list[tuple[Value, ...]]:
    """Return the keys that can be referred to; one with a NULL in it cannot."""
    names = ", ".join(map(in_quotes, columns))
    given = " AND ".join(f"{in_quotes(name)} IS NOT NULL" for name in columns)
    query = f"SELECT {names} FROM main.{in_quotes(parent.table)} WHERE {given} LIMIT {MOST}"
    try:
        return connection.execute(query).fetchall()
    except sqlite3.Error:  # a generated column that fails on a row of old
        return []


def _choices(shape: Shape, key: References, parents: Iterable[tuple[Value, ...]]) -> list[Choice]:
    """Let two children share the first parent, one have none, and the others one each."""
    columns = tuple(map(fold, key.columns))
    pool: list[Choice] = [dict(zip(columns, parent, strict=False)) for parent in parents]
    pool[:1] *= 2
    nothing = {name: None for name in columns if name in shape.nullable}
    if nothing:
        pool.insert(2, nothing)
    return pool


def _join_groups(groups: Iterable[list[Choice]]) -> list[list[Choice]]:
    """Choose keys that share a column together, or one would tear apart the other."""
    joined: list[list[Choice]] = []
    for group in groups:
        names = {name for choice in group for name in choice}
        sharing = [other for other in joined if any(names & choice.keys() for choice in other)]
        for other in sharing:
            joined.remove(other)
            agreeing = (
                {**first, **second}
                for first in other
                for second in group
                if all(first[name] == second[name] for name in first.keys() & second.keys())
            )
            group = [*islice(agreeing, MOST)] or group
        joined.append(group)
    return joined
