"""What rows a database holds, in short: counts and hashes, and rows whose parent is missing.

Two equal answers mean equal rows. What may differ is not known here.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections import Counter
from collections.abc import Collection
from hashlib import blake2b

from sqlplumb.engines.locked import Content
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, in_quotes, tokens, unquoted
from sqlplumb.engines.sqlite.read.catalog import list_statements, undecodable
from sqlplumb.progress import Moved, counted, is_watched

_BATCH = 50  # rows may be large: so many are in memory at a time
_PLAIN = 2  # the form of marshal that writes equal values as equal bytes


def contents(
    connection: sqlite3.Connection,
    only_counted: Collection[str],
    hashed: Collection[str] | None = None,
) -> dict[str, Content]:
    """Return the rows of every table that a person made, as far as they are asked for."""
    by_table = {}
    for statement in list_statements(connection):
        table = statement.name
        if statement.kind != "table":
            continue
        if fold(table) in only_counted:
            by_table[fold(table)] = Content(_count(connection, table), name=table)
        elif hashed is None or fold(table) in hashed:
            by_table[fold(table)] = _content(connection, table)
        else:
            by_table[fold(table)] = Content(name=table)
    return by_table


def reached(connection: sqlite3.Connection) -> set[str]:
    """Return the tables that triggers name, by their words; a trigger names its own once in any
    case. One too many is compared in vain, and none may be missing: what a trigger calls may be the
    application's, and then SQLite tells nothing."""
    query = "SELECT sql, tbl_name FROM main.sqlite_master WHERE type = 'trigger' AND sql NOT NULL"
    tables: set[str] = set()
    for sql, own in connection.execute(query):
        named = Counter(fold(unquoted(token.text)) for token in tokens(sql))
        named[fold(own)] -= 1
        tables |= {name for name, times in named.items() if times > 0}
    return tables


def counters(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how far each AUTOINCREMENT has counted; 0 where nothing was ever counted."""
    query = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql LIKE ?"
    names = [name for (name,) in connection.execute(query, ("%autoincrement%",))]
    if not names:
        return {}
    known = dict(connection.execute("SELECT name, seq FROM main.sqlite_sequence"))
    return {fold(name): int(known.get(name) or 0) for name in names}


def orphans(connection: sqlite3.Connection) -> Counter[tuple[str, int | None, str]]:
    """Count orphans by table, row and parent; none where a parent lacks the key that is named."""
    try:
        rows = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.OperationalError:
        return Counter()
    return Counter((fold(table), rowid, fold(parent)) for table, rowid, parent, _ in rows)


def _content(connection: sqlite3.Connection, table: str) -> Content:
    query = _query(connection, table)
    # To count costs a small part of reading all values, and is done for whoever watches alone.
    total = _count(connection, table) if is_watched() else 0
    with counted(total, f"rows of {table} read") as moved:
        try:
            rows, digest = _hashed(connection, query, str, moved=moved)
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            rows, digest = _hashed(connection, query, undecodable, moved=moved)
    return Content(rows, digest, table)


def _count(connection: sqlite3.Connection, table: str) -> int:
    (rows,) = connection.execute(f"SELECT count(*) FROM main.{in_quotes(table)}").fetchone()
    return int(rows)


def _hashed(
    connection: sqlite3.Connection, query: str, text: object, *, moved: Moved
) -> tuple[int, str]:
    former, connection.text_factory = connection.text_factory, text
    digest, rows = blake2b(digest_size=16), 0
    try:
        cursor = connection.execute(query)
        while batch := cursor.fetchmany(_BATCH):
            rows += len(batch)
            moved(rows)
            digest.update(marshal.dumps(batch, _PLAIN))
    finally:
        connection.text_factory = former
    return rows, digest.hexdigest()


def _query(connection: sqlite3.Connection, table: str) -> str:
    """Select all values that are stored, in the order in which the rows lie."""
    info = connection.execute(f"PRAGMA table_xinfo({in_quotes(table)})").fetchall()
    names = [in_quotes(row[1]) for row in info if row[6] == 0]
    keys = [in_quotes(name) for _, name in sorted((row[5], row[1]) for row in info if row[5])]
    taken = {fold(row[1]) for row in info}
    rowid = next((name for name in ROWID_NAMES if name not in taken), "")
    query = "SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'"
    if not connection.execute(query, (table,)).fetchone()[0] and rowid:
        names, keys = [rowid, *names], [rowid]
    order = ", ".join(keys or names)
    return f"SELECT {', '.join(names)} FROM main.{in_quotes(table)} ORDER BY {order}"
