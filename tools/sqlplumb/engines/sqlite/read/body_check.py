"""Views and triggers tried: SQLite takes any body in a CREATE and reads it when it is used.

Each is made on a scratch with the tables that it speaks of, and a use of it is prepared, not run.
A function or a collation that only the application has is stood in for.

Strings in double quotes, which SQLite takes for names where it can, are told apart as well.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from sqlplumb.engines.sqlite.parse.expressions import named
from sqlplumb.engines.sqlite.parse.lexer import (
    ROWID_NAMES,
    Token,
    fold,
    in_quotes,
    tokens,
    unquoted,
)
from sqlplumb.engines.sqlite.read.memory import scratch_for_creates
from sqlplumb.schema import (
    Check,
    Column,
    Index,
    Kind,
    Object,
    Ref,
    Schema,
    Table,
    Trigger,
    View,
    VirtualTable,
)

_FUNCTION = re.compile(r"no such function: (.+)")
_COLUMN = re.compile(r"no such column: (.+)")
_COLLATION = re.compile(r"no such collation sequence: (.+)")
_ATTEMPTS = 30
# What another SQLite, or the application, may have: nobody can say here whether it does.
_ELSEWHERE = ("no such module", "no such table: main.sqlite_", "no such table: sqlite_")
_MISSING = ("no such column", "no such table", "has no column")


def unreadable(schema: Schema, kind: Kind) -> Iterator[tuple[Ref, str]]:
    """The views, or the triggers, that cannot be used, with SQLite's own words."""
    heads = _heads(schema)
    for fact in schema.objects.values():
        if not isinstance(fact, View | Trigger) or fact.ref.kind != kind:
            continue
        if message := _tried(fact, heads):
            yield fact.ref, message


def says_missing(error: sqlite3.Error) -> bool:
    """Does it speak of a name that the schema does not have, and not of what a SQLite or an
    application may bring along?"""
    message = str(error)
    return message.startswith(_MISSING) and not message.startswith(_ELSEWHERE)


def _heads(schema: Schema) -> Mapping[str, Object]:
    facts = schema.objects.values()
    return {fact.ref.name: fact for fact in facts if isinstance(fact, Table | View | VirtualTable)}


def _tried(fact: View | Trigger, heads: Mapping[str, Object]) -> str:
    with closing(scratch_for_creates()) as connection:
        needed = _needed(fact, heads)
        others = [head for head in needed if head.ref != fact.ref]
        try:
            for head in sorted(others, key=lambda head: head.ref.kind == "virtual table"):
                connection.execute(head.text)
            connection.execute(fact.text)
        except sqlite3.Error:
            return ""  # what cannot be made here is told by whoever makes it
        return next(_complaints(connection, fact), "")


def _needed(fact: Object, heads: Mapping[str, Object]) -> list[Object]:
    """Return the tables and views that a body names, and those that these name, by their words:
    nothing can be prepared before they are made, and one too many is made in vain."""
    needed: dict[Ref, Object] = {}
    waiting = [fact]
    while waiting:
        dependency = waiting.pop()
        needed[dependency.ref] = dependency
        if isinstance(dependency, Table):
            continue
        names = named(tokens(dependency.text), strings=isinstance(dependency, VirtualTable)) | {
            dependency.ref.unit
        }
        waiting += [heads[name] for name in names & heads.keys() if heads[name].ref not in needed]
    return list(needed.values())


def _complaints(connection: sqlite3.Connection, fact: View | Trigger) -> Iterator[str]:
    if isinstance(fact, View):
        yield from _prepared(connection, f"SELECT * FROM {in_quotes(fact.ref.name)}")
        return
    table = in_quotes(fact.ref.table)
    event, named = _event(tokens(fact.body.text))
    rows = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
    columns = {fold(row[1]): row[6] for row in rows}
    yield from (
        f"{fact.ref.display_unit} has no column {name}, so this never happens"
        for name in named
        if name not in columns
    )
    if event == "INSERT":
        yield from _prepared(connection, f"INSERT INTO {table} DEFAULT VALUES")
    elif event == "DELETE":
        yield from _prepared(connection, f"DELETE FROM {table}")
    else:
        settable = [name for name, hidden in columns.items() if hidden == 0]
        assigned = [f"{in_quotes(name)} = NULL" for name in settable if not named or name in named]
        if assigned:
            yield from _prepared(connection, f"UPDATE {table} SET {', '.join(assigned)}")


def _event(body: Iterable[Token]) -> tuple[str, list[str]]:
    """What it waits for, and the columns behind UPDATE OF."""
    event, named = "", []
    for token in body:
        if token.upper == "ON":
            break
        if not event and token.upper in ("INSERT", "DELETE", "UPDATE"):
            event = token.upper
        elif event and token.text != "," and token.upper != "OF":
            named.append(fold(unquoted(token.text)))
    return event, named


def _prepared(connection: sqlite3.Connection, sql: str) -> Iterator[str]:
    """What SQLite says, once what is missing for other reasons than the schema has a stand-in."""
    stood_in = False
    for _ in range(_ATTEMPTS):
        try:
            connection.execute(f"EXPLAIN {sql}")
            return
        except sqlite3.Error as error:
            message = str(error)
        if not _stand_in(connection, message):
            is_missing = any(words in message for words in _MISSING)
            if not message.startswith(_ELSEWHERE) and (is_missing or not stood_in):
                yield message
            return
        stood_in = True


def _stand_in(connection: sqlite3.Connection, message: str) -> bool:
    if function := _FUNCTION.match(message):
        connection.create_function(function[1], -1, lambda *_: None)
        return True
    if collation := _COLLATION.match(message):
        connection.create_collation(
            collation[1], lambda first, second: (first > second) - (first < second)
        )
        return True
    return False


def strings_in_double_quotes(schema: Schema) -> Iterator[tuple[Ref, str]]:
    """Each `"x"` that is no name and so, to SQLite, a string."""
    columns, heads = _columns(schema), _heads(schema)
    for fact in schema.objects.values():
        if '"' not in fact.text:
            continue
        match fact:
            case Check(expression=expression):
                yield from _strings(fact, expression.text, columns[fact.ref.table])
            case Column(default=default, generated=generated):
                yield from _strings(fact, default.text if default else "", frozenset())
                computed = generated.text if generated else ""
                yield from _strings(fact, computed, columns[fact.ref.table])
            case Index():
                inside = fact.text[fact.text.find("(") :]
                yield from _strings(fact, inside, columns.get(fact.ref.table, frozenset()))
            case View() | Trigger():
                yield from ((fact.ref, text) for text in _strings_in_body(fact, heads))


def _columns(schema: Schema) -> dict[str, frozenset[str]]:
    by_table: dict[str, set[str]] = {}
    for ref in schema.objects:
        if ref.kind == "column":
            by_table.setdefault(ref.table, set(ROWID_NAMES)).add(ref.name)
    return {table: frozenset(names) for table, names in by_table.items()}


def _strings(fact: Object, text: str, names: frozenset[str]) -> Iterator[tuple[Ref, str]]:
    before = ""
    for token in tokens(text):
        if token.text[0] == '"' and before != "COLLATE" and _name(token) not in names:
            yield fact.ref, token.text
        before = token.upper


def _strings_in_body(fact: View | Trigger, heads: Mapping[str, Object]) -> Iterator[str]:
    """Yield what SQLite misses once `"x"` is `[x]`, which is never a string. Of a body that it does
    not take anyway, nothing is known."""
    quoted = [token for token in tokens(fact.text) if token.text[0] == '"']
    names = [token for token in quoted if "]" not in token.text]
    if not names or _tried(fact, heads):
        return
    while missing := _COLUMN.match(_tried(replace(fact, text=_bracketed(fact.text, names)), heads)):
        strings = {token.text for token in names if unquoted(token.text) == missing[1]}
        if not strings:
            return
        yield from strings
        names = [token for token in names if token.text not in strings]


def _bracketed(text: str, names: Sequence[Token]) -> str:
    for token in reversed(names):
        text = f"{text[: token.start]}[{unquoted(token.text)}]{text[token.end :]}"
    return text


def _name(token: Token) -> str:
    return fold(unquoted(token.text))
