"""Foreign keys: which table comes first, what a child may refer to, and what refers to nothing.

Tables in a circle have no first: one is filled with keys that another still owes it, and what stays
owed in the end is taken out again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from sqlplumb.engines.sqlite.grammar.lexer import fold
from sqlplumb.engines.sqlite.grammar.parts import References
from sqlplumb.engines.sqlite.rows.shape import Shape, quoted
from sqlplumb.engines.sqlite.rows.slots import Choice, Own
from sqlplumb.engines.sqlite.rows.values import Value

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
    names = ", ".join(map(quoted, columns))
    whole = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)
    query = f"SELECT {names} FROM {quoted(parent.table)} WHERE {whole} LIMIT {MOST}"
    return connection.execute(query).fetchall()


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


Dangling = tuple[str, int | None]  # a table, and the number of a row in it if rows have one


def dangling(connection: sqlite3.Connection, tables: Iterable[str]) -> set[Dangling]:
    """Where one key is at odds with its target SQLite checks none, so each is asked for alone."""
    try:
        return _checked(connection, "PRAGMA foreign_key_check")
    except sqlite3.Error:
        found: set[Dangling] = set()
        for table in tables:
            with suppress(sqlite3.Error):
                found |= _checked(connection, f"PRAGMA foreign_key_check({quoted(table)})")
        return found


def _checked(connection: sqlite3.Connection, pragma: str) -> set[Dangling]:
    return {(fold(table), number) for table, number, *_ in connection.execute(pragma)}


def take_out(
    connection: sqlite3.Connection, shapes: Mapping[str, Shape], old: set[Dangling]
) -> None:
    """Until no row refers to nothing that did not before; one taken out may leave another so."""
    left = -1
    while left != connection.total_changes:
        left = connection.total_changes
        for table, number in sorted(dangling(connection, shapes) - old, key=repr):
            shape = shapes.get(table)
            if shape is not None:
                with suppress(sqlite3.Error):
                    _delete(connection, shape, number, shapes)


def _delete(
    connection: sqlite3.Connection, shape: Shape, number: int | None, shapes: Mapping[str, Shape]
) -> None:
    """By number where rows have one, else by what they refer to."""
    table, named = quoted(shape.table), shape.alias or shape.rowid
    if number is not None and named:
        connection.execute(f"DELETE FROM {table} WHERE {quoted(named)} = ?", (number,))
        return
    for reference in shape.references:
        if fold(reference.target) in shapes:
            nowhere = _refers_to_nothing(shape, reference, shapes[fold(reference.target)])
            connection.execute(f"DELETE FROM {table} WHERE {nowhere}")


def _refers_to_nothing(shape: Shape, reference: References, parent: Shape) -> str:
    columns = [f"{quoted(shape.table)}.{quoted(name)}" for name in reference.columns]
    targets = [f"there.{quoted(name)}" for name in target_columns(reference, parent)]
    given = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    same = " AND ".join(
        f"{target} = {column}" for target, column in zip(targets, columns, strict=False)
    )
    return f"{given} AND NOT EXISTS (SELECT 1 FROM {quoted(parent.table)} AS there WHERE {same})"
