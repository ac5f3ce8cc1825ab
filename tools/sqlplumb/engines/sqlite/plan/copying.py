"""What each column of a new table gets from the table that it takes the place of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate, pairwise

from sqlplumb.changes import Alter, Change, Create
from sqlplumb.engines.hints import is_any_value
from sqlplumb.engines.sqlite.options import has_rowid, rowid_alias
from sqlplumb.engines.sqlite.parse.expressions import columns_of
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, literal, tokens, unquoted
from sqlplumb.engines.sqlite.plan.naming import quoted, wrap
from sqlplumb.engines.sqlite.plan.orphans import is_known_before, new_keys, orphans
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.engines.sqlite.read.touched import Listener
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.schema import Check, Column, Schema, Table, Unit
from sqlplumb.steps import Fill

_CHANCE = frozenset("random randomblob changes total_changes last_insert_rowid".split())
NOTHING = "NULL"  # the value of a column that gets none
_CLOCK = frozenset("current_date current_time current_timestamp 'now'".split())
_DATES = frozenset("date time datetime julianday unixepoch".split())


@dataclass(frozen=True, slots=True)
class Filling:
    """A column of the new table, and the expression over the current one that fills it."""

    column: str
    expression: str


def fillings(current: Unit, desired: Unit, changes: tuple[Change, ...]) -> list[Filling]:
    """Return what fills each column; a column that is not named gets its default.

    The rowid of a row stays what it was, unless a column that is there already becomes it.
    """
    filled: list[Filling] = []
    if has_rowid(current) and has_rowid(desired):
        source, alias = rowid_name(current), rowid_alias(desired)
        goal = alias or rowid_name(desired)
        if source and goal and not (alias and current.columns.get(alias)):
            filled.append(Filling(goal, source))
    for column in desired.columns.values():
        if column.generated is None and (
            source := _expression(column, current, desired, changes=changes)
        ):
            filled.append(Filling(column.ref.display, source))
    return filled or [_default(desired)]


def _default(desired: Unit) -> Filling:
    """Give one column its default, where nothing is kept: rows stay rows."""
    column = next(column for column in desired.columns.values() if column.generated is None)
    value = column.default.canonical if column.default else NOTHING
    return Filling(column.ref.display, value)


def find_fills(current: Unit, desired: Unit, filled: list[Filling]) -> Iterator[Fill]:
    """Return what hints give, and to which rows; a column that is only copied gets nothing."""
    for filling in filled:
        column = desired.columns.get(fold(filling.column))
        if column is None or not column.backfill:
            continue
        known = current.columns.get(column.ref.name)
        name = quoted(known.ref.display) if known else ""
        if filling.expression != name:
            where = f"({filling.expression}) IS NOT {name}" if known else ""
            again = is_same_again(filling.expression)
            yield Fill(ref=column.ref, table=current.display, where=where, again=again)


def tables_read(current: Unit, desired: Unit, filled: list[Filling]) -> tuple[Table, ...]:
    """Return the other tables whose rows a hint reads, as they are now; SQLite names them."""
    if not any(find_fills(current, desired, filled)):
        return ()
    listener = Listener()
    with closing(_with_tables(current.schema)) as scratch:
        scratch.set_authorizer(listener.hear)
        expressions = ", ".join(f"({filling.expression})" for filling in filled)
        scratch.execute(f"SELECT {expressions} FROM {quoted(current.display)}")
    heads = (unit.head for name, unit in current.schema.tables.items() if name in listener.read)
    return tuple(head for head in heads if isinstance(head, Table) and head != current.head)


def is_same_again(expression: str) -> bool:
    """Does it give the same value at any time? A column may be called like a function, but none is
    followed by a bracket: words tell that much. Without an argument, a date is now."""
    words = [fold(token.text) for token in tokens(expression) if token.kind != "quoted"]
    if not _CLOCK.isdisjoint(words):
        return False
    for word, bracket, *inside in zip(words, words[1:], words[2:], [*words[3:], ""], strict=False):
        is_now = word in _DATES and inside[0] == ")"
        is_now |= word == "strftime" and inside[1] == ")"  # behind its format
        if bracket == "(" and (is_now or word in _CHANCE):
            return False
    return True


def copy(table: str, source: str, filled: list[Filling]) -> str:
    """Return the INSERT that copies all rows.

    It says OR ABORT, for an ON CONFLICT in the new table must not pass over a row in silence. A
    hint or a rule that names its table means the rows that are there now: the name is theirs
    meanwhile.
    """
    head = f"INSERT OR ABORT INTO {table} ("
    columns = wrap((quoted(filling.column) for filling in filled), head)
    expressions = wrap((filling.expression for filling in filled), "SELECT ")
    behind = set[str]()  # what follows the name of this table; a column may have that name too
    for words in (_words(filling.expression) for filling in filled):
        if len(words) > 1:
            pairs = pairwise([*words, ""])
            behind |= {after for word, after in pairs if word == fold(unquoted(table))}
    rows = f"WITH {table} AS (SELECT * FROM {source})\n" if behind - {"."} else ""
    alias = f" AS {table}" if behind else ""
    return f"{rows}{columns})\n{expressions}\nFROM {source}{alias}"


def _says_main(expression: str, table: str) -> bool:
    """Does it name `main.TABLE` itself, and not a column of it? Nothing else can have that name."""
    words = [*_words(expression), "", ""]
    wanted = ["main", ".", fold(table)]
    return any(
        words[at : at + 3] == wanted and words[at + 3] != "." for at in range(len(words) - 3)
    )


def _words(expression: str) -> list[str]:
    words = (word for word in tokens(expression) if word.kind != "string")
    return [fold(unquoted(word.text)) for word in words]


def sequence(current: Unit, desired: Unit, aside: str) -> Iterator[str]:
    """AUTOINCREMENT goes on counting where it was, not behind the highest row that is left."""
    keys = current.primary_key, desired.primary_key
    if all(key is not None and key.options.flag("autoincrement") for key in keys):
        name = literal(desired.display)
        # Only while the former table is there: else an error has ended the transaction.
        there = f"EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {literal(aside)})"
        yield f"DELETE FROM sqlite_sequence WHERE name = {name} AND {there}"
        yield f"UPDATE sqlite_sequence SET name = {name} WHERE name = {literal(aside)}"


def is_without_value(
    column: Column, current: Unit, desired: Unit, *, filled: list[Filling]
) -> bool:
    """Would every row that is there refuse this column?"""
    if not column.not_null or column.generated or current.columns.get(column.ref.name):
        return False
    null = column.default is None or column.default.canonical == "null"
    given = {filling.column for filling in filled if filling.expression != NOTHING}
    return null and column.ref.display not in given


def rowid_name(unit: Unit) -> str:
    """Return a name by which the rowid can be reached: a column may have taken it."""
    return next((name for name in ROWID_NAMES if unit.columns.get(name) is None), rowid_alias(unit))


def _expression(
    column: Column, current: Unit, desired: Unit, *, changes: tuple[Change, ...]
) -> str:
    """Return the expression over the current table that fills a column.

    A hint whose work is done must not do it again in a rebuild that is about something else: what
    is converted has another type now, what is mended would be refused by a new rule.
    """
    known = current.columns.get(column.ref.name)
    name = quoted(known.ref.display) if known else ""
    if not column.backfill:
        return name
    if known is None:
        return _checked(column, current)
    fields, new_rules = set[str](), list[str]()
    for change in changes:
        if isinstance(change, Alter) and change.ref == column.ref:
            fields.update(change.fields)
        rule = change.desired if isinstance(change, Create | Alter) else None
        if isinstance(rule, Check) and column.ref.name in rule.expression.columns:
            new_rules.append(rule.expression.text)
    own = frozenset((column.ref.name,))
    if {"type", "generated"} & fields and columns_of(column.backfill, own, column.ref.table):
        return _checked(column, current)
    may_stay = [f"({rule}) IS NOT FALSE" for rule in new_rules]
    may_stay += _refers_to_rows(column, current, desired, changes=changes)
    if may_stay:
        may_stay += [f"{name} IS NOT NULL"] if "not_null" in fields else []
        given = _checked(column, current)
        return f"CASE WHEN {' AND '.join(may_stay)} THEN {name} ELSE {given} END"
    if {"type", "generated", "not_null"} & fields:
        return f"coalesce({name}, {_checked(column, current)})"
    return name


def _refers_to_rows(
    column: Column, current: Unit, desired: Unit, *, changes: tuple[Change, ...]
) -> Iterator[str]:
    """Yield that a row refers to something, for each foreign key over this column that is new."""
    for key in new_keys(changes):
        if column.ref.name not in key.columns:
            continue
        for _, where, _ in orphans(key, current, desired):
            if is_known_before(key, current, desired):
                yield f"NOT ({where})"
            elif is_any_value(column.backfill):
                yield "0"  # it ran already
            else:
                message = (
                    f"the @backfill of {column.ref} is for rows that refer to nothing by {key.ref},"
                    f" and the key of {key.target_ref} changes as well"
                )
                advice = (
                    f"change {key.target_ref} in a revision of its own first: add the foreign key"
                    " to schema.sql when that is written"
                )
                raise Refused(Problem(message, advice, place=column.place))


def _checked(column: Column, current: Unit) -> str:
    """Return the hint of a column, once SQLite reads it as one expression over the table."""
    backfill = column.backfill
    with closing(_with_tables(current.schema)) as scratch:
        try:
            if not _is_one(backfill):
                raise sqlite3.Error("it is more than one")
            if _says_main(backfill, current.display):
                raise sqlite3.Error(f"main.{current.display} would be the table that is made anew")
            scratch.execute(f"SELECT ({backfill}) FROM {quoted(current.display)}")
        except (sqlite3.Error, sqlite3.Warning) as error:
            message = f"the @backfill of {column.ref} is no expression over its table: {error}"
            advice = f"`{backfill}` is read by SQLite, and may name the columns that are there now"
            raise WrongInput(Problem(message, advice, place=column.place)) from error
    return backfill


def _with_tables(schema: Schema) -> sqlite3.Connection:
    scratch = scratch_for_code()
    for table in schema.tables.values():
        scratch.execute(table.text)
    return scratch


def _is_one(expression: str) -> bool:
    """Refuse a bracket that closes another, an end of statement, and a comment behind it."""
    words = tokens(expression)
    texts = [word.text for word in words]
    depths = list(accumulate((text == "(") - (text == ")") for text in texts))
    closed = bool(words) and min(depths) >= 0 and depths[-1] == 0
    return closed and words[-1].end == len(expression) and ";" not in texts
