"""Which tables must hold rows so that what happens to some of them can be seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator

from sqlplumb.engines.sqlite.parse.expressions import named
from sqlplumb.engines.sqlite.parse.lexer import fold, tokens
from sqlplumb.engines.sqlite.read.catalog import list_statements

_KEYS = """SELECT m.name, f."table", max(c."notnull")
FROM main.sqlite_master AS m, pragma_foreign_key_list(m.name) AS f, pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND c.name = f."from" COLLATE NOCASE GROUP BY m.name, f.id, f."table"
"""


def near(connection: sqlite3.Connection, tables: Collection[str]) -> frozenset[str]:
    """These, what their triggers speak of, and what refers to any of those: damage spreads from
    there. And whatever rows of them cannot be without."""
    rows = connection.execute(_KEYS)
    keys = [(fold(child), fold(parent), bool(must)) for child, parent, must in rows]
    found = {*tables, *_in_triggers(connection, tables)}
    found |= {child for child, parent, _ in keys if parent in found}
    needed: dict[str, set[str]] = {}
    for child, parent, must in keys:
        needed.setdefault(child, set()).update({parent} if must else ())
    ahead = list(found)
    while ahead:
        for parent in needed.get(ahead.pop(), set()) - found:
            found.add(parent)
            ahead.append(parent)
    return frozenset(found)


def _in_triggers(connection: sqlite3.Connection, tables: Collection[str]) -> Iterator[str]:
    statements = list_statements(connection)
    names = {fold(one.name) for one in statements if one.kind == "table"}
    for one in statements:
        if one.kind == "trigger" and fold(one.table) in tables:
            yield from names & named(tokens(one.text))
