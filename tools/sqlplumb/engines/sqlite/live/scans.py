"""Which tables a query of an application reads from end to end, by SQLite's own plan for this
database. Must never run the query.
"""

from __future__ import annotations

import sqlite3

from sqlplumb.engines.sqlite.parse.lexer import fold, tokens
from sqlplumb.engines.sqlite.parse.queries import tables_by_alias, with_plain_parameters

_WHOLE_INDEX = " USING COVERING INDEX "  # read from end to end in place of its table


def scanned(connection: sqlite3.Connection, query: str) -> frozenset[str]:
    """Return the tables whose every row a query visits; none for what SQLite refuses."""
    words = tokens(query)
    text, count = with_plain_parameters(query)
    try:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * count).fetchall()
    except (sqlite3.Error, sqlite3.Warning, ValueError):
        return frozenset()
    called = tables_by_alias(words)  # a plan says what a query calls its tables, and no more
    names = [
        detail.removeprefix("SCAN ").partition(_WHOLE_INDEX)[0]
        for *_, detail in plan
        if detail.startswith("SCAN ")
    ]
    return frozenset(called[fold(name)] for name in names if fold(name) in called)
