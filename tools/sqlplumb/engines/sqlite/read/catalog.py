"""What an open database holds: the statements in `sqlite_master` without SQLite's own, damages, and
the tables under the names that are to come, as temporary views, which lie in memory.

Must never decide what a statement means.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, in_quotes
from sqlplumb.engines.sqlite.parse.statements import Statement, stored
from sqlplumb.errors import DatabaseFailed, Problem, Refused
from sqlplumb.schema import Column

if TYPE_CHECKING:
    from sqlplumb.changes import Rename


_DAMAGED = "the database is damaged: look at it with `PRAGMA integrity_check`"
_BY_HAND = (
    "somebody wrote it into the stored schema (PRAGMA writable_schema), and SQLite obeys it:"
    " look at its text in sqlite_master, take it out by DROP or in the same way, run this again"
)
_KINDS = ("table", "index", "view", "trigger")
_INTERNAL = {
    "sqlite_sequence": "CREATETABLEsqlite_sequence(name,seq)",
    "sqlite_stat1": "CREATETABLEsqlite_stat1(tbl,idx,stat)",
    "sqlite_stat2": "CREATETABLEsqlite_stat2(tbl,idx,sampleno,sample)",
    "sqlite_stat3": "CREATETABLEsqlite_stat3(tbl,idx,neq,nlt,ndlt,sample)",
    "sqlite_stat4": "CREATETABLEsqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}


def list_statements(connection: sqlite3.Connection) -> list[Statement]:
    """What a person wrote: without SQLite's own tables, and those that virtual tables keep."""
    rows = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    ).fetchall()
    statements = [stored(*row) for row in rows if not _is_internal(*row)]
    if not any(statement.kind == "virtual table" for statement in statements):
        return statements
    _refuse_unknown_modules(connection, statements)
    query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"
    shadows = {fold(name) for (name,) in connection.execute(query)}
    return [
        statement
        for statement in statements
        if statement.kind != "table" or statement.unit not in shadows
    ]


def _is_internal(kind: object, name: object, table: object, sql: object) -> bool:
    """Is it one of the tables that SQLite itself makes, word for word? Whatever else is called
    like those, or is no row that SQLite writes, was put there by hand, and does what it says."""
    if not isinstance(sql, str):
        raise DatabaseFailed(Problem(f"{kind} {name} has no text that could be read", _DAMAGED))
    if kind == "table" and name in _INTERNAL and "".join(sql.split()) == _INTERNAL[name]:
        return True
    if not (isinstance(name, str) and isinstance(table, str) and kind in _KINDS):
        message = f"the row {kind!r}, {name!r} of sqlite_master is none that SQLite writes"
        raise Refused(Problem(message, _BY_HAND))
    if fold(name).startswith("sqlite_"):
        of = f" of {table}" if name != table else ""
        message = f"{kind} {name}{of} is called like what SQLite makes for itself, and is not that"
        raise Refused(Problem(message, _BY_HAND))
    return False


def _refuse_unknown_modules(connection: sqlite3.Connection, statements: list[Statement]) -> None:
    """Which tables a virtual table keeps for itself only its module can say."""
    from sqlplumb.engines.sqlite.parse.create_index import read_virtual

    known = {fold(name) for (name,) in connection.execute("SELECT name FROM pragma_module_list")}
    for statement in statements:
        if statement.kind == "virtual table":
            module = read_virtual(statement.text).module
            if fold(module) not in known:
                message = f"virtual table {statement.name} is made by {module}, which is not here"
                advice = "run sqlplumb with a SQLite that has this module; nothing was compared"
                raise Refused(Problem(message, advice))


_ALL = 2**31 - 1  # of its complaints: those passed over may stand before others
_COMPUTED = """
    SELECT known.name || '.' || columns.name
    FROM pragma_table_list AS known, pragma_table_xinfo(known.name) AS columns
    WHERE known.schema = 'main' AND known.strict AND columns.hidden IN (2, 3)
"""


def damages(connection: sqlite3.Connection, check: str) -> Iterator[str]:
    """What `quick_check` or `integrity_check` finds broken. A generated column of a STRICT table
    may compute what its type would refuse: some versions of SQLite let such rows in, and complain
    of them here; nothing is broken."""
    computed: set[str] | None = None
    for (complaint,) in connection.execute(f"PRAGMA {check}({_ALL})"):
        if complaint.startswith("non-"):
            if computed is None:
                computed = {str(name) for (name,) in connection.execute(_COMPUTED)}
            if complaint.partition(" value in ")[2] in computed:
                continue
        if complaint != "ok":
            yield str(complaint)


@contextmanager
def any_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Read values while this holds: a text that is no UTF-8 is kept, byte for byte."""
    before, connection.text_factory = connection.text_factory, undecodable
    try:
        yield
    finally:
        connection.text_factory = before


def undecodable(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


ROWID = "_plumb_rowid"  # what a view calls the row number of its table


@contextmanager
def renamed(
    connection: sqlite3.Connection, renames: Sequence[Rename]
) -> Iterator[Mapping[str, str]]:
    """What each was called, of the tables that have another name or other columns."""
    tables, columns = former(renames)
    views = []
    try:
        for unit, names in columns.items():
            connection.execute(_view(connection, unit, source=tables.get(unit, unit), names=names))
            views.append(in_quotes(unit))
        yield {unit: tables.get(unit, unit) for unit in columns}
    finally:
        for view in views:
            connection.execute(f"DROP VIEW temp.{view}")


def former(renames: Sequence[Rename]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The name that a table had, and by its name of now the names that its columns get."""
    tables = {
        change.ref.name: change.current.ref.name for change in renames if not change.ref.table
    }
    columns: dict[str, dict[str, str]] = {unit: {} for unit in tables}
    for change in renames:
        if isinstance(change.current, Column):
            columns.setdefault(change.ref.table, {})[change.current.ref.name] = change.ref.name
    return tables, columns


def _view(
    connection: sqlite3.Connection, unit: str, *, source: str, names: Mapping[str, str]
) -> str:
    info = connection.execute("SELECT name FROM pragma_table_xinfo(?, 'main')", (source,))
    columns = [name for (name,) in info]
    terms = [f"{in_quotes(name)} AS {in_quotes(names.get(fold(name), name))}" for name in columns]
    query = "SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'"
    free = [name for name in ROWID_NAMES if name not in map(fold, columns)]
    if free and connection.execute(query, (source,)).fetchone() == (0,):
        terms.append(f"{free[0]} AS {ROWID}")
    select = f"SELECT {', '.join(terms)} FROM main.{in_quotes(source)}"
    return f"CREATE TEMP VIEW {in_quotes(unit)} AS {select}"
