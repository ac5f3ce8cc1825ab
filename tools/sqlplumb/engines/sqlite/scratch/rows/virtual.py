"""Rows for virtual tables, as far as words and numbers go; an index of another table is rebuilt.

Knows no module's constraints: what one will not have, it says itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sqlplumb.engines.sqlite.parse.create_other import read_virtual
from sqlplumb.engines.sqlite.parse.lexer import in_quotes
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.scratch.rows.values import Value

WORDS = ("Abc abc", 'it\'s "ünï" ☃', "1.50")


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
