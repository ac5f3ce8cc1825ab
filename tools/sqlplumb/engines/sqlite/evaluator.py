"""SQLite judges two expressions: over rows that hold one value of every kind that they tell apart.

The tables are scratch tables with the real affinities and collations; `regions` says which values
there must be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from math import floor, prod

from sqlplumb.engines.sqlite.limited import Limited, scratch
from sqlplumb.engines.sqlite.options import is_strict, rowid_alias
from sqlplumb.engines.sqlite.parse.lexer import in_quotes
from sqlplumb.engines.sqlite.parse.parts import affinity
from sqlplumb.engines.sqlite.regions import COLLATIONS, COMPUTED, Column, all_values
from sqlplumb.schema import Unit
from sqlplumb.understanding.conditions import is_not_null
from sqlplumb.understanding.evaluator import Answer, Question, Row
from sqlplumb.understanding.reading import read_tree

_MOST_ROWS, _MOST_FOR_EXAMPLES = 20_000, 1_500


class TableEvaluator:
    """The columns that two states of a table have alike; of others nothing is known."""

    def __init__(self, current: Unit, desired: Unit) -> None:
        sides = _columns(current), _columns(desired)
        alike: dict[str, Column] = {}
        for name in sides[0].keys() & sides[1].keys():
            current_column, desired_column = sides[0][name], sides[1][name]
            if replace(current_column, is_not_null=False) == replace(
                desired_column, is_not_null=False
            ):
                alike[name] = replace(
                    current_column,
                    is_not_null=current_column.is_not_null and desired_column.is_not_null,
                )
        while unlike := {
            name for name, column in alike.items() if not column.made_of <= alike.keys()
        }:
            alike = {name: column for name, column in alike.items() if name not in unlike}
        self._columns = alike
        self.kinds = {name: column.kind for name, column in alike.items()}
        self.generated = frozenset(name for name, column in alike.items() if column.generated)

    def ask(self, question: Question) -> Answer | None:
        try:
            with closing(scratch()) as connection:
                return _answer(connection, question, self._columns)
        except (sqlite3.Error, UnicodeError, OverflowError):
            return None


def _columns(table: Unit) -> dict[str, Column]:
    """Those of collations that SQLite brings along."""
    is_typed, alias = is_strict(table.head), rowid_alias(table)
    columns: dict[str, Column] = {}
    for name, column in table.columns.items():
        collation = column.collation or "binary"
        if collation not in COLLATIONS:
            continue
        made_of = column.generated
        is_any = is_typed and column.type == "any"
        kind = "blob" if is_any else affinity(column.type)
        only = kind if is_typed and not is_any else ""
        columns[name] = Column(
            affinity=kind,
            collation=collation,
            is_not_null=column.not_null or name == alias,
            only="integer" if name == alias else only,
            generated=made_of.canonical if made_of else "",
            made_of=made_of.columns if made_of else frozenset(),
        )
    return columns


def _answer(
    connection: Limited, question: Question, columns: Mapping[str, Column]
) -> Answer | None:
    names = [*question.uses]
    values, is_whole = all_values(connection, question.uses, columns)
    most_rows = _MOST_FOR_EXAMPLES if question.example else _MOST_ROWS
    if prod(map(len, values)) > most_rows:
        most = max(2, floor(most_rows ** (1 / len(values))))
        values, is_whole = [several[:most] for several in values], False
    for number, (name, several) in enumerate(zip(names, values, strict=True)):
        column = columns.get(name, COMPUTED)
        kind = "" if column.affinity == "computed" else column.affinity
        connection.execute(
            f"CREATE TABLE p{number} ({in_quotes(name)} {kind} COLLATE {column.collation})"
        )
        connection.executemany(f"INSERT INTO p{number} VALUES (?)", [(value,) for value in several])
    rows = connection.execute(_query(question, names)).fetchall()
    example_rows: dict[int, Row] = {
        row[0]: dict(zip(names, map(str, row[2:]), strict=True)) for row in rows
    }
    return Answer(
        tried=prod(map(len, values)),
        only_current=example_rows.get(1),
        only_desired=example_rows.get(0),
        is_whole=is_whole,
    )


def _query(question: Question, names: Sequence[str]) -> str:
    """Of the rows that one side takes and the other does not, the first of each, by the order in
    which the values were put in."""
    current, desired = f"( {question.current} )", f"( {question.desired} )"
    taken = "1"
    if question.purpose == "value":
        differ = f"NOT ({current} IS {desired} AND typeof{current} = typeof{desired})"
    else:
        holds = "IS NOT FALSE" if question.purpose == "check" else "IS TRUE"
        taken, other = f"({current} {holds})", f"({desired} {holds})"
        differ = f"{taken} <> {other}"
    given = "".join(f" AND (( {text} ) IS NOT FALSE)" for text in question.given)
    order = " + ".join(f"p{number}.rowid" for number in range(len(names))) or "1"
    shown = "".join(f", quote({in_quotes(name)})" for name in names)
    tables = ", ".join(f"p{number}" for number in range(len(names))) or "(SELECT 1)"
    return f"SELECT {taken}, min({order}){shown} FROM {tables} WHERE {differ}{given} GROUP BY 1"


def holds_for_values(canonical: str, column: str) -> bool:
    tree = read_tree(canonical)
    return tree is not None and is_not_null(tree, (column,))
