"""ALTER TABLE, where the target's SQLite has the form and the result is the same.

What is proposed here is tried on a scratch: the table that comes out must have exactly the facts
that are desired, and a table that has a row must take it. Else the table is rebuilt. A plan is made
for the version of SQLite that it runs on; which version has which form stands here.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum, auto

from sqlplumb.changes import Alter, Change, Create, Drop, diff
from sqlplumb.engines.sqlite.options import conflict_of, is_strict
from sqlplumb.engines.sqlite.parse.lexer import fold, tokens, unquoted
from sqlplumb.engines.sqlite.parse.statements import units as gathered
from sqlplumb.engines.sqlite.plan.naming import quoted, statement
from sqlplumb.engines.sqlite.read.catalog import list_statements
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.engines.sqlite.read.schema import read_units
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.schema import Check, Column, ForeignKey, Schema, Table, Trigger, Unit, View
from sqlplumb.steps import Target

Version = tuple[int, ...]
OLDEST: Version = (3, 26)  # legacy_alter_table, without which a rebuild would rewrite other tables
DROP_COLUMN: Version = (3, 35)
ALTER_CONSTRAINT: Version = (3, 53)  # ADD and DROP CONSTRAINT, SET and DROP NOT NULL
LIBRARY: Version = sqlite3.sqlite_version_info
_HAS_NEW = LIBRARY >= ALTER_CONSTRAINT


class Form(IntEnum):
    """The forms of ALTER TABLE, in the order in which they run: a rule goes before the column that
    it speaks of, and comes behind it."""

    DROP_CONSTRAINT = auto()
    ADD_COLUMN = auto()
    DROP_COLUMN = auto()
    ALTER_COLUMN = auto()
    ADD_CHECK = auto()

    @property
    def is_new(self) -> bool:
        return self not in (Form.ADD_COLUMN, Form.DROP_COLUMN)


@dataclass(frozen=True, slots=True)
class Action:
    form: Form
    words: str


def in_place(
    current: Unit, desired: Unit, changes: tuple[Change, ...], *, target: Target
) -> list[str] | None:
    """Return the statements that alter the table; None where it must be rebuilt."""
    actions: list[Action] = []
    for change in changes:
        asked_for = _action(change, changes, target)
        if asked_for is None:
            return None
        actions += asked_for
    dropped = sum(action.form == Form.DROP_COLUMN for action in actions)
    if dropped > 1 or (dropped and not _lets_go(current, desired)):
        return None  # each rewrites the whole table
    actions.sort(key=lambda action: action.form)
    created = [change.desired for change in changes if isinstance(change, Create)]
    columns = [fact for fact in created if isinstance(fact, Column)]
    if any(column.backfill or not _takes_rows(current, column) for column in columns):
        return None
    if _speak_ahead(columns):
        return None
    if not _comes_out(current, desired, actions):
        return None
    return [_statement(desired, action) for action in actions]


def _statement(desired: Unit, action: Action) -> str:
    return f"ALTER TABLE {quoted(desired.display)} {action.words}"


def _action(change: Change, changes: tuple[Change, ...], target: Target) -> list[Action] | None:
    """Return what this change asks for; an empty list where a column brings or takes it along."""
    match change:
        case Create(Column() as column):
            return [Action(Form.ADD_COLUMN, f"ADD COLUMN {column.text}")]
        case Drop(Column() as column) if target.version >= DROP_COLUMN:
            return [Action(Form.DROP_COLUMN, f"DROP COLUMN {_name(column)}")]
        case Create(Check() | ForeignKey() as rule) if _comes_with(rule.text, changes, Create):
            return []
        case Drop(Check() | ForeignKey() as rule) if _comes_with(rule.text, changes, Drop):
            return []
        case _ if target.version < ALTER_CONSTRAINT:
            return None
        case Create(Check() as rule) if not conflict_of(rule):
            return [_add(rule)]
        case Drop(Check() | ForeignKey() as rule) if rule.ref.shown:
            return [_drop(rule)]
        case Alter(Check() as former, Check() as rule) if former.ref.shown:
            return None if conflict_of(rule) else [_drop(former), _add(rule)]
        case Alter(Column() as former, Column() as column, ("not_null",)):
            verb = "SET" if column.not_null else "DROP"
            return [Action(Form.ALTER_COLUMN, f"ALTER COLUMN {_name(former)} {verb} NOT NULL")]
    return None


def _drop(rule: Check | ForeignKey) -> Action:
    return Action(Form.DROP_CONSTRAINT, f"DROP CONSTRAINT {_name(rule)}")


def _add(rule: Check) -> Action:
    name = f"CONSTRAINT {_name(rule)} " if rule.ref.shown else ""
    return Action(Form.ADD_CHECK, f"ADD {name}CHECK ({rule.expression.text})")


def _comes_with(text: str, changes: tuple[Change, ...], verb: type[Create] | type[Drop]) -> bool:
    """Is this rule written inside a column that comes, or goes, itself?"""
    for change in changes:
        if isinstance(change, verb):
            fact = change.desired if isinstance(change, Create) else change.current
            if isinstance(fact, Column) and fact.text == text:
                return True
    return False


def _name(fact: Column | Check | ForeignKey) -> str:
    return quoted(fact.ref.display)


def _takes_rows(current: Unit, column: Column) -> bool:
    """ADD COLUMN succeeds on an empty table with much that it refuses where there is a row."""
    strict = is_strict(current.head)
    kind, options = (" ANY", " STRICT") if strict else ("", "")
    names = ", ".join(quoted(known.ref.name) + kind for known in current.columns.values())
    table = quoted(current.display)
    with closing(scratch_for_code()) as scratch:
        scratch.execute("PRAGMA foreign_keys = ON")
        scratch.execute(f"CREATE TABLE {table} ({names}){options}")
        scratch.execute(f"INSERT INTO {table} DEFAULT VALUES")
        if not _runs(scratch, [f"ALTER TABLE {table} ADD COLUMN {column.text}"]):
            return False
        (sound,) = scratch.execute("PRAGMA integrity_check").fetchone()
        return str(sound) == "ok"


def _speak_ahead(columns: Sequence[Column]) -> bool:
    """Does one of these columns speak of a later one? ADD COLUMN would take the name in double
    quotes for a text, and ask the rows that are there another rule than the one that stays."""
    coming: set[str] = set()
    for column in reversed(columns):
        quoted_names = (word.text for word in tokens(column.text) if word.kind == "quoted")
        if not coming.isdisjoint(fold(unquoted(name)) for name in quoted_names):
            return True
        coming.add(column.ref.name)
    return False


def _comes_out(current: Unit, desired: Unit, actions: list[Action]) -> bool:
    """Are the facts of the altered table those that are desired? Forms that this library does not
    have go by rule: the proof runs where they are."""
    known = [action for action in actions if not action.form.is_new or _HAS_NEW]
    statements = [_statement(desired, action) for action in known]
    assert current.head is not None
    unchanged = [fact for fact in current.indexes if fact in desired.indexes]
    with closing(scratch_for_code()) as scratch:
        scratch.execute("PRAGMA legacy_alter_table = ON")
        scratch.execute(statement(current.head.text))
        if not _runs(scratch, [*(statement(fact.text) for fact in unchanged), *statements]):
            return False
        return known != actions or _is_there(scratch, desired)


def _lets_go(current: Unit, desired: Unit) -> bool:
    """DROP COLUMN rewrites what stands in double quotes in any body, and fails while any view or
    trigger cannot be read: of those that stay, with those gone that go before."""
    if current.schema.quotes_in_bodies:
        return False
    bodies = [fact for fact in current.schema.objects.values() if isinstance(fact, View | Trigger)]
    unchanged = [fact for fact in bodies if desired.schema.objects.get(fact.ref) == fact]
    return not bodies or (
        _can_read(current.schema, unchanged) and _can_read(desired.schema, unchanged)
    )


def _can_read(schema: Schema, bodies: list[View | Trigger]) -> bool:
    tables = [fact for fact in schema.objects.values() if isinstance(fact, Table)]
    made = [statement(fact.text) for fact in (*tables, *bodies)]
    probe = ["CREATE TABLE _plumb_probe (a, b)", "ALTER TABLE _plumb_probe DROP COLUMN b"]
    with closing(scratch_for_code()) as scratch:
        return _runs(scratch, [*made, *probe])


def _runs(scratch: sqlite3.Connection, statements: list[str]) -> bool:
    try:
        for text in statements:
            scratch.execute(text)
    except sqlite3.Error:
        return False
    return True


def _is_there(scratch: sqlite3.Connection, desired: Unit) -> bool:
    """The table with all that is inside it, but for a name that only one side has."""
    units = gathered(list_statements(scratch))
    try:
        facts = list(read_units(scratch, {desired.name: units[desired.name]}, frozenset()))
    except PlumbError:
        return False
    assert desired.head is not None
    engine = desired.schema.engine
    inside = {fact.ref: fact for fact in facts if fact.ref.inline or fact.ref.kind == "table"}
    goal = {fact.ref: fact for fact in (desired.head, *desired.inside)}
    return not diff(Schema(inside, engine=engine), Schema(goal, engine=engine))


def target(version: str = "", instant: bool = False) -> Target:
    """Return a version such as `3.40`, or that of the library in use where none is written."""
    if not version:
        return Target(LIBRARY, instant)
    if not re.fullmatch(r"3\.\d{1,2}(\.\d{1,2})?", version):
        raise WrongInput(Problem(f"{version!r} is no version of SQLite", "write it as 3.40"))
    numbers = tuple(int(part) for part in version.split("."))
    if numbers < OLDEST:
        message = f"SQLite {version} cannot rebuild a table safely"
        raise WrongInput(Problem(message, "the oldest version that sqlplumb plans for is 3.26"))
    return Target(numbers, instant)
