"""CREATE, DROP and ALTER."""

from __future__ import annotations

from sqlplumb.engines.sqlite.parse.cursor import Cursor
from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.scratch.statement_effects.names import Names, table_name
from sqlplumb.engines.statements import Effect

_KINDS = ("TABLE", "INDEX", "VIEW", "TRIGGER")


def create(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    cursor.take()
    temporary = cursor.accept("TEMP") or cursor.accept("TEMPORARY")
    unique = cursor.accept("UNIQUE")
    cursor.accept("VIRTUAL")
    kind = cursor.take().upper
    cursor.accept("IF", "NOT", "EXISTS")
    name = table_name(cursor)
    if temporary:
        return Effect(statement, f"makes {name} beside the database", "guard")
    if kind == "INDEX":
        cursor.expect("ON")
        table = table_name(cursor)
        sorts = "sorts them; two rows that are alike end it" if unique else "sorts them"
        return Effect(statement, f"reads the rows of {table} and {sorts}", "scan", names.of(table))
    if kind == "TABLE":
        names.former[fold(name)] = ""
        return Effect(statement, f"makes {name}, empty", "schema")
    return Effect(statement, f"makes the {kind.lower()} {name}", "schema")


def drop(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    cursor.take()
    kind = cursor.take().upper
    if kind not in _KINDS:
        raise cursor.unreadable("expected a kind of object")
    cursor.accept("IF", "EXISTS")
    in_temp = cursor.looks_at("TEMP", ".")
    name = table_name(cursor)
    if kind != "TABLE":
        return Effect(statement, f"drops the {kind.lower()} {name}", "schema")
    if in_temp:
        return Effect(statement, f"drops {name} again", "guard")
    source = names.of(name)
    names.former.pop(fold(name), None)
    if source in names.copied:
        return Effect(statement, f"drops {name}, whose rows are copied", "rebuild", source)
    return Effect(statement, f"drops {name} and all its rows", "rows", source)


def alter(cursor: Cursor, statement: str, names: Names) -> Effect:
    cursor.take()
    cursor.expect("TABLE")
    table = table_name(cursor)
    source = names.of(table)
    if cursor.accept("RENAME", "TO"):
        name = cursor.name()
        names.former.pop(fold(table), None)
        names.former[fold(name)] = source
        return Effect(statement, f"calls {table} {name}", "schema")
    if cursor.accept("RENAME"):
        return Effect(statement, f"renames a column of {table}", "schema")
    if cursor.accept("DROP", "CONSTRAINT") or cursor.accept("ALTER"):
        return Effect(statement, f"changes a rule of {table} and reads its rows", "scan", source)
    if cursor.accept("DROP"):
        return Effect(statement, f"writes every row of {table} without the column", "rows", source)
    cursor.expect("ADD")
    if cursor.word in ("CONSTRAINT", "CHECK"):
        return Effect(statement, f"adds a rule to {table} and reads its rows", "scan", source)
    words = {token.upper for token in cursor.tokens}
    if words & {"CHECK", "NOT", "AS", "REFERENCES"}:
        return Effect(statement, f"adds a column to {table} and reads its rows", "scan", source)
    return Effect(statement, f"adds a column to {table}; no row is touched", "schema")
