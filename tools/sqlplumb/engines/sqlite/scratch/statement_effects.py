"""What each statement of a migration does to a SQLite database, for somebody who must review it.

Read from the statements that ran. Nothing here decides whether one is safe: it says what is
written, which rows are gone through for it, and who waits meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlplumb.engines.sqlite.parse.lexer import Cursor, Unreadable, fold
from sqlplumb.engines.statements import Effect, Work

__all__ = ["effects"]

_BEGINS = ("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE")
_QUESTIONS = ("SELECT", "VALUES", "EXPLAIN")
_VERBS = ("INSERT", "REPLACE", "UPDATE", "DELETE", *_QUESTIONS)
# Seconds that a row costs: of a table with a dozen columns, half a million rows and more.
_COSTS: Mapping[Work, float] = {"scan": 0.6e-6, "rows": 1.5e-6, "rebuild": 1.5e-6}
_KINDS = ("TABLE", "INDEX", "VIEW", "TRIGGER")
_SETTINGS = ("FOREIGN_KEYS", "LEGACY_ALTER_TABLE", "WRITABLE_SCHEMA")


def effects(statements: Iterable[str]) -> Iterator[Effect]:
    """Of those that change something, in the order in which they ran. A table is called by the name
    that it had before the first: its rows are the ones that a live database has."""
    statements = list(statements)
    names = Names(frozenset(renames(statements)))
    for statement in statements:
        if statement.startswith("--"):
            continue  # what a trigger runs is told as a comment
        try:
            found = _effect(Cursor(statement), statement, names)
        except Unreadable:
            found = Effect(statement=statement, words="does what is written", work="rows")
        if found:
            cost = _COSTS.get(found.work, 0.0) if found.table else 0.0
            yield replace(found, seconds_per_row=cost)


def _effect(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    if cursor.accept("WITH"):
        cursor.skip_to(*_VERBS)
    match cursor.word:
        case "CREATE":
            return create(cursor, statement, names)
        case "DROP":
            return drop(cursor, statement, names)
        case "ALTER":
            return alter(cursor, statement, names)
        case "INSERT" | "REPLACE":
            return insert(cursor, statement, names)
        case "UPDATE" | "DELETE":
            return changed(cursor, statement, names)
        case "PRAGMA":
            return pragma(cursor, statement)
        case word if word in _BEGINS or word in _QUESTIONS:
            return None
    return Effect(statement=statement, words="does what is written", work="rows")


@dataclass(slots=True)
class Names:
    """What each table was called before the first statement: nothing, if it was not there and no
    other table's rows are in it. `copied` are those whose rows are in another one now; `renames`
    are all that are to come, by which a table made anew is told from one that is only filled."""

    renames: frozenset[tuple[str, str]]
    former: dict[str, str] = field(default_factory=dict)
    copied: set[str] = field(default_factory=set)

    def of(self, table: str) -> str:
        return self.former.get(fold(table), fold(table))

    def is_anew(self, table: str, source: str) -> bool:
        """Is this the one table made of the other's rows, to stand in its place?"""
        if self.former.get(fold(table)) != "":
            return False
        return fold(table) == self.of(source) or (fold(table), fold(source)) in self.renames


def renames(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        with suppress(Unreadable):
            cursor = Cursor(statement)
            if cursor.accept("ALTER", "TABLE"):
                table = table_name(cursor)
                if cursor.accept("RENAME", "TO"):
                    yield fold(table), fold(cursor.name())


def table_name(cursor: Cursor) -> str:
    name = cursor.name()
    return cursor.name() if cursor.accept(".") else name


def create(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    cursor.take()
    temporary = cursor.accept("TEMP") or cursor.accept("TEMPORARY")
    unique = cursor.accept("UNIQUE")
    cursor.accept("VIRTUAL")
    kind = cursor.take().upper
    cursor.accept("IF", "NOT", "EXISTS")
    name = table_name(cursor)
    if temporary:
        return Effect(statement=statement, words=f"makes {name} beside the database", work="guard")
    if kind == "INDEX":
        cursor.expect("ON")
        table = table_name(cursor)
        sorts = "sorts them; two rows that are alike end it" if unique else "sorts them"
        return Effect(
            statement=statement,
            words=f"reads the rows of {table} and {sorts}",
            work="scan",
            table=names.of(table),
        )
    if kind == "TABLE":
        names.former[fold(name)] = ""
        return Effect(statement=statement, words=f"makes {name}, empty", work="schema")
    return Effect(statement=statement, words=f"makes the {kind.lower()} {name}", work="schema")


def drop(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    cursor.take()
    kind = cursor.take().upper
    if kind not in _KINDS:
        raise cursor.unreadable("expected a kind of object")
    cursor.accept("IF", "EXISTS")
    in_temp = cursor.looks_at("TEMP", ".")
    name = table_name(cursor)
    if kind != "TABLE":
        return Effect(statement=statement, words=f"drops the {kind.lower()} {name}", work="schema")
    if in_temp:
        return Effect(statement=statement, words=f"drops {name} again", work="guard")
    source = names.of(name)
    names.former.pop(fold(name), None)
    if source in names.copied:
        return Effect(
            statement=statement,
            words=f"drops {name}, whose rows are copied",
            work="rebuild",
            table=source,
        )
    return Effect(
        statement=statement, words=f"drops {name} and all its rows", work="rows", table=source
    )


def alter(cursor: Cursor, statement: str, names: Names) -> Effect:
    cursor.take()
    cursor.expect("TABLE")
    table = table_name(cursor)
    source = names.of(table)
    if cursor.accept("RENAME", "TO"):
        name = cursor.name()
        names.former.pop(fold(table), None)
        names.former[fold(name)] = source
        return Effect(statement=statement, words=f"calls {table} {name}", work="schema")
    if cursor.accept("RENAME"):
        return Effect(statement=statement, words=f"renames a column of {table}", work="schema")
    if cursor.accept("DROP", "CONSTRAINT") or cursor.accept("ALTER"):
        return Effect(
            statement=statement,
            words=f"changes a rule of {table} and reads its rows",
            work="scan",
            table=source,
        )
    if cursor.accept("DROP"):
        return Effect(
            statement=statement,
            words=f"writes every row of {table} without the column",
            work="rows",
            table=source,
        )
    cursor.expect("ADD")
    if cursor.word in ("CONSTRAINT", "CHECK"):
        return Effect(
            statement=statement,
            words=f"adds a rule to {table} and reads its rows",
            work="scan",
            table=source,
        )
    words = {token.upper for token in cursor.tokens}
    if words & {"CHECK", "NOT", "AS", "REFERENCES"}:
        return Effect(
            statement=statement,
            words=f"adds a column to {table} and reads its rows",
            work="scan",
            table=source,
        )
    return Effect(
        statement=statement, words=f"adds a column to {table}; no row is touched", work="schema"
    )


def insert(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    cursor.take()
    if cursor.accept("OR"):
        cursor.take()
    cursor.expect("INTO")
    if cursor.looks_at("TEMP", "."):
        return Effect(statement=statement, words="ends everything unless this holds", work="guard")
    table = table_name(cursor)
    cursor.skip_to("SELECT", "VALUES")
    if not cursor.accept("SELECT"):
        return Effect(statement=statement, words=f"puts rows into {table}", work="rows")
    cursor.skip_to("FROM")
    source = table_name(cursor) if cursor.accept("FROM") and cursor.word != "(" else ""
    origin = names.of(source) if source else ""
    if source and names.is_anew(table, source):
        names.former[fold(table)] = origin
        names.copied.add(origin)
        return Effect(
            statement=statement,
            words=f"copies the rows of {source} into {table}",
            work="rebuild",
            table=origin,
        )
    return Effect(statement=statement, words=f"puts rows into {table}", work="rows", table=origin)


def changed(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    verb = "changes" if cursor.take().upper == "UPDATE" else "deletes"
    cursor.accept("FROM")
    if cursor.accept("OR"):
        cursor.take()
    table = table_name(cursor)
    if fold(table) == "sqlite_master":
        return Effect(
            statement=statement,
            words="changes the stored text of the schema; no row is read",
            work="schema",
        )
    cursor.skip_to("WHERE")
    which = "all rows" if cursor.done else "rows"
    return Effect(
        statement=statement, words=f"{verb} {which} of {table}", work="rows", table=names.of(table)
    )


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
    return Effect(statement=statement, words=words[name], work="setting")
