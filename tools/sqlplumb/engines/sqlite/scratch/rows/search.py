"""Find rows by trying: SQLite says what is wrong, and what it blames is chosen anew.

Bounded in tries and always the same: chance has a fixed seed. SQLite alone decides whether a row
will do; nothing here evaluates an expression. Owns SQLite's wording: which columns a message
blames; one that is not known blames every column that an expression reads.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlplumb.engines.sqlite.parse.lexer import Tokens, fold, in_quotes, unquoted
from sqlplumb.engines.sqlite.parse.parts import KeyClause, Term
from sqlplumb.engines.sqlite.scratch.rows.shape import (
    Choice,
    Columns,
    Expression,
    Shape,
    Slot,
    leading_conditions,
    make_row,
    mentioned,
    slots_of,
)

TRIES = 400  # for one row; finding out that a choice will never do is not counted
TRIES_WITH_CONDITION = 100
NULLS = 0.25
MORE = 5  # rows, where one is possible
_NOT_TRUE = "the condition is not true of it"
_HOPELESS = ("no such", "unknown ", "wrong number", "non-deterministic", "foreign key mismatch")


def _fixed_chance() -> random.Random:
    return random.Random(7)  # noqa: S311 (to spread, not to hide)


@dataclass(slots=True, kw_only=True)
class RowSearch:
    """The search for the rows of one table.

    `blame` names columns by the message of SQLite that blames them. `accepted` are the choices of
    the last row that went in, and `last_error` is what SQLite said last against one."""

    connection: sqlite3.Connection
    shape: Shape
    slots: Sequence[Slot]
    blame: Mapping[str, Columns]
    last_error: str = ""
    accepted: Sequence[Choice] = ()
    chance: random.Random = field(default_factory=_fixed_chance)

    def insert_rows(self, count: int) -> None:
        for number in range(count):
            self._begin_at(number, count)
            if not self._find(TRIES) and not self._find_beside(TRIES):
                return

    def insert_beside_partial_indexes(self) -> None:
        """Insert a row inside and a row outside of each partial index, where there can be one."""
        shape = self.shape
        if not (shape.alias or shape.rowid or shape.parsed.without_rowid):
            return  # no row could be taken back
        for predicate in shape.predicates:
            if not self._count(predicate.text):
                for condition in leading_conditions(predicate, shape.sources):
                    if not self._find_where(condition):
                        break
            outside = replace(predicate, text=f"({predicate.text}) IS NOT TRUE")
            if not self._count(outside.text):
                self._find_where(outside)

    def insert_rows_where(self, conditions: Sequence[Expression]) -> None:
        """Insert a few rows of which the last condition is true, by way of a row for each."""
        if not conditions or not all(self._find_where(condition) for condition in conditions):
            return
        for number in range(MORE):
            self._begin_at(number, MORE)
            if not self._find(TRIES_WITH_CONDITION, conditions[-1].text):
                self._find_where(conditions[-1])

    def insert_missing(self, conditions: Sequence[Expression]) -> None:
        """Insert a row for each condition that is true of none; pass over what SQLite refuses."""
        for condition in conditions:
            with suppress(sqlite3.Error):
                if not self._count(condition.text):
                    self._find_where(condition)

    def _begin_at(self, number: int, count: int) -> None:
        for offset, slot in enumerate(self.slots):
            slot.begin_at(number + offset, count)

    def _find_where(self, condition: Expression) -> bool:
        self.blame = {**self.blame, _NOT_TRUE: condition.columns}
        return self._find_beside(TRIES_WITH_CONDITION, condition.text)

    def _find_beside(self, tries: int, where: str = "") -> bool:
        """Begin with the last row that went in: only what must differ will."""
        if not self.accepted or not all(slot.pool for slot in self.slots):
            return False
        for slot, choice in zip(self.slots, self.accepted, strict=True):
            slot.return_to(choice)
        return self._find(tries, where)

    def _find(self, tries: int, where: str = "") -> bool:
        """Try rows until one goes in, of which `where` is true; return whether one did."""
        count = self._count(where) if where else 0
        while tries and all(slot.pool for slot in self.slots):
            message = self._try_row(where, count)
            if not message:
                return True
            if message != _NOT_TRUE:
                self.last_error = message
            if message.startswith(_HOPELESS):
                return False
            # `cannot store TEXT value in INT column t.c` is known by its end.
            before, _, column = message.partition(" column ")
            key = column if before.startswith("cannot store") else message
            blamed = slots_of(self.blame.get(key, frozenset()), self.slots)
            if len(blamed) == 1 and message != _NOT_TRUE:
                blamed[0].refuse()  # SQLite will not have it, whatever the rest of the row is
                continue
            tries -= 1
            if not self._change_choice(self.blame.get(key) or self.blame.get("", frozenset())):
                return False
        return False

    def _try_row(self, where: str, count: int) -> str:
        """Insert a row, and take it back where the count of those with `where` did not change.

        Return what is said against it, or nothing if it is in the table."""
        row = make_row(self.slots)
        table, names = f"main.{in_quotes(self.shape.table)}", ", ".join(map(in_quotes, row))
        # OR ABORT outdoes every ON CONFLICT: nothing is replaced, nothing passed over.
        insert = f"INSERT OR ABORT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})"
        try:
            self.connection.execute(insert, [*row.values()])
        except (sqlite3.Error, OverflowError) as error:
            return str(error)
        if where and self._count(where) == count:
            # Not by ROLLBACK TO: with triggers just dropped, SQLite would read the whole schema.
            number = self.shape.alias or self.shape.rowid
            key = (number,) if number else self.shape.key
            same = " AND ".join(f"{in_quotes(name)} = ?" for name in key)
            self.connection.execute(f"DELETE FROM {table} WHERE {same}", [row[n] for n in key])
            return _NOT_TRUE
        self.accepted = [slot.choice for slot in self.slots]
        for slot in self.slots:
            slot.offer(row)
        return ""

    def _count(self, where: str) -> int:
        query = f"SELECT count(*) FROM main.{in_quotes(self.shape.table)} WHERE {where}"
        return int(self.connection.execute(query).fetchone()[0])

    def _change_choice(self, blamed: Columns) -> bool:
        """Choose anew in one slot that sets a blamed column; return whether there was a choice."""
        movable = [slot for slot in slots_of(blamed, self.slots) if len(slot.pool) > 1]
        if not movable:
            return False
        slot, nulls = self.chance.choice(movable), list[int]()
        if self.chance.random() < NULLS:  # often, for constraints speak of NULL
            nulls = [at for at, choice in enumerate(slot.pool) if None in choice.values()]
        # Rather one of the first: they mean more.
        slot.position = nulls[0] if nulls else int(len(slot.pool) * self.chance.random() ** 2)
        return True


def columns_by_message(shape: Shape) -> Mapping[str, Columns]:
    """Return the columns that each message of SQLite blames; by the empty one, those that any
    other may be about."""
    blamed: dict[str, Columns] = {}
    for message, columns in _blamed_columns(shape):
        blamed[message] = blamed.get(message, frozenset()) | columns
    return blamed


def _blamed_columns(shape: Shape) -> Iterator[tuple[str, Columns]]:
    names = {fold(column.name): f"{shape.table}.{column.name}" for column in shape.parsed.columns}
    for expression in shape.expressions:
        if expression.kind == "check":
            # Without a name it is called by its text; where that begins in quotes, by them alone.
            first = unquoted(expression.tokens[0].text) if expression.tokens else ""
            for name in (expression.name,) if expression.name else (expression.text, first):
                yield f"CHECK constraint failed: {name}", expression.columns
        if expression.kind != "default":
            yield "", expression.columns
    for column, columns in shape.sources.items():
        yield f"NOT NULL constraint failed: {names[column]}", columns
        yield names[column], columns
    if shape.alias:
        yield "datatype mismatch", frozenset((shape.alias,))
    if shape.rowid:
        yield f"UNIQUE constraint failed: {shape.table}.rowid", frozenset((shape.rowid,))
    yield from _blamed_by_unique(shape, names)


def _blamed_by_unique(shape: Shape, names: Mapping[str, str]) -> Iterator[tuple[str, Columns]]:
    keys: list[tuple[str, Sequence[Term], Tokens]] = [
        ("", rule.terms, ()) for rule in shape.parsed.rules if isinstance(rule, KeyClause)
    ]
    for name, index in shape.indexes.items():
        if index.unique:
            keys.append((name, index.terms, index.predicate.tokens if index.predicate else ()))
    for index_name, terms, predicate in keys:
        columns = [fold(unquoted(term.tokens[0].text)) for term in terms]
        is_plain = all(term.is_name for term in terms) and names.keys() >= {*columns}
        where = ", ".join(map(names.__getitem__, columns)) if is_plain else f"index '{index_name}'"
        # In a key also 'name' is a name.
        tokens = tuple(token._replace(kind="quoted") for term in terms for token in term.tokens)
        blamed = mentioned(tokens, shape.sources) | mentioned(predicate, shape.sources)
        yield f"UNIQUE constraint failed: {where}", blamed
