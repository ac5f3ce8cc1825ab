"""INSERT, UPDATE, DELETE, and the settings around them."""

from __future__ import annotations

from sqlplumb.engines.sqlite.parse.cursor import Cursor
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.scratch.statement_effects.names import Names, table_name
from sqlplumb.engines.statements import Effect

_SETTINGS = ("FOREIGN_KEYS", "LEGACY_ALTER_TABLE", "WRITABLE_SCHEMA")


def insert(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    cursor.take()
    if cursor.accept("OR"):
        cursor.take()
    cursor.expect("INTO")
    if cursor.looks_at("TEMP", "."):
        return Effect(statement, "ends everything unless this holds", "guard")
    table = table_name(cursor)
    cursor.skip_to("SELECT", "VALUES")
    if not cursor.accept("SELECT"):
        return Effect(statement, f"puts rows into {table}", "rows")
    cursor.skip_to("FROM")
    source = table_name(cursor) if cursor.accept("FROM") and cursor.word != "(" else ""
    origin = names.of(source) if source else ""
    if source and names.is_anew(table, source):
        names.former[fold(table)] = origin
        names.copied.add(origin)
        return Effect(statement, f"copies the rows of {source} into {table}", "rebuild", origin)
    return Effect(statement, f"puts rows into {table}", "rows", origin)


def changed(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    verb = "changes" if cursor.take().upper == "UPDATE" else "deletes"
    cursor.accept("FROM")
    if cursor.accept("OR"):
        cursor.take()
    table = table_name(cursor)
    if fold(table) == "sqlite_master":
        return Effect(statement, "changes the stored text of the schema; no row is read", "schema")
    cursor.skip_to("WHERE")
    which = "all rows" if cursor.done else "rows"
    return Effect(statement, f"{verb} {which} of {table}", "rows", names.of(table))


def pragma(cursor: Cursor, statement: str) -> Effect | None:
    cursor.take()
    name = cursor.take().upper
    if name not in _SETTINGS or not cursor.looks_at("="):
        return None
    cursor.take()
    said = "off" if cursor.word in ("OFF", "0", "RESET") else "on"
    words = {
        "FOREIGN_KEYS": f"foreign keys {said}: no ON DELETE fires while a table is made anew",
        "LEGACY_ALTER_TABLE": f"renames leave other objects as they are written: {said}",
        "WRITABLE_SCHEMA": f"the stored schema may be edited: {said}",
    }
    return Effect(statement, words[name], "setting")
