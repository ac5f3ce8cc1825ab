"""What statements name: the tables, columns, indexes, triggers and views that they create, drop
or alter.

A rebuild by hand names the table whose new text it writes, and none of the indexes and triggers
that go with the old one.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlplumb.engines.sqlite.parse.cursor import Cursor, Unreadable
from sqlplumb.engines.sqlite.parse.expressions import named as said_names
from sqlplumb.engines.sqlite.parse.lexer import unquoted
from sqlplumb.engines.statements import Named

_BEFORE_KIND = ("TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL")
_SCHEMA_TABLES = ("sqlite_master", "sqlite_schema")


def named(statements: Iterable[str]) -> Named:
    found = Named()
    for statement in statements:
        try:
            _take(Cursor(statement), found)
        except Unreadable:
            continue  # it ran, and it is none of the forms that name something
    return found


def verb_and_names(statement: str) -> tuple[str, frozenset[str]]:
    """ "UPDATE", "DROP INDEX", behind the WITH that may stand before it; and all the names said."""
    cursor = Cursor(statement)
    names = said_names(cursor.tokens)
    if cursor.accept("WITH"):
        cursor.skip_to("INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "VALUES")
    verb = cursor.word
    kinds = (word for word in cursor.words[cursor.index + 1 :] if word not in _BEFORE_KIND)
    return (f"{verb} {next(kinds, '')}" if verb in ("CREATE", "DROP", "ALTER") else verb), names


def _take(cursor: Cursor, found: Named) -> None:
    if cursor.accept("CREATE") or cursor.accept("DROP"):
        for word in _BEFORE_KIND:
            cursor.accept(word)
        kind = cursor.take().upper
        _ = cursor.accept("IF", "NOT", "EXISTS") or cursor.accept("IF", "EXISTS")
        name = _name(cursor)
        (found.tables if kind == "TABLE" else found.objects).add(name)
    elif cursor.accept("ALTER", "TABLE"):
        _alter(_name(cursor), cursor, found)
    elif cursor.accept("UPDATE") and _name(cursor) in _SCHEMA_TABLES:
        # Whoever writes the stored schema writes the whole text of what the statement names.
        quoted = [one for one in cursor.tokens if one.kind in ("string", "quoted")]
        texts = [unquoted(one.text).lower() for one in quoted]
        found.tables.update(texts)
        found.objects.update(texts)


def _alter(table: str, cursor: Cursor, found: Named) -> None:
    if cursor.accept("RENAME", "TO"):
        found.rename_table(table, cursor.name().lower())
    elif cursor.accept("RENAME"):
        cursor.accept("COLUMN")
        former = cursor.name().lower()
        cursor.expect("TO")
        found.name_column(table, former, "name")
        found.name_column(table, cursor.name().lower(), "name")
    elif cursor.accept("ADD"):
        cursor.accept("COLUMN")
        found.name_column(table, cursor.name().lower(), "created")
    elif cursor.accept("DROP"):
        cursor.accept("COLUMN")
        found.name_column(table, cursor.name().lower(), "dropped")


def _name(cursor: Cursor) -> str:
    name = cursor.name()
    return (cursor.name() if cursor.accept(".") else name).lower()
