"""Prepare the queries of an application on a scratch, and ask SQLite what they read.

SQLite's authorizer names every column that a statement reads, views and triggers included. Must
never run a query: EXPLAIN prepares it and is not stepped any further.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import pairwise

from sqlplumb.engines.queries import Asked, QueryFacts, QueryRefused
from sqlplumb.engines.source import Remark
from sqlplumb.engines.sqlite.parse.expressions import read_expression
from sqlplumb.engines.sqlite.parse.lexer import RESERVED, Token, fold, in_quotes, tokens, unquoted
from sqlplumb.engines.sqlite.parse.queries import (
    VERBS,
    filled_without_columns,
    has_hole,
    has_star,
    read_filter,
    tables_named,
    with_plain_parameters,
)
from sqlplumb.engines.sqlite.parse.statements import cut, read_head
from sqlplumb.engines.sqlite.read.hints import remarks
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.engines.sqlite.read.touched import Listener
from sqlplumb.errors import DatabaseFailed, Problem
from sqlplumb.schema import Schema, Trigger, View

_NO_TABLE = re.compile(r"no such table: (?P<name>.*)", re.DOTALL)
_INDEX = re.compile(r" USING (?:COVERING )?INDEX (.+?)(?: \(|\Z)", re.DOTALL)
_NO_COLUMN = re.compile(r"no such column: (?P<name>.*)|has no column named (?P<of>.*)", re.DOTALL)
# Columns that every table of PostgreSQL has.
_OF_POSTGRES = frozenset("ctid xmin xmax cmin cmax tableoid".split())
# Words that a bracket may follow, and that are no functions.
_BEFORE_BRACKET = RESERVED | {"cast", "conflict", "filter", "materialized", "over"}
# The text is no SQL of this engine, or the application adds to the engine what is not here.
_UNKNOWN = (
    *("syntax error", "incomplete input", "unrecognized token", "no such function"),
    *(
        "wrong number of arguments to function",
        "no such collation",
        "no such module",
        "unknown database",
        "not authorized",
        "prohibited",
    ),
    *(
        "too many",
        "too big",
        "too large",
        "stack overflow",
        "unable to open",
        "null character",
        "surrogates",
    ),
)


@contextmanager
def open_queries(schema: Schema, script: str) -> Iterator[SQLiteQueries]:
    """Open a scratch on which this script, which creates the schema, was run."""
    connection = scratch_for_code()
    try:
        try:
            connection.executescript(script)
        except sqlite3.Error as error:  # a module that is not here
            message = f"a scratch cannot hold {schema.source}: {error}"
            raise DatabaseFailed(Problem(message, "nothing was changed")) from error
        yield SQLiteQueries(connection, schema)
    finally:
        connection.close()


class SQLiteQueries:
    """One connection in memory that holds the schema. Fills the protocol `Queries`."""

    def __init__(self, connection: sqlite3.Connection, schema: Schema) -> None:
        self.connection, self.schema = connection, schema
        self.columns = {
            name: tuple(unit.columns) or tuple(map(fold, self.columns_of_view(name)))
            for name, unit in schema.by_unit.items()
            if unit.head is not None
        }
        bodies = (fact for fact in schema.objects.values() if isinstance(fact, View | Trigger))
        self.bodies = {fact.ref.name for fact in bodies}
        self.functions = {fold(row[0]) for row in connection.execute("PRAGMA function_list")}

    def columns_of_view(self, name: str) -> tuple[str, ...]:
        with suppress(sqlite3.Error):
            rows = self.connection.execute(f"PRAGMA table_xinfo({in_quotes(name)})").fetchall()
            return tuple(str(row[1]) for row in rows)
        return ()

    def statements(self, text: str) -> Collection[tuple[int, str]]:
        return [(chunk.start, chunk.text) for chunk in cut(text)]

    def is_query(self, text: str) -> bool:
        head = tokens(text[:200])[:1]
        return bool(head) and head[0].upper in VERBS

    def remarks(self, file: str, text: str, mark: str) -> Iterable[Remark]:
        return remarks({file: text}, mark)

    def alters(self, text: str) -> bool:
        return [word.upper for word in tokens(text[:200])[:2]] == ["ALTER", "TABLE"]

    def named_tables(self, text: str) -> frozenset[str]:
        return tables_named(tokens(text))

    def created(self, text: str) -> str:
        head = read_head(text.lstrip())
        name = fold(head.name) if head else ""
        return "" if name in self.columns and self._makes(text, name) else name

    def _makes(self, text: str, name: str) -> bool:
        """Return whether it makes what has the columns of ours; of a view nobody can tell."""
        try:
            with closing(scratch_for_code()) as connection:
                connection.execute(text)
                rows = connection.execute(f"PRAGMA table_xinfo({in_quotes(name)})").fetchall()
        except (sqlite3.Error, sqlite3.Warning):
            return False
        return {fold(row[1]) for row in rows} == {*self.columns[name]}

    def takes_beside(self, query: str, creates: Collection[str]) -> bool:
        text, count = with_plain_parameters(query)
        heads = (read_head(create.lstrip()) for create in creates)
        made = {fold(head.name) for head in heads if head}
        named = tables_named(tokens(query))  # its tables; a view reads others
        needed = self.columns if named & self.bodies else named & self.columns.keys()
        with closing(scratch_for_code()) as connection:
            for unit in (self.schema.unit(name) for name in needed if name not in made):
                with suppress(sqlite3.Error, sqlite3.Warning):
                    connection.execute(unit.head.text if unit.head else "")
            try:
                for create in creates:
                    connection.execute(create)
                connection.execute(f"EXPLAIN {text}", [None] * count).close()
            except (sqlite3.Error, sqlite3.Warning, ValueError):
                return False
        return True

    def read(self, query: str) -> QueryFacts | QueryRefused:
        words = tokens(query)
        text, count = with_plain_parameters(query)
        listener = Listener()
        self.connection.set_authorizer(partial(_hear, listener))
        try:
            self.connection.execute(f"EXPLAIN {text}", [None] * count).close()
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:  # a NUL, a lone surrogate
            return self._refused(str(error), words)
        reads, tables = listener.columns, listener.read | listener.written
        known = {name for name in tables if name in self.columns}
        stars = filled_without_columns(words)
        if has_star(words):  # what a view reads is no star of the query's
            own = {(table, name) for table, name, by in listener.by if by not in self.bodies}
            stars |= {
                table
                for table in known
                if self.columns[table]
                and own.issuperset((table, one) for one in self.columns[table])
            }
        return QueryFacts(
            columns=frozenset((table, column) for table, column in reads if table in known),
            tables=frozenset(known),
            stars={name: self.columns[name] for name in sorted(known) if name in stars},
            is_filtered=any(word.upper == "WHERE" for word in words),
            asked=self._asked(words),
        )

    def _asked(self, words: Sequence[Token]) -> Asked | None:
        where = read_filter(words)
        if where is None or where.table not in self.schema.tables:
            return None
        names = frozenset(self.columns[where.table])
        conditions = [read_expression(part, names, where.alias)[0] for part in where.conditions]
        return Asked(table=where.table, conditions=tuple(conditions))

    def indexes(self, query: str, condition: str = "") -> frozenset[str]:
        if condition:
            where = read_filter(tokens(query))
            if where is None:
                return frozenset()
            inside = f"({query[where.start : where.end]}) AND ({condition})"
            query = f"{query[: where.start]}{inside}{query[where.end :]}"
        text, count = with_plain_parameters(query)
        self.connection.set_authorizer(None)
        plan = self.connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * count).fetchall()
        return frozenset(fold(used[1]) for *_, detail in plan if (used := _INDEX.search(detail)))

    def _refused(self, message: str, words: Sequence[Token]) -> QueryRefused:
        missing = _NO_TABLE.search(message)
        name = fold(missing["name"]).removeprefix("main.") if missing else ""
        if _is_elsewhere(name, words) or any(
            word.kind == "quoted" and has_hole(word) for word in words
        ):
            return QueryRefused(message=message, why="unknown")
        if missing:
            return QueryRefused(
                message=message,
                why="unknown table",
                name=name,
                is_ours=bool(tables_named(words) & self.columns.keys() - {name}),
            )
        is_prose = not tables_named(words) & self.columns.keys()
        is_of_others = any(phrase in message for phrase in _UNKNOWN) or self._calls_unknown(words)
        if is_prose or is_of_others:
            return QueryRefused(message=message, why="unknown")
        column = _NO_COLUMN.search(message)
        *tables, name = fold((column["name"] or column["of"]) if column else "").split(".")
        if name in _OF_POSTGRES:
            return QueryRefused(message=message, why="unknown")
        if tables:  # a table or an alias of this query stands somewhere without a dot behind it
            named = {
                fold(unquoted(word.text))
                for word, behind in zip(words, (*words[1:], None), strict=True)
                if behind is None or behind.text != "."
            }
            may_be_outer = tables[-1] not in named
        else:
            may_be_outer = any(name in columns for columns in self.columns.values())
        return QueryRefused(message=message, why="mistake", name=name, may_be_outer=may_be_outer)

    def _calls_unknown(self, words: Sequence[Token]) -> bool:
        """Return whether it calls a function that SQLite lacks: another database may be meant,
        which has that column as well; SQLite looks for the column first."""
        tables = {
            fold(name.text)
            for before, name in pairwise(words)
            if before.upper in ("FROM", "JOIN", "INTO", "WITH", "RECURSIVE")
        }
        return any(
            name.kind == "word"
            and behind.text == "("
            and before.upper != "AS"  # CAST(name AS VARCHAR(9))
            and fold(name.text) not in self.functions | _BEFORE_BRACKET | tables
            for before, name, behind in zip(words, words[1:], words[2:], strict=False)
        )


def _hear(listener: Listener, action: int, *names: str | None) -> int:
    if action == sqlite3.SQLITE_ATTACH:
        return sqlite3.SQLITE_DENY
    return listener.hear(action, *names)


def _is_elsewhere(table: str, words: Sequence[Token]) -> bool:
    """Return whether it is a table of SQLite's own, of another database that is attached, or one
    that a function makes."""
    is_call = any(
        behind.text == "(" and fold(unquoted(name.text)) == table
        for before, name, behind in zip(words, words[1:], words[2:], strict=False)
        if before.upper != "INTO"
    )
    return is_call or "." in table or table.startswith("sqlite_")
