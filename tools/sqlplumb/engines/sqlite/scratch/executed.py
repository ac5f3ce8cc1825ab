"""Interpret the statements that ran: what they did to tables and columns, and what each of them
does to the rows of a database.

A proof tells by it what a revision means to change from what it loses in silence; a review says
which rows are gone through, and who waits meanwhile. Nothing here decides whether a statement is
safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlplumb.engines.sqlite.parse.data_steps import VERBS, data_steps
from sqlplumb.engines.sqlite.parse.lexer import (
    Cursor,
    Tokens,
    Unreadable,
    fold,
    separated,
    unquoted,
)
from sqlplumb.engines.sqlite.parse.row_statements import (
    assigned_columns,
    conflict_clause,
    copied_column,
    filled_columns,
    first_source,
    selected,
    table_name,
    table_renames,
)
from sqlplumb.engines.statements import Effect, Executed, Work

_BEGINS = ("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE")
_QUESTIONS = ("SELECT", "VALUES", "EXPLAIN")
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
    interpreter = _Interpreter(coming=frozenset(table_renames(ran)))
    effects = [effect for statement in ran if (effect := interpreter.take(statement))]
    result = interpreter.result
    result.steps, result.effects = data_steps(ran), tuple(effects)
    return result


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
            return None if cursor.done else self._take(cursor, statement)
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
        """Count transactions: a SAVEPOINT in none begins one, which its RELEASE ends."""
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
        name = table_name(cursor)
        if temporary:
            return _effect(statement, f"makes {name} beside the database", work="guard")
        if kind == "INDEX":
            cursor.expect("ON")
            table = table_name(cursor)
            self.result.written.add(fold(table))
            sorts = "sorts them; two rows that are alike end it" if unique else "sorts them"
            words = f"reads the rows of {table} and {sorts}"
            return _effect(statement, words, work="scan", on=table, table=self._origin(table))
        if kind != "TABLE":
            return _effect(statement, f"makes the {kind.lower()} {name}", work="schema", on=name)
        table = fold(name)
        self.former[table] = ""
        self.result.written.add(table)
        if cursor.words[1] == "TABLE":  # none that is virtual
            self.result.created.add(table)
            self.made[table] = filled_columns(cursor)
        return _effect(statement, f"makes {name}, empty", work="schema", on=name)

    def _drop(self, cursor: Cursor, statement: str) -> Effect:
        cursor.take()
        kind = cursor.take().upper
        if kind not in _KINDS:
            raise cursor.unreadable("expected a kind of object")
        cursor.accept("IF", "EXISTS")
        in_temp = cursor.looks_at("TEMP", ".")
        name = table_name(cursor)
        if kind != "TABLE":
            return _effect(statement, f"drops the {kind.lower()} {name}", work="schema", on=name)
        if in_temp:
            return _effect(statement, f"drops {name} again", work="guard")
        origin = self._origin(name)
        self.former.pop(fold(name), None)
        self.result.written.add(fold(name))
        if origin in self.copied:
            words = f"drops {name}, whose rows are copied"
            return _effect(statement, words, work="rebuild", on=name, table=origin)
        words = f"drops {name} and all its rows"
        return _effect(statement, words, work="rows", on=name, table=origin)

    def _alter(self, cursor: Cursor, statement: str) -> Effect:
        cursor.take()
        cursor.expect("TABLE")
        table = table_name(cursor)
        origin = self._origin(table)
        self.result.written.add(fold(table))
        if cursor.accept("RENAME", "TO"):
            name = cursor.name()
            self.former.pop(fold(table), None)
            self.former[fold(name)] = origin
            self.result.rename_table(fold(table), fold(name))
            return _effect(statement, f"calls {table} {name}", work="schema", on=table)
        if cursor.accept("RENAME"):
            cursor.accept("COLUMN")
            column = fold(cursor.name())
            cursor.expect("TO")
            name = fold(cursor.name())
            columns = self.result.columns
            columns[fold(table), name] = columns.pop((fold(table), column), column)
            return _effect(statement, f"renames a column of {table}", work="schema", on=table)
        words, work = _altered(cursor, table)
        read = "" if work == "schema" else origin
        return _effect(statement, words, work=work, on=table, table=read)

    def _insert(self, cursor: Cursor, statement: str) -> Effect:
        replaces = cursor.take().upper == "REPLACE" or conflict_clause(cursor) == "REPLACE"
        cursor.expect("INTO")
        if cursor.looks_at("TEMP", "."):
            return _effect(statement, "ends everything unless this holds", work="guard")
        name = table_name(cursor)
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
            self.result.added.add(table)
            self._upsert(cursor, table)
            return _effect(statement, f"puts rows into {name}", work="rows", on=name)
        parts = selected(cursor)
        source, known_as = first_source(cursor)
        if not replaces:
            self._fill(table, columns, parts=parts, source=(fold(source), known_as))
        self._upsert(cursor, table)
        origin = self._origin(source) if source else ""
        # Is this the one table made of the other's rows, to stand in its place?
        stands_in = table == origin or (table, fold(source)) in self.coming
        if source and self.former.get(table) == "" and stands_in:
            self.former[table] = origin
            self.copied.add(origin)
            words = f"copies the rows of {source} into {name}"
            return _effect(statement, words, work="rebuild", on=name, table=origin)
        self.result.added.add(table)
        return _effect(statement, f"puts rows into {name}", work="rows", on=name, table=origin)

    def _fill(
        self,
        table: str,
        columns: list[str],
        *,
        parts: list[Tokens],
        source: tuple[str, frozenset[str]],
    ) -> None:
        """Note what fills a table. A new one that is filled from another is that one; a column that
        is filled by anything but a column of it, or by one that was computed, is computed."""
        result, (origin, known_as) = self.result, source
        is_copy = table in result.created and bool(origin)
        if is_copy:
            result.tables[table] = result.tables.get(origin, origin)
            result.copy_table(origin, table)
        if any(part and part[-1].text == "*" for part in parts):
            return  # whose columns stand where, is not written
        for name, part in zip(columns, parts, strict=False):
            column = copied_column(part, known_as)
            if not column:
                result.computed.add((table, name))
                if is_copy and (origin, name) in result.columns:  # it was renamed a moment ago
                    result.columns[table, name] = result.columns[origin, name]
            elif is_copy:
                result.columns[table, name] = result.columns.get((origin, column), column)
                if (origin, column) in result.computed:
                    result.computed.add((table, name))

    def _upsert(self, cursor: Cursor, table: str) -> None:
        """Note what an INSERT sets in rows that are there."""
        while cursor.skip_to("DO") or not cursor.done:
            if cursor.accept("DO", "UPDATE"):
                self.result.computed.update((table, name) for name in assigned_columns(cursor))
            elif not cursor.done:
                cursor.take()

    def _change(self, cursor: Cursor, statement: str) -> Effect:
        """Interpret an UPDATE or a DELETE."""
        verb = "changes" if cursor.take().upper == "UPDATE" else "deletes"
        cursor.accept("FROM")
        conflict_clause(cursor)
        table = table_name(cursor)
        self.result.written.add(fold(table))
        if fold(table) == "sqlite_master":
            self.result.is_understood = False  # of which tables, is not written
            words = "changes the stored text of the schema; no row is read"
            return _effect(statement, words, work="schema")
        if verb == "deletes":
            self.result.emptied.add(fold(table))
        else:
            cursor.skip_to("SET")
            computed = ((fold(table), name) for name in assigned_columns(cursor))
            self.result.computed.update(computed)
        cursor.skip_to("WHERE")
        words = f"{verb} {'all rows' if cursor.done else 'rows'} of {table}"
        return _effect(statement, words, work="rows", on=table, table=self._origin(table))


def _effect(statement: str, words: str, *, work: Work, on: str = "", table: str = "") -> Effect:
    return Effect(
        statement=statement,
        words=words,
        work=work,
        on=fold(on),
        table=table,
        seconds_per_row=_COSTS.get(work, 0.0) if table else 0.0,
    )


def _altered(cursor: Cursor, table: str) -> tuple[str, Work]:
    """Return what an ALTER TABLE that renames nothing does to rows."""
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
