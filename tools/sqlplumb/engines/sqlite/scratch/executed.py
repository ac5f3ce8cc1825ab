"""Interpret the statements that ran: what they did to tables and columns, and what each of them
does to the rows of a database.

A proof tells by it what a revision means to change from what it loses in silence; a review says
which rows are gone through, and who waits meanwhile. Nothing here decides whether a statement is
safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.data_steps import CONFLICTS, JOINS, VERBS, data_steps
from sqlplumb.engines.sqlite.parse.lexer import (
    Cursor,
    Tokens,
    Unreadable,
    fold,
    separated,
    unquoted,
)
from sqlplumb.engines.statements import Effect, Executed, Work

_BEGINS = ("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE")
_QUESTIONS = ("SELECT", "VALUES", "EXPLAIN")
_ENDS_SOURCES = ("WHERE", "RETURNING", "ORDER", "LIMIT", "GROUP", "UNION", "EXCEPT", "INTERSECT")
_KINDS = ("TABLE", "INDEX", "VIEW", "TRIGGER")
_SETTINGS = {
    "FOREIGN_KEYS": "foreign keys {}: no ON DELETE fires while a table is made anew",
    "LEGACY_ALTER_TABLE": "renames leave other objects as they are written: {}",
    "WRITABLE_SCHEMA": "the stored schema may be edited: {}",
}
# Seconds that a row costs: of a table with a dozen columns, half a million rows and more.
_COSTS: Mapping[Work, float] = {"scan": 0.6e-6, "rows": 1.5e-6, "rebuild": 1.5e-6}


def interpret(statements: Iterable[str]) -> Executed:
    """Interpret statements in the order in which they ran. What triggers run is none of them: a
    revision that wakes a trigger changes what nobody sees in it."""
    ran = list(statements)
    interpreter = _Interpreter(coming=frozenset(_renames(ran)))
    effects = [effect for statement in ran if (effect := interpreter.take(statement))]
    result = interpreter.result
    result.steps, result.effects = data_steps(ran), tuple(effects)
    return result


def _renames(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        with suppress(Unreadable):
            cursor = Cursor(statement)
            if cursor.accept("ALTER", "TABLE"):
                table = fold(_table(cursor))
                if cursor.accept("RENAME", "TO"):
                    yield table, fold(cursor.name())


@dataclass(slots=True, kw_only=True)
class _Interpreter:
    """What is known after the statements so far.

    `coming` are the renames of all statements, by which a table made anew is told from one that is
    only filled. `former` is what each table was called before the first statement: nothing, if it
    was not there and no other table's rows are in it; the rows of those that are `copied` are in
    another one now. `made` are the columns of the tables that were made, in their order."""

    coming: frozenset[tuple[str, str]]
    result: Executed = field(default_factory=Executed)
    former: dict[str, str] = field(default_factory=dict)
    copied: set[str] = field(default_factory=set)
    made: dict[str, list[str]] = field(default_factory=dict)
    transaction: str = ""

    def take(self, statement: str) -> Effect | None:
        """Interpret one more statement; None where it neither changes nor sets anything."""
        try:
            cursor = Cursor(statement)
            if cursor.done:
                return None
            return self._take(cursor, statement)
        except Unreadable:
            return self._not_understood(statement)

    def _take(self, cursor: Cursor, statement: str) -> Effect | None:
        if cursor.accept("WITH"):
            cursor.skip_to(*VERBS, *_QUESTIONS)
        match cursor.word:
            case "CREATE":
                return self._create(cursor, statement)
            case "DROP":
                return self._drop(cursor, statement)
            case "ALTER":
                return self._alter(cursor, statement)
            case "INSERT" | "REPLACE":
                return self._insert(cursor, statement)
            case "UPDATE" | "DELETE":
                return self._change(cursor, statement)
            case "PRAGMA":
                return _pragma(cursor, statement)
            case word if word in _BEGINS:
                self._begin_or_end(cursor)
                return None
            case word if word in _QUESTIONS:
                return None
        return self._not_understood(statement)

    def _not_understood(self, statement: str) -> Effect:
        self.result.is_understood = False
        return _effect(statement, "does what is written", work="rows")

    def _begin_or_end(self, cursor: Cursor) -> None:
        """A SAVEPOINT in no transaction begins one, which its RELEASE ends."""
        words = [token.text.upper() for token in cursor.tokens if token.text != ";"]
        verb, name = words[0], words[-1]
        if verb in ("BEGIN", "SAVEPOINT") and not self.transaction:
            self.result.transactions, self.transaction = self.result.transactions + 1, name
        is_end = verb in ("COMMIT", "END") or (verb == "ROLLBACK" and "TO" not in words)
        if is_end or (verb == "RELEASE" and name == self.transaction):
            self.transaction = ""

    def _origin(self, table: str) -> str:
        """Return what a table was called before the first statement."""
        return self.former.get(fold(table), fold(table))

    def _create(self, cursor: Cursor, statement: str) -> Effect:
        cursor.take()
        temporary = cursor.accept("TEMP") or cursor.accept("TEMPORARY")
        unique = cursor.accept("UNIQUE")
        cursor.accept("VIRTUAL")
        kind = cursor.take().upper
        cursor.accept("IF", "NOT", "EXISTS")
        name = _table(cursor)
        if temporary:
            return _effect(statement, f"makes {name} beside the database", work="guard")
        if kind == "INDEX":
            cursor.expect("ON")
            table = _table(cursor)
            self.result.written.add(fold(table))
            sorts = "sorts them; two rows that are alike end it" if unique else "sorts them"
            words = f"reads the rows of {table} and {sorts}"
            return _effect(statement, words, work="scan", table=self._origin(table))
        if kind != "TABLE":
            return _effect(statement, f"makes the {kind.lower()} {name}", work="schema")
        table = fold(name)
        self.former[table] = ""
        self.result.written.add(table)
        if cursor.words[1] == "TABLE":  # none that is virtual
            self.result.created.add(table)
            self.made[table] = _columns_made(cursor)
        return _effect(statement, f"makes {name}, empty", work="schema")

    def _drop(self, cursor: Cursor, statement: str) -> Effect:
        cursor.take()
        kind = cursor.take().upper
        if kind not in _KINDS:
            raise cursor.unreadable("expected a kind of object")
        cursor.accept("IF", "EXISTS")
        in_temp = cursor.looks_at("TEMP", ".")
        name = _table(cursor)
        if kind != "TABLE":
            return _effect(statement, f"drops the {kind.lower()} {name}", work="schema")
        if in_temp:
            return _effect(statement, f"drops {name} again", work="guard")
        origin = self._origin(name)
        self.former.pop(fold(name), None)
        self.result.written.add(fold(name))
        if origin in self.copied:
            words = f"drops {name}, whose rows are copied"
            return _effect(statement, words, work="rebuild", table=origin)
        return _effect(statement, f"drops {name} and all its rows", work="rows", table=origin)

    def _alter(self, cursor: Cursor, statement: str) -> Effect:
        cursor.take()
        cursor.expect("TABLE")
        table = _table(cursor)
        origin = self._origin(table)
        self.result.written.add(fold(table))
        if cursor.accept("RENAME", "TO"):
            name = cursor.name()
            self.former.pop(fold(table), None)
            self.former[fold(name)] = origin
            self.result.rename_table(fold(table), fold(name))
            return _effect(statement, f"calls {table} {name}", work="schema")
        if cursor.accept("RENAME"):
            cursor.accept("COLUMN")
            column = fold(cursor.name())
            cursor.expect("TO")
            name = fold(cursor.name())
            columns = self.result.columns
            columns[fold(table), name] = columns.pop((fold(table), column), column)
            return _effect(statement, f"renames a column of {table}", work="schema")
        words, work = _altered(cursor, table)
        return _effect(statement, words, work=work, table="" if work == "schema" else origin)

    def _insert(self, cursor: Cursor, statement: str) -> Effect:
        replaces = cursor.take().upper == "REPLACE" or _conflict(cursor) == "REPLACE"
        cursor.expect("INTO")
        if cursor.looks_at("TEMP", "."):
            return _effect(statement, "ends everything unless this holds", work="guard")
        name = _table(cursor)
        table = fold(name)
        self.result.written.add(table)
        if replaces:
            self.result.emptied.add(table)
            self.result.replaced.add(table)
        if cursor.accept("AS"):
            cursor.name()
        names = separated(tuple(cursor.bracketed())) if cursor.word == "(" else ()
        columns = [fold(unquoted(part[-1].text)) for part in names] or self.made.get(table, [])
        cursor.skip_to("SELECT", "VALUES")
        if not cursor.accept("SELECT"):
            self._upsert(cursor, table)
            return _effect(statement, f"puts rows into {name}", work="rows")
        _ = cursor.accept("DISTINCT") or cursor.accept("ALL")
        parts = list(separated(tuple(cursor.skip_to("FROM", *_ENDS_SOURCES))))
        source, known_as = _source(cursor)
        if not replaces:
            self._fill(table, columns, parts=parts, source=(fold(source), known_as))
        self._upsert(cursor, table)
        origin = self._origin(source) if source else ""
        if source and self._is_made_anew(table, fold(source)):
            self.former[table] = origin
            self.copied.add(origin)
            words = f"copies the rows of {source} into {name}"
            return _effect(statement, words, work="rebuild", table=origin)
        return _effect(statement, f"puts rows into {name}", work="rows", table=origin)

    def _is_made_anew(self, table: str, source: str) -> bool:
        """Is this the one table made of the other's rows, to stand in its place?"""
        if self.former.get(table) != "":
            return False
        return table == self._origin(source) or (table, source) in self.coming

    def _fill(
        self,
        table: str,
        columns: list[str],
        *,
        parts: list[Tokens],
        source: tuple[str, frozenset[str]],
    ) -> None:
        """A new table that is filled from another one is that table; a column that is filled by
        anything but a column of it, or by one that was computed, is computed."""
        result, (origin, known_as) = self.result, source
        is_copy = table in result.created and bool(origin)
        if is_copy:
            result.tables[table] = result.tables.get(origin, origin)
        if any(part and part[-1].text == "*" for part in parts):
            return  # whose columns stand where, is not written
        for name, part in zip(columns, parts, strict=False):
            column = _column(part, known_as)
            if not column:
                result.computed.add((table, name))
                if is_copy and (origin, name) in result.columns:  # it was renamed a moment ago
                    result.columns[table, name] = result.columns[origin, name]
            elif is_copy:
                result.columns[table, name] = result.columns.get((origin, column), column)
                if (origin, column) in result.computed:
                    result.computed.add((table, name))

    def _upsert(self, cursor: Cursor, table: str) -> None:
        """What an INSERT sets in rows that are there."""
        while cursor.skip_to("DO") or not cursor.done:
            if cursor.accept("DO", "UPDATE"):
                self._set(cursor, table)
            elif not cursor.done:
                cursor.take()

    def _set(self, cursor: Cursor, table: str) -> None:
        """The columns that are set, each behind a comma or a bracket and before its `=`."""
        cursor.expect("SET")
        for part in separated(tuple(cursor.skip_to("FROM", *_ENDS_SOURCES))):
            equals = next((at for at, token in enumerate(part) if token.text == "="), 0)
            names = (token for token in part[:equals] if token.kind in ("word", "quoted"))
            self.result.computed.update((table, fold(unquoted(token.text))) for token in names)

    def _change(self, cursor: Cursor, statement: str) -> Effect:
        """An UPDATE or a DELETE."""
        verb = "changes" if cursor.take().upper == "UPDATE" else "deletes"
        cursor.accept("FROM")
        _conflict(cursor)
        table = _table(cursor)
        self.result.written.add(fold(table))
        if fold(table) == "sqlite_master":
            self.result.is_understood = False  # of which tables, is not written
            words = "changes the stored text of the schema; no row is read"
            return _effect(statement, words, work="schema")
        if verb == "deletes":
            self.result.emptied.add(fold(table))
        else:
            cursor.skip_to("SET")
            self._set(cursor, fold(table))
        cursor.skip_to("WHERE")
        words = f"{verb} {'all rows' if cursor.done else 'rows'} of {table}"
        return _effect(statement, words, work="rows", table=self._origin(table))


def _effect(statement: str, words: str, *, work: Work, table: str = "") -> Effect:
    cost = _COSTS.get(work, 0.0) if table else 0.0
    return Effect(statement=statement, words=words, work=work, table=table, seconds_per_row=cost)


def _altered(cursor: Cursor, table: str) -> tuple[str, Work]:
    """What an ALTER TABLE that renames nothing does to rows."""
    if cursor.accept("DROP", "CONSTRAINT") or cursor.accept("ALTER"):
        return f"changes a rule of {table} and reads its rows", "scan"
    if cursor.accept("DROP"):
        return f"writes every row of {table} without the column", "rows"
    cursor.expect("ADD")
    if cursor.word in ("CONSTRAINT", "CHECK"):
        return f"adds a rule to {table} and reads its rows", "scan"
    if {token.upper for token in cursor.tokens} & {"CHECK", "NOT", "AS", "REFERENCES"}:
        return f"adds a column to {table} and reads its rows", "scan"
    return f"adds a column to {table}; no row is touched", "schema"


def _pragma(cursor: Cursor, statement: str) -> Effect | None:
    cursor.take()
    words = _SETTINGS.get(cursor.take().upper, "")
    if not words or not cursor.accept("="):
        return None
    state = "off" if cursor.word in ("OFF", "0", "RESET") else "on"
    return _effect(statement, words.format(state), work="setting")


def _table(cursor: Cursor) -> str:
    name = cursor.name()
    return cursor.name() if cursor.accept(".") else name


def _conflict(cursor: Cursor) -> str:
    if not cursor.accept("OR"):
        return ""
    if cursor.word not in CONFLICTS:
        raise cursor.unreadable("expected what to do on a conflict")
    return cursor.take().upper


def _columns_made(cursor: Cursor) -> list[str]:
    """The columns of a CREATE TABLE that an INSERT without a list of columns fills."""
    begins = cursor.tokens[cursor.index].start if cursor.word == "(" else len(cursor.sql)
    try:
        columns = read_table(f"CREATE TABLE t {cursor.sql[begins:]}").columns
    except Unreadable:
        return []
    return [fold(column.name) for column in columns if column.body.generated is None]


def _source(cursor: Cursor) -> tuple[str, frozenset[str]]:
    """The first table behind FROM, and what its columns may be qualified with."""
    if not cursor.accept("FROM") or cursor.word == "(":
        return "", frozenset()
    source = _table(cursor)
    alias = fold(source)
    if cursor.word == "(":  # a function, whose rows no table holds
        return "", frozenset((alias,))
    cursor.accept("AS")
    if not cursor.done and cursor.word not in JOINS and cursor.word not in _ENDS_SOURCES:
        alias = fold(cursor.name()) if cursor.word != ";" else alias
    return source, frozenset((alias,))


def _column(part: Tokens, known_as: frozenset[str]) -> str:
    """`a`, `t.a`, `t.a AS a`, where t is the table that is copied: of any other table, nothing."""
    if len(part) > 2 and part[-2].upper == "AS":
        part = part[:-2]
    elif len(part) > 1 and {token.kind for token in part[-2:]} <= {"word", "quoted"}:
        part = part[:-1]
    names = [fold(unquoted(token.text)) for token in part[::2] if token.kind in ("word", "quoted")]
    dots = [token.text for token in part[1::2]]
    is_column = len(names) == len(part[::2]) and dots in ([], ["."], [".", "."])
    of_it = len(names) < 2 or not known_as or names[-2] in known_as
    return names[-1] if is_column and of_it else ""
