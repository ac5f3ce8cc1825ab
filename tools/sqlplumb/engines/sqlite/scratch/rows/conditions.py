"""The conditions that some rows must satisfy, and the tables that must hold rows, so that what a
migration does to rows is seen.

Rows that rules to come will not refuse are asked for beside the others, which a stricter rule may
leave none of; and so are rows that a hint or a data step will change. A guess, as all rows are:
where none is found, none is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from sqlplumb.changes import Rename
from sqlplumb.engines.sqlite.parse.data_steps import condition
from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes, tokens, unquoted
from sqlplumb.engines.sqlite.read.catalog import ROWID, former
from sqlplumb.engines.sqlite.scratch.rows.shape import Expression, Sources, mentioned
from sqlplumb.steps import DataStep, Fill, RowCheck

_KEYS = """SELECT m.name, f."table", f."from"
FROM main.sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'
"""


def rule_conditions(
    row_checks: Iterable[RowCheck], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Mapping[str, tuple[Expression, ...]]:
    """Return by the present name of a table: the first rule to come is satisfied, then the first
    two, and so on to all."""
    tables, columns = former(renames)
    by_table: dict[str, list[RowCheck]] = {}
    for row_check in row_checks:
        by_table.setdefault(fold(row_check.table), []).append(row_check)
    conditions = {}
    for name, checks in by_table.items():
        table = fold(tables.get(name, name))
        if table in sources:
            known = _under_new_names(sources[table], columns.get(name, {}))
            rules = (f"({check.where}) IS NOT TRUE" for check in checks)
            conditions[table] = tuple(
                _wanted(name, text, known, through_view=name in columns)
                for text in accumulate(rules, "{} AND {}".format)
            )
    return conditions


def fill_conditions(
    fills: Iterable[Fill | DataStep], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Mapping[str, tuple[Expression, ...]]:
    """Return by the present name of a table: a hint gives a value to the row, or a data step is
    about it."""
    conditions: dict[str, list[Expression]] = {}
    for fill in fills:
        for table, wanted in _rows_of(fill, renames, sources):
            conditions.setdefault(table, []).append(wanted)
    return {table: tuple(wanted) for table, wanted in conditions.items()}


def step_conditions(
    steps: Iterable[DataStep], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Yield the words of each step that would be idle without rows, with tables and conditions of
    which one must be true. SQLite takes a name in double quotes that is no column for a string."""
    names = {*sources, *(name for columns in sources.values() for name in columns)}
    for step in steps:
        conditions = [*_rows_of(step, renames, sources)]
        quoted = {
            fold(unquoted(token.text))
            for _, wanted in conditions
            for token in wanted.tokens
            if token.kind == "quoted" and token.text[0] == '"'
        }
        if step.words and not step.is_other and quoted <= names | {fold(step.alias)}:
            yield step.words, [(table, wanted.text) for table, wanted in conditions]


def _rows_of(
    fill: Fill | DataStep, renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Iterator[tuple[str, Expression]]:
    """Yield tables and the rows that are filled. A hint speaks the names to come; a data step
    those of its moment, which may be either: both are tried."""
    tables, columns = former(renames)
    name = fold(fill.table)
    table = fold(tables.get(name, name))
    if table in sources and fill.where:
        known = _under_new_names(sources[table], columns.get(name, {}))
        if isinstance(fill, DataStep) and name in columns:
            text = condition(replace(fill, alias=fill.alias or fill.table), ROWID)
            yield table, _wanted(name, text, known, through_view=False)
        elif not isinstance(fill, DataStep):
            text = f"({fill.where}) IS TRUE"
            yield table, _wanted(name, text, known, through_view=name in columns)
    if isinstance(fill, DataStep) and name in sources:
        yield name, _wanted(name, condition(fill), sources[name], through_view=False)


def _under_new_names(sources: Sources, names: Mapping[str, str]) -> Sources:
    return {**sources, **{fold(new): sources[fold(old)] for old, new in names.items()}}


def _wanted(table: str, text: str, sources: Sources, *, through_view: bool) -> Expression:
    """Return the condition; a view shows a renamed table under the name that it gets."""
    words = tuple(tokens(text))
    if through_view:
        text = f"rowid IN (SELECT {ROWID} FROM {in_quotes(table)} WHERE {text})"
    return Expression(kind="wanted", text=text, tokens=words, columns=mentioned(words, sources))


def near(
    connection: sqlite3.Connection, tables: Collection[str], *, written: Collection[str]
) -> frozenset[str]:
    """Return these tables; of those that are `written`, also what refers to them, for damage
    spreads from there; and the parents that rows of them all require."""
    keys: dict[str, list[tuple[str, str]]] = {}
    for child, parent, column in connection.execute(_KEYS):
        keys.setdefault(fold(child), []).append((fold(column), fold(parent)))
    reached = {*tables, *written}
    reached |= {
        child for child, held in keys.items() if any(parent in written for _, parent in held)
    }
    ahead = [child for child in reached if child in keys]
    while ahead:
        child = ahead.pop()
        query = 'SELECT name FROM pragma_table_info(?) WHERE "notnull"'
        required = {fold(name) for (name,) in connection.execute(query, (child,))}
        parents = {parent for column, parent in keys[child] if column in required} - reached
        reached |= parents
        ahead += (parent for parent in parents if parent in keys)
    return frozenset(reached)
