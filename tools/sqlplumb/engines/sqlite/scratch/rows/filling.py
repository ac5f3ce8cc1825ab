"""One table filled: what can be chosen for its rows is gathered, and the search begun.

Tables are filled one after the other; this knows which are done, and which keys were promised to
those that could not wait. What would meddle with rows (triggers, foreign keys) is set aside
meanwhile and comes back as it was. A promise may be broken, and a key may lose its form in a column
of another type: such rows are taken out again, and rows that referred to nothing before stay.
Virtual tables get words and numbers; an index of another table is rebuilt.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlplumb.engines.scratch import ColumnTypes
from sqlplumb.engines.sqlite.parse.create_index import read_virtual
from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes
from sqlplumb.engines.sqlite.parse.parts import References, affinity
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.scratch.rows.candidates import candidates
from sqlplumb.engines.sqlite.scratch.rows.expressions import Expression
from sqlplumb.engines.sqlite.scratch.rows.references import (
    choices,
    joined,
    keys_of,
    target_columns,
    to_itself,
)
from sqlplumb.engines.sqlite.scratch.rows.search import (
    Search,
    blame,
    put_needed,
    put_rows,
    put_sides,
    put_wanted,
)
from sqlplumb.engines.sqlite.scratch.rows.shape import Choice, Shape, Slot, with_expressions
from sqlplumb.engines.sqlite.scratch.rows.values import Value

PROMISED = 2  # keys for each reference to a table that comes later
Dangling = tuple[str, int | None]  # a table, and the number of a row in it if rows have one
_TRIGGERS = """
    SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name COLLATE nocase IN
        (SELECT name COLLATE nocase FROM sqlite_master WHERE type = 'table') ORDER BY rowid
"""
WORDS = ("Abc abc", 'it\'s "ünï" ☃', "1.50")


@dataclass(slots=True, kw_only=True)
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
    search = Search(
        connection=filling.connection, shape=shape, slots=_slots(filling, name), blame=blame(shape)
    )
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


def dangling(connection: sqlite3.Connection, tables: Iterable[str]) -> set[Dangling]:
    """Where one key is at odds with its target SQLite checks none, so each is asked for alone."""
    try:
        return _checked(connection, "PRAGMA foreign_key_check")
    except sqlite3.Error:
        found: set[Dangling] = set()
        for table in tables:
            with suppress(sqlite3.Error):
                found |= _checked(connection, f"PRAGMA foreign_key_check({in_quotes(table)})")
        return found


def _checked(connection: sqlite3.Connection, pragma: str) -> set[Dangling]:
    return {(fold(table), number) for table, number, *_ in connection.execute(pragma)}


def take_out(
    connection: sqlite3.Connection, shapes: Mapping[str, Shape], old: set[Dangling]
) -> None:
    """Until no row refers to nothing that did not before; one taken out may leave another so.

    Raises sqlite3.IntegrityError where that cannot be reached, so that all is undone.
    """
    while new := dangling(connection, shapes) - old:
        before = connection.total_changes
        for table, number in sorted(new, key=repr):
            if table in shapes:
                with suppress(sqlite3.Error):
                    _delete(connection, shapes[table], number, shapes=shapes)
        if connection.total_changes == before:
            raise sqlite3.IntegrityError("rows refer to nothing and cannot be taken out")


def _delete(
    connection: sqlite3.Connection, shape: Shape, number: int | None, *, shapes: Mapping[str, Shape]
) -> None:
    """By number where rows have one, else by what they refer to."""
    table, named = f"main.{in_quotes(shape.table)}", shape.alias or shape.rowid
    if number is not None and named:
        connection.execute(f"DELETE FROM {table} WHERE {in_quotes(named)} = ?", (number,))
        return
    for reference in shape.references:
        nowhere = _refers_to_nothing(shape, reference, shapes.get(fold(reference.target)))
        connection.execute(f"DELETE FROM {table} WHERE {nowhere}")


def _refers_to_nothing(shape: Shape, reference: References, parent: Shape | None) -> str:
    columns = [f"{in_quotes(shape.table)}.{in_quotes(name)}" for name in reference.columns]
    given = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    if parent is None:
        return given
    targets = (f"there.{in_quotes(name)}" for name in target_columns(reference, parent))
    # A plus takes a column's affinity away: as in a foreign key, that of the target decides alone.
    same = " AND ".join(" = +".join(pair) for pair in zip(targets, columns, strict=False))
    there = f"main.{in_quotes(parent.table)} AS there"
    return f"{given} AND NOT EXISTS (SELECT 1 FROM {there} WHERE {same})"


@contextmanager
def undisturbed(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: where something goes wrong, the database is as it was."""
    with _foreign_keys_aside(connection):
        connection.execute("SAVEPOINT plumb_fill")
        try:
            triggers = connection.execute(_TRIGGERS).fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER main.{in_quotes(name)}")
            yield
            for _, text in triggers:
                connection.execute(text)
        except BaseException:
            connection.execute("ROLLBACK TO plumb_fill")
            raise
        finally:
            connection.execute("RELEASE plumb_fill")


@contextmanager
def _foreign_keys_aside(connection: sqlite3.Connection) -> Iterator[None]:
    enforced = connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    if enforced and connection.in_transaction:
        connection.execute("PRAGMA defer_foreign_keys = ON")
    elif enforced:
        connection.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        if enforced and not connection.in_transaction:
            connection.execute("PRAGMA foreign_keys = ON")


def fill_virtual(connection: sqlite3.Connection, statement: Statement) -> str:
    """SQLite's last word, if it would have no row."""
    table = in_quotes(statement.name)
    if _mirrors_a_table(statement):
        return _said(connection, f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    query = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0"
    names = [in_quotes(name) for (name,) in connection.execute(query, (statement.name,))]
    holders = ", ".join("?" * len(names))
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({holders})"
    said = [_said(connection, insert, [word] * len(names)) for word in WORDS]
    if "" not in said:  # boxes in space: a number, and the same for both of its sides
        said = [_said(connection, insert, [number] * len(names)) for number in (3, 7)]
    return "" if "" in said else said[-1]


def _said(connection: sqlite3.Connection, insert: str, row: Sequence[Value] = ()) -> str:
    try:
        connection.execute(insert, row)
    except sqlite3.Error as error:
        return str(error)
    return ""


def _mirrors_a_table(statement: Statement) -> bool:
    """`content='t'`; with nothing between the quotes nothing is kept, and words can be put in."""
    for argument in read_virtual(statement.text).arguments:
        words = [token.text.lower() for token in argument]
        if words[:2] == ["content", "="]:
            return words[2:] not in ([], ["''"], ['""'])
    return False
