"""Rows found by trying: SQLite says what is wrong, and what it blames is chosen anew.

Bounded in tries and always the same: chance has a fixed seed. SQLite alone decides whether a row
will do; nothing here evaluates an expression. Owns SQLite's wording: which columns it blames;
one that is not known blames every column that an expression reads.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes, unquoted
from sqlplumb.engines.sqlite.parse.parts import KeyClause, Term
from sqlplumb.engines.sqlite.scratch.rows.expressions import Columns, Expression, all_of, mentioned
from sqlplumb.engines.sqlite.scratch.rows.shape import Choice, Shape, Slot, row_of, setting
from sqlplumb.engines.sqlite.scratch.rows.values import Value

TRIES = 400  # for one row; finding out that a choice will never do is not counted
TRIES_FOR_A_SIDE = 100
NULLS = 0.25
MORE = 5  # rows, where one is possible
_ELSEWHERE = "not where it is wanted"
_HOPELESS = ("no such", "unknown ", "wrong number", "non-deterministic", "foreign key mismatch")


def _fixed() -> random.Random:
    return random.Random(7)  # noqa: S311 (to spread, not to hide)


@dataclass(slots=True, kw_only=True)
class Search:
    """For the rows of one table. `said` is the last word against one, `good` what the last one was
    made of; `blame` says who is to blame, by message."""

    connection: sqlite3.Connection
    shape: Shape
    slots: Sequence[Slot]
    blame: Mapping[str, Columns]
    said: str = ""
    good: Sequence[Choice] = ()
    chance: random.Random = field(default_factory=_fixed)


def put_rows(search: Search, many: int) -> None:
    for number in range(many):
        if not _can_choose(search):
            return
        for position, slot in enumerate(search.slots):
            slot.plan(number + position, many)
        if not _found(search, TRIES) and not _found_beside(search, TRIES):
            return


def put_sides(search: Search) -> None:
    """A row inside and a row outside of each partial index, where there can be one."""
    shape = search.shape
    if not (shape.alias or shape.rowid or shape.parsed.without_rowid):
        return  # no row could be taken back
    for predicate in shape.predicates:
        if not _count(search, predicate.text):
            _go_inside(search, predicate)
        outside = replace(predicate, text=f"({predicate.text}) IS NOT TRUE")
        if not _count(search, outside.text):
            _found_where(search, outside)


def put_wanted(search: Search, wishes: Sequence[Expression]) -> None:
    """By way of rows for which only the first of them are true; then a few more of the last."""
    if not wishes or not all(_found_where(search, wish) for wish in wishes):
        return
    for number in range(MORE):
        for position, slot in enumerate(search.slots):
            slot.plan(number + position, MORE)
        if not _found(search, TRIES_FOR_A_SIDE, wishes[-1].text):
            _found_where(search, wishes[-1])


def put_needed(search: Search, needs: Sequence[Expression]) -> None:
    """One row of each kind, where there is none; of a kind that cannot be asked for, none."""
    for need in needs:
        with suppress(sqlite3.Error):
            if not _count(search, need.text):
                _found_where(search, need)


def _go_inside(search: Search, predicate: Expression) -> None:
    """By way of rows for which only the first of its conditions are true."""
    for step in all_of(predicate, search.shape.sources):
        if not _found_where(search, step):
            return


def _found_where(search: Search, wanted: Expression) -> bool:
    search.blame = {**search.blame, _ELSEWHERE: wanted.columns}
    return _found_beside(search, TRIES_FOR_A_SIDE, wanted.text)


def _found_beside(search: Search, tries: int, wanted: str = "") -> bool:
    """Begun with a row that was good: only what must differ will."""
    if not search.good or not _can_choose(search):
        return False
    for slot, choice in zip(search.slots, search.good, strict=True):
        slot.return_to(choice)
    return _found(search, tries, wanted)


def _found(search: Search, tries: int, wanted: str = "") -> bool:
    there = _count(search, wanted) if wanted else 0
    while tries and _can_choose(search):
        message = _tried(search, wanted, there)
        if not message:
            return True
        search.said = search.said if message == _ELSEWHERE else message
        if hopeless(message):
            return False
        if not _refused(search, message):
            tries -= 1
            if not _moved(search, message):
                return False
    return False


def _can_choose(search: Search) -> bool:
    return all(slot.pool for slot in search.slots)


def _tried(search: Search, wanted: str, there: int) -> str:
    """What is said against this row; if nothing, it is in the table."""
    row = row_of(search.slots)
    try:
        _insert(search, row)
    except (sqlite3.Error, OverflowError) as error:
        return str(error)
    if wanted and _count(search, wanted) == there:
        _take_back(search, row)
        return _ELSEWHERE
    search.good = [slot.choice for slot in search.slots]
    for slot in search.slots:
        slot.grow(row)
    return ""


def _insert(search: Search, row: Mapping[str, Value]) -> None:
    """OR ABORT outdoes every ON CONFLICT: nothing is replaced, nothing passed over."""
    names = ", ".join(map(in_quotes, row))
    holders = ", ".join("?" * len(row))
    insert = (
        f"INSERT OR ABORT INTO main.{in_quotes(search.shape.table)} ({names}) VALUES ({holders})"
    )
    search.connection.execute(insert, [*row.values()])


def _take_back(search: Search, row: Mapping[str, Value]) -> None:
    """Not by ROLLBACK TO: with triggers just dropped it would have the whole schema read again."""
    numbered = search.shape.alias or search.shape.rowid
    key = (numbered,) if numbered else search.shape.key
    same = " AND ".join(f"{in_quotes(name)} = ?" for name in key)
    delete = f"DELETE FROM main.{in_quotes(search.shape.table)} WHERE {same}"
    search.connection.execute(delete, [row[name] for name in key])


def _count(search: Search, condition: str) -> int:
    query = f"SELECT count(*) FROM main.{in_quotes(search.shape.table)} WHERE {condition}"
    return int(search.connection.execute(query).fetchone()[0])


def _refused(search: Search, message: str) -> bool:
    """A choice that SQLite will not have, whatever the rest of the row, is not tried again."""
    known = search.blame.get(key_of(message), frozenset())
    blamed = setting(search.slots, known)
    if len(blamed) != 1 or message == _ELSEWHERE:
        return False
    blamed[0].refuse()
    return True


def _moved(search: Search, message: str) -> bool:
    known = search.blame.get(key_of(message)) or search.blame.get("", frozenset())
    movable = [slot for slot in setting(search.slots, known) if len(slot.pool) > 1]
    if movable:
        slot = search.chance.choice(movable)
        slot.at = _another(slot.pool, search.chance)
    return bool(movable)


def _another(pool: Sequence[Choice], chance: random.Random) -> int:
    """NULL often, for constraints speak of it; else rather one of the first, which mean more."""
    if chance.random() < NULLS:
        for index, choice in enumerate(pool):
            if None in choice.values():
                return index
    return int(len(pool) * chance.random() ** 2)


def hopeless(message: str) -> bool:
    """No value could ever help."""
    return message.startswith(_HOPELESS)


def blame(shape: Shape) -> Mapping[str, Columns]:
    """By message; under the empty one, whoever may be to blame for all others."""
    found: dict[str, Columns] = {}
    for message, columns in _blamed(shape):
        found[message] = found.get(message, frozenset()) | columns
    return found


def key_of(message: str) -> str:
    """`cannot store TEXT value in INT column t.c` is known by its end."""
    before, _, column = message.partition(" column ")
    return column if before.startswith("cannot store") else message


def _blamed(shape: Shape) -> Iterator[tuple[str, Columns]]:
    for expression in shape.expressions:
        if expression.kind == "check":
            for said in _called(expression):
                yield f"CHECK constraint failed: {said}", expression.columns
        if expression.kind != "default":
            yield "", expression.columns
    for name, columns in shape.sources.items():
        yield f"NOT NULL constraint failed: {_spelled(shape, (name,))}", columns
        yield _spelled(shape, (name,)), columns
    if shape.alias:
        yield "datatype mismatch", frozenset((shape.alias,))
    if shape.rowid:
        yield f"UNIQUE constraint failed: {shape.table}.rowid", frozenset((shape.rowid,))
    yield from _unique(shape)


def _called(expression: Expression) -> tuple[str, ...]:
    """Without a name it is called by its text; of one that begins in quotes SQLite says no more."""
    first = unquoted(expression.tokens[0].text) if expression.tokens else ""
    return (expression.name,) if expression.name else (expression.text, first)


def _unique(shape: Shape) -> Iterator[tuple[str, Columns]]:
    for rule in shape.parsed.rules:
        if isinstance(rule, KeyClause):
            yield _not_unique(shape, "", rule.terms), _columns(shape, rule.terms)
    for name, index in shape.indexes.items():
        if index.unique:
            where = index.predicate.tokens if index.predicate else ()
            read = mentioned(where, shape.sources)
            yield _not_unique(shape, name, index.terms), _columns(shape, index.terms) | read


def _not_unique(shape: Shape, index: str, terms: tuple[Term, ...]) -> str:
    names = tuple(fold(unquoted(term.tokens[0].text)) for term in terms)
    plain = all(term.is_name for term in terms) and shape.sources.keys() >= {*names}
    said = _spelled(shape, names) if plain else f"index '{index}'"
    return f"UNIQUE constraint failed: {said}"


def _columns(shape: Shape, terms: tuple[Term, ...]) -> Columns:
    """In a key also 'name' is a name."""
    tokens = (token._replace(kind="quoted") for term in terms for token in term.tokens)
    return mentioned(tuple(tokens), shape.sources)


def _spelled(shape: Shape, names: tuple[str, ...]) -> str:
    spelled = {fold(column.name): column.name for column in shape.parsed.columns}
    return ", ".join(f"{shape.table}.{spelled[name]}" for name in names)
