"""Foreign keys: which table comes first, and what a child may refer to.

Tables in a circle have no first: one is filled with keys that were promised for another. Nothing
here looks whether a promise was kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes
from sqlplumb.engines.sqlite.parse.parts import References
from sqlplumb.engines.sqlite.scratch.rows.shape import Choice, Own, Shape
from sqlplumb.engines.sqlite.scratch.rows.values import Value

MOST = 50  # parents looked at, and pairs of them, where two keys share a column


def parents_first(shapes: Mapping[str, Shape]) -> list[str]:
    """Without recursion: a chain of references may be longer than Python's stack."""
    order: dict[str, None] = {}
    begun: set[str] = set()
    stack = [*shapes][::-1]
    while stack:
        name = stack[-1]
        if name in begun:
            order.setdefault(stack.pop())
            continue
        begun.add(name)
        targets = (fold(part.target) for part in shapes[name].references)
        stack += [target for target in targets if target in shapes.keys() - begun]
    return [*order]


def target_columns(reference: References, parent: Shape) -> tuple[str, ...]:
    return tuple(map(fold, reference.target_columns)) or parent.key


def keys_of(
    connection: sqlite3.Connection, parent: Shape, columns: Sequence[str]
) -> list[tuple[Value, ...]]:
    """What can be referred to; a key with a NULL in it cannot."""
    names = ", ".join(map(in_quotes, columns))
    whole = " AND ".join(f"{in_quotes(name)} IS NOT NULL" for name in columns)
    query = f"SELECT {names} FROM main.{in_quotes(parent.table)} WHERE {whole} LIMIT {MOST}"
    try:
        return connection.execute(query).fetchall()
    except sqlite3.Error:  # a generated column that fails on a row of old
        return []


def choices(shape: Shape, reference: References, keys: Iterable[tuple[Value, ...]]) -> list[Choice]:
    """Two children share the first parent, one has none, the others have one each."""
    columns = tuple(map(fold, reference.columns))
    found: list[Choice] = [dict(zip(columns, key, strict=False)) for key in keys]
    found[:1] *= 2
    nothing = {name: None for name in columns if name in shape.nullable}
    if nothing:
        found.insert(2, nothing)
    return found


def joined(groups: Iterable[list[Choice]]) -> list[list[Choice]]:
    """Keys that share a column are chosen together, or one would tear apart the other."""
    found: list[list[Choice]] = []
    for group in groups:
        names = {name for choice in group for name in choice}
        sharing = [other for other in found if any(names & choice.keys() for choice in other)]
        for other in sharing:
            found.remove(other)
            group = _agreeing(other, group) or group
        found.append(group)
    return found


def _agreeing(some: list[Choice], others: list[Choice]) -> list[Choice]:
    pairs = (
        {**one, **other}
        for one in some
        for other in others
        if all(one[name] == other[name] for name in one.keys() & other.keys())
    )
    return [pair for pair, _ in zip(pairs, range(MOST), strict=False)]


def to_itself(shape: Shape, reference: References, taken: Iterable[str]) -> list[Choice]:
    """Nothing, or the row itself; rows that are there come later, one by one."""
    pairs = zip(map(fold, reference.columns), target_columns(reference, shape), strict=False)
    free = {name: Own(target) for name, target in pairs if name not in {*taken} | {target}}
    if not free:
        return []
    nothing = {name: None for name in free if name in shape.nullable}
    return [nothing, free] if nothing else [free]
