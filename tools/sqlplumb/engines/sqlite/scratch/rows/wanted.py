"""Rows that rules which are yet to come will not refuse: so that a migration has rows to keep.

They are asked for beside the others, which a stricter rule may leave none of. And rows that a hint
or a data step will change, so that what becomes of them is seen. A guess, as all rows are: where
none is found, none is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from sqlplumb.changes import Rename
from sqlplumb.engines.sqlite.parse.data_steps import condition
from sqlplumb.engines.sqlite.parse.expressions import named
from sqlplumb.engines.sqlite.parse.lexer import Token, fold, in_quotes, tokens, unquoted
from sqlplumb.engines.sqlite.read.catalog import ROWID, former, list_statements
from sqlplumb.engines.sqlite.scratch.rows.expressions import Expression, Sources, mentioned
from sqlplumb.steps import DataStep, Fill, RowCheck

_KEYS = """SELECT m.name, f."table", f."from"
FROM main.sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'
"""


def wishes(
    row_checks: Iterable[RowCheck], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Mapping[str, tuple[Expression, ...]]:
    """By the table that is there now: the first rule, then the first two, and so on to all."""
    tables, columns = former(renames)
    rules: dict[str, list[RowCheck]] = {}
    for row_check in row_checks:
        rules.setdefault(fold(row_check.table), []).append(row_check)
    found = {}
    for name, asked in rules.items():
        table = fold(tables.get(name, name))
        if table in sources:
            known = _known(sources[table], columns.get(name, {}))
            found[table] = tuple(_each(name, asked, known, is_seen=name in columns))
    return found


def needs(
    fills: Iterable[Fill | DataStep], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Mapping[str, tuple[Expression, ...]]:
    """By the table that is there now: rows to which a hint gives a value, of each hint one, and
    such as a data step is about."""
    found: dict[str, list[Expression]] = {}
    for one in fills:
        for table, wish in _asked(one, renames, sources):
            found.setdefault(table, []).append(wish)
    return {table: tuple(wishes) for table, wishes in found.items()}


def meetings(
    steps: Iterable[DataStep], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Of each step that would be idle without rows: its words, and the tables and conditions of
    which one must be true. SQLite takes a name in double quotes that is no column for a string."""
    names = {*sources, *(name for of in sources.values() for name in of)}
    for step in steps:
        asked = [(table, wish) for table, wish in _asked(step, renames, sources)]
        said = {fold(unquoted(one.text)) for _, wish in asked for one in _in_double_quotes(wish)}
        if step.words and not step.is_other and said <= names | {fold(step.alias)}:
            yield step.words, [(table, wish.text) for table, wish in asked]


def _in_double_quotes(wish: Expression) -> Iterator[Token]:
    return (one for one in wish.tokens if one.kind == "quoted" and one.text[0] == '"')


def _asked(
    one: Fill | DataStep, renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Iterator[tuple[str, Expression]]:
    """A hint says the names to come. A data step says those of its moment: both are tried."""
    tables, columns = former(renames)
    name = fold(one.table)
    table = fold(tables.get(name, name))
    if table in sources and one.where:
        known = _known(sources[table], columns.get(name, {}))
        if isinstance(one, DataStep) and name in columns:
            through = condition(replace(one, alias=one.alias or one.table), ROWID)
            yield table, _wish(name, through, known, is_seen=False)
        elif not isinstance(one, DataStep):
            yield table, _wish(name, f"({one.where}) IS TRUE", known, is_seen=name in columns)
    if isinstance(one, DataStep) and name in sources:
        yield name, _wish(name, condition(one), sources[name], is_seen=False)


def _known(sources: Sources, names: Mapping[str, str]) -> Sources:
    """A column by the name that it gets is the one that has it now."""
    return {**sources, **{fold(new): sources[fold(old)] for old, new in names.items()}}


def _each(
    table: str, row_checks: Collection[RowCheck], sources: Sources, *, is_seen: bool
) -> Iterator[Expression]:
    rules = [f"({row_check.where}) IS NOT TRUE" for row_check in row_checks]
    for text in accumulate(rules, "{} AND {}".format):
        yield _wish(table, text, sources, is_seen=is_seen)


def _wish(table: str, text: str, sources: Sources, *, is_seen: bool) -> Expression:
    said = tuple(tokens(text))
    through = f"SELECT {ROWID} FROM {in_quotes(table)} WHERE {text}"
    condition = f"rowid IN ({through})" if is_seen else text
    return Expression(
        kind="wish", name="", text=condition, tokens=said, columns=mentioned(said, sources)
    )


def near(
    connection: sqlite3.Connection, tables: Collection[str], *, written: Collection[str]
) -> frozenset[str]:
    """Return these tables; of those that are `written`, also what their triggers speak of and what
    refers to any of those, for damage spreads from there; and whatever rows of them all cannot be
    without."""
    keys: dict[str, list[tuple[str, str]]] = {}
    for child, parent, column in connection.execute(_KEYS):
        keys.setdefault(fold(child), []).append((fold(column), fold(parent)))
    changed = {*written, *_in_triggers(connection, written)}
    found = {*tables, *changed}
    found |= {child for child, held in keys.items() if any(one in changed for _, one in held)}
    ahead = [child for child in found if child in keys]
    while ahead:
        child = ahead.pop()
        query = 'SELECT name FROM pragma_table_info(?) WHERE "notnull"'
        required = {fold(name) for (name,) in connection.execute(query, (child,))}
        needed = {parent for column, parent in keys[child] if column in required} - found
        found |= needed
        ahead += (parent for parent in needed if parent in keys)
    return frozenset(found)


def _in_triggers(connection: sqlite3.Connection, tables: Collection[str]) -> Iterator[str]:
    statements = list_statements(connection)
    names = {fold(one.name) for one in statements if one.kind == "table"}
    for one in statements:
        if one.kind == "trigger" and fold(one.table) in tables:
            yield from names & named(tokens(one.text))
