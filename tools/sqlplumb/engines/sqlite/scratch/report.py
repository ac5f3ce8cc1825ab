"""What a scratch can testify: the rows it holds, whether they are sound, and what was run on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Hashable, Sequence
from contextlib import suppress
from itertools import islice

from sqlplumb.changes import Rename
from sqlplumb.engines.scratch import Orphans, Rows
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, in_quotes
from sqlplumb.engines.sqlite.read.catalog import ROWID, any_text, damages, list_statements, renamed


def rows(connection: sqlite3.Connection, left_alone: Collection[str] = ()) -> dict[str, Rows]:
    """Return the rows of every table that a person made but those that are `left_alone`; a
    generated column is no value of its own."""
    statements = list_statements(connection)
    tables = [
        statement.name
        for statement in statements
        if statement.kind == "table" and statement.unit not in left_alone
    ]
    query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr"
    keyed = {name for (name,) in connection.execute(query)}
    return {fold(name): _rows(connection, name, name not in keyed) for name in tables}


def unsound(connection: sqlite3.Connection) -> Sequence[str]:
    lines = islice(damages(connection, "integrity_check"), 5)
    return [f"integrity_check: {line}" for line in lines]


def counters(connection: sqlite3.Connection) -> dict[str, int]:
    """AUTOINCREMENT: the highest key that was ever given, of each table that counts."""
    names = [
        statement.name for statement in list_statements(connection) if statement.kind == "table"
    ]
    if not connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
    ).fetchone():
        return {}
    known = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return {fold(name): int(known[name]) for name in names if known.get(name)}


def orphans(connection: sqlite3.Connection) -> Sequence[Orphans]:
    """Each foreign key whose rows refer to nothing."""
    try:
        broken_rows = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.OperationalError:  # a parent without the key that is named: SQLite cannot say
        return []
    keys = sorted({(table, key) for table, _, _, key in broken_rows})
    return [_orphans(connection, table, key) for table, key in keys]


def _orphans(connection: sqlite3.Connection, table: str, key: int) -> Orphans:
    query = """SELECT "table", "from", "to" FROM pragma_foreign_key_list(?) WHERE id = ?"""
    rows = connection.execute(f"{query} ORDER BY seq", (table, key)).fetchall()
    targets = tuple(fold(target) for *_, target in rows if target is not None)
    columns = tuple(fold(column) for _, column, _ in rows)
    return Orphans(
        table=fold(table), columns=columns, target=fold(rows[0][0]), target_columns=targets
    )


def count(
    connection: sqlite3.Connection, table: str, where: str, renames: Sequence[Rename] = ()
) -> int:
    with renamed(connection, renames), suppress(sqlite3.OperationalError):
        query = f"SELECT count(*) FROM {in_quotes(table)} WHERE {where}"
        return int(connection.execute(query).fetchone()[0])
    return 0


def remove(
    connection: sqlite3.Connection, table: str, where: str, renames: Sequence[Rename] = ()
) -> None:
    """And, as long as there are any, the rows that refer to what is gone."""
    keys = connection.execute("PRAGMA foreign_keys").fetchone()[0]
    connection.execute("PRAGMA foreign_keys = OFF")
    triggers = [
        statement for statement in list_statements(connection) if statement.kind == "trigger"
    ]
    for trigger in triggers:
        connection.execute(f"DROP TRIGGER {in_quotes(trigger.name)}")
    with suppress(sqlite3.OperationalError):  # a condition that this table cannot answer
        _delete(connection, table, where, renames=renames)
    _remove_orphans(connection)
    for trigger in triggers:
        connection.execute(trigger.text)
    connection.execute(f"PRAGMA foreign_keys = {keys}")


def _delete(
    connection: sqlite3.Connection, table: str, where: str, *, renames: Sequence[Rename]
) -> None:
    with renamed(connection, renames) as former:
        source = former.get(table, table)
        if table in former:
            where = f"rowid IN (SELECT {ROWID} FROM {in_quotes(table)} WHERE {where})"
        delete = f"DELETE FROM main.{in_quotes(source)} WHERE {where}"
        while connection.execute(delete).rowcount > 0:
            pass  # a row may refer to one that is gone now


def _remove_orphans(connection: sqlite3.Connection) -> None:
    try:
        while orphans := connection.execute("PRAGMA foreign_key_check").fetchall():
            for name, rowid in {(name, rowid) for name, rowid, *_ in orphans}:
                only = "1" if rowid is None else f"rowid = {rowid}"
                connection.execute(f"DELETE FROM {in_quotes(name)} WHERE {only}")
    except sqlite3.OperationalError:
        return  # SQLite itself cannot say who refers to whom here


def _rows(connection: sqlite3.Connection, table: str, has_rowid: bool) -> Rows:
    info = connection.execute(f"PRAGMA table_xinfo({in_quotes(table)})").fetchall()
    columns = [name for _, name, _, _, _, _, hidden in info if hidden == 0]
    taken = {fold(row[1]) for row in info}  # a generated one as well
    rowid = next((name for name in ROWID_NAMES if name not in taken), "")
    by_rowid = bool(rowid) and has_rowid
    keys = [rowid] if by_rowid else [in_quotes(row[1]) for row in info if row[5]]
    selected = ", ".join([*keys, *(in_quotes(name) for name in columns)])
    with any_text(connection):
        values = connection.execute(f"SELECT {selected} FROM {in_quotes(table)}").fetchall()
    width = len(keys)
    by_key: dict[Hashable, tuple[object, ...]] = {
        row[:width] or (*row, number): row[width:] for number, row in enumerate(values)
    }
    return Rows(tuple(fold(name) for name in columns), by_key, by_rowid)


_AS_AT_FIRST = {
    "foreign_keys": 0,
    "legacy_alter_table": 0,
    "recursive_triggers": 0,
    "ignore_check_constraints": 0,
    "writable_schema": 0,
    "defer_foreign_keys": 0,
}


def settled(connection: sqlite3.Connection) -> bool:
    """Is the connection as it was opened? What a revision has set on it, or put beside the
    database, is no part of an image; the guards of our own revisions bother nobody."""
    if connection.in_transaction:
        return False
    beside = connection.execute("SELECT tbl_name FROM sqlite_temp_master").fetchall()
    if not all(name.startswith("_plumb_") for (name,) in beside):
        return False
    return all(
        connection.execute(f"PRAGMA {name}").fetchone() == (value,)
        for name, value in _AS_AT_FIRST.items()
    )
