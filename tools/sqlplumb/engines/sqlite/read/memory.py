"""Scratch databases in memory, where somebody else's CREATE statements are tried and read back.

SQLite's CREATE costs time in proportion to the schema it already holds, so a schema is spread over
many small databases: each table with what hangs on it, fifty tables to a database. No CREATE
looks at another table, so nothing is lost. Nothing here may reach a file, and an authorizer refuses
whatever would.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from sqlplumb import stand_ins
from sqlplumb.engines.sqlite.limited import Authorizer, Limited, scratch
from sqlplumb.engines.sqlite.parse.lexer import fold, tokens
from sqlplumb.engines.sqlite.parse.statements import Statement, Unit
from sqlplumb.values import dataclass

TABLES_PER_DATABASE = 50

_READING = frozenset(("table_list", "table_xinfo", "foreign_key_list", "index_list", "index_xinfo"))

# What most CREATEs ask for, several times each.
_HARMLESS = frozenset(
    (
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_REINDEX,
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_UPDATE,
    )
)


@dataclass(frozen=True, slots=True)
class Failure:
    """SQLite's own words about a statement that it would not have."""

    statement: Statement
    message: str


def scratch_for_creates() -> sqlite3.Connection:
    """For a schema file: nothing but CREATE."""
    connection = scratch()
    _add_stand_ins(connection)
    connection.set_authorizer(_allow_create, harmless=_HARMLESS)
    return connection


def scratch_for_code(with_stand_ins: bool = True) -> sqlite3.Connection:
    """For models and revisions, which are code: whatever stays inside this database. What a value
    decides must not be asked where there are stand-ins: they answer NULL."""
    connection = scratch()
    if with_stand_ins:
        _add_stand_ins(connection)
    keep_inside(connection)
    return connection


def _add_stand_ins(connection: Limited) -> None:
    """Add what the settings name and this SQLite does not have."""
    named = stand_ins.current()
    if named.collations:
        present = {fold(name) for _, name in connection.execute("PRAGMA collation_list")}
        for name in named.collations:
            if fold(name) not in present:
                connection.create_collation(name, lambda one, two: (one > two) - (one < two))
    for name, count in named.functions:
        query = "SELECT 1 FROM pragma_function_list WHERE builtin AND name = lower(?)"
        query += " AND narg IN (?, -1)"
        if not connection.execute(query, (name, count)).fetchone():
            connection.stand_in(name, count)


def keep_inside(connection: sqlite3.Connection, hear: Authorizer | None = None) -> None:
    """Allow what stays inside this database; `hear` is told of it."""

    def tell(action: int, *names: str | None) -> int:
        assert hear is not None
        return hear(action, *names) or _allow_inside(action, *names)

    connection.set_authorizer(tell if hear else _allow_inside)


@dataclass(frozen=True, slots=True)
class SQLiteSnapshot:
    """All that a database held at one moment: the image of its file, which is empty where it held
    nothing."""

    image: bytes = field(repr=False)

    def as_file(self) -> bytes:
        return self.image


def snapshot(connection: sqlite3.Connection) -> SQLiteSnapshot:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return SQLiteSnapshot(connection.serialize() if pages else b"")


def restore(connection: sqlite3.Connection, snapshot: SQLiteSnapshot) -> None:
    """Make a scratch for code into a copy of another one. SQLite attaches the image to do that,
    which nobody else may."""
    if not snapshot.image:
        return
    connection.set_authorizer(None)
    try:
        connection.deserialize(snapshot.image)
    finally:
        keep_inside(connection)


def build(
    wanted: Iterable[str], schema: Mapping[str, Unit]
) -> Iterator[tuple[sqlite3.Connection, list[str]]]:
    """Databases that hold the units wanted, and the names of those each holds. Raises Rejected."""
    failures: list[Failure] = []
    chosen = list(wanted)
    for first in range(0, len(chosen), TABLES_PER_DATABASE):
        names = chosen[first : first + TABLES_PER_DATABASE]
        connection = scratch_for_creates()
        connection.execute("BEGIN")
        cursor = connection.cursor()
        for name in _with_named_tables(names, schema):
            failures += _create(cursor, schema[name])
        connection.execute("COMMIT")
        if not failures:
            yield connection, names
    if failures:
        raise Rejected(list(dict.fromkeys(failures)))


def _with_named_tables(names: list[str], schema: Mapping[str, Unit]) -> list[str]:
    """A virtual table may read, while it is made, another table that its arguments name. Only its
    module knows which: every word may be a name."""
    virtual = [name for name in names if schema[name][0].kind == "virtual table"]
    if not virtual:
        return names
    # Most schemas have none, and need to read no expressions to be tried.
    from sqlplumb.engines.sqlite.parse.expressions import named

    words = [token for name in virtual for token in tokens(schema[name][0].text)]
    mentioned = named(words, strings=True) & schema.keys()
    others = (name for name in mentioned if schema[name][0].kind != "virtual table")
    plain = [name for name in names if name not in virtual]
    return list(dict.fromkeys((*others, *plain, *virtual)))


def reject(sql: str, before: str = "") -> str | None:
    """What SQLite says against one statement, which is not run; None if it says nothing."""
    connection = scratch_for_creates()
    try:
        connection.execute(before)
        connection.execute(f"EXPLAIN {sql}")
    except (sqlite3.Error, sqlite3.Warning) as error:
        return str(error)
    finally:
        connection.close()
    return None


class Rejected(Exception):
    """What SQLite would not have, all of it."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__(failures[0].message)
        self.failures = tuple(failures)


def _create(cursor: sqlite3.Cursor, unit: Iterable[Statement]) -> Iterator[Failure]:
    """Tries each statement; what hangs on a table that failed is not blamed as well."""
    for statement in unit:
        try:
            cursor.execute(statement.text)
        except (sqlite3.Error, sqlite3.Warning, UnicodeEncodeError) as error:
            yield Failure(statement, str(error))
            if not statement.is_dependent:
                return


def _allow_create(
    action: int, first: str | None, second: str | None, database: str | None, source: str | None
) -> int:
    """No pragma may be set: to read one is all that is left."""
    if action == sqlite3.SQLITE_ALTER_TABLE:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and second is not None and first not in _READING:
        return sqlite3.SQLITE_DENY
    return _allow_inside(action, first, second, database, source)


def _allow_inside(
    action: int, first: str | None, second: str | None, database: str | None, source: str | None
) -> int:
    """No other file, neither read nor written (VACUUM INTO attaches one), and no extension."""
    leaves = action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
    loads = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() == "load_extension"
    return sqlite3.SQLITE_DENY if leaves or loads else sqlite3.SQLITE_OK
