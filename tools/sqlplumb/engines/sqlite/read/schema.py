"""The one reader: statements, and the open database that accepted them, become facts.

Text says what only text can say; the pragmas of the database hold it to the truth. What cannot be
read in full is refused, by name and line.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, Unreadable, fold, tokens, unquoted
from sqlplumb.engines.sqlite.parse.parts import TableText
from sqlplumb.engines.sqlite.parse.statements import Statement, Unit
from sqlplumb.engines.sqlite.read.agreement import TableRows, disagreements, read_tables
from sqlplumb.engines.sqlite.read.facts import (
    index_fact,
    table_facts,
    trigger_fact,
    view_fact,
    virtual_fact,
)
from sqlplumb.engines.sqlite.read.hints import WrongHint, hinted
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.places import Place
from sqlplumb.schema import Column, Object, Ref


def read_units(
    connection: sqlite3.Connection, units: Mapping[str, Unit], names: frozenset[str]
) -> Iterator[Object]:
    """The facts of these units. `names` are all the names that a view or a trigger may speak of."""
    tables = [name for name, unit in units.items() if unit[0].kind == "table"]
    rows = read_tables(connection, tables)
    for name, unit in units.items():
        yield from _numbered(_unit_facts(unit, rows.get(name), names))


def all_names(units: Iterable[Unit]) -> frozenset[str]:
    """Every name of a table, a view or a column, and those that need no CREATE."""
    names = {"new", "old", "excluded", *ROWID_NAMES}
    for unit in units:
        names.add(unit[0].unit)
        names |= _names_in(unit[0])
    return frozenset(names)


def _names_in(owner: Statement) -> set[str]:
    """The columns of a table; of what is no table, or is blamed elsewhere, any word may be one."""
    if owner.kind == "table":
        try:
            return {*read_table(owner.text).names}
        except Unreadable:
            pass
    words = tokens(owner.text)
    named = [word for word in words if word.kind == "word" or word.text[0] in "[`"]
    named += [name for before, name in pairwise(words) if before.upper == "AS"]
    return {fold(unquoted(word.text)) for word in named}


def _unit_facts(unit: Unit, rows: TableRows | None, names: frozenset[str]) -> tuple[Object, ...]:
    """What the text says is remembered; whether SQLite agrees is asked each time."""
    has_body = any(statement.kind in ("view", "trigger") for statement in unit)
    facts = _text_facts(unit, names if has_body else frozenset())
    if rows and (difference := next(disagreements(facts, rows), "")):
        raise Refused(_unread(unit[0], difference, unit[0].place))
    return facts


@lru_cache(maxsize=2048)
def _text_facts(unit: Unit, names: frozenset[str]) -> tuple[Object, ...]:
    """A history says most of its tables again at each of its revisions."""
    facts: list[Object] = []
    statement = unit[0]
    try:
        table = read_table(statement.text) if statement.kind == "table" else None
        for statement in unit:
            facts += hinted(statement, table, _statement_facts(statement, table, names))
    except WrongHint as error:
        place = statement.place_at(error.offset)
        raise WrongInput(Problem(str(error), error.advice, place=place)) from error
    except Unreadable as error:
        raise Refused(_unread(statement, str(error), statement.place_at(error.offset))) from error
    return tuple(facts)


def _statement_facts(
    statement: Statement, table: TableText | None, names: frozenset[str]
) -> list[Object]:
    """`table` is what the unit's own CREATE TABLE says; a view has none."""
    match statement.kind:
        case "table" if table:
            return table_facts(statement, table)
        case "index" if table:
            return [index_fact(statement, table)]
        case "view":
            return [view_fact(statement, names)]
        case "trigger":
            return [trigger_fact(statement, names)]
        case "virtual table":
            return [virtual_fact(statement)]
        case kind:
            raise Unreadable(f"a {kind} on what is no table", 0)


def _numbered(facts: Sequence[Object]) -> Iterable[Object]:
    """Two unnamed checks on one column: the second is `check(a) 2`, in an order that is stable."""
    rules = [fact.ref for fact in facts if not isinstance(fact, Column)]  # no column is there twice
    if len(set(rules)) == len(rules):
        return facts
    alike: dict[Ref, list[Object]] = {}
    for fact in facts:
        alike.setdefault(fact.ref, []).append(fact)
    return [
        fact
        for ref, same in alike.items()
        for fact in (same if len(same) == 1 else _in_order(ref, same))
    ]


def _in_order(ref: Ref, same: list[Object]) -> Iterator[Object]:
    ordered = sorted(same, key=lambda fact: repr(replace(fact, text="", place=None)))
    for number, fact in enumerate(ordered, 1):
        if number > 1:
            about = fact.ref.about and f"{fact.ref.about} {number}"
            fact = replace(fact, ref=replace(fact.ref, name=f"{ref.name} {number}", about=about))
        yield fact


def _unread(statement: Statement, why: str, place: Place | None) -> Problem:
    return Problem(
        f"{statement.kind} {statement.name} cannot be read in full: {why}",
        "nothing was compared. Please report this statement: sqlplumb reads what SQLite accepts",
        place=place,
    )
