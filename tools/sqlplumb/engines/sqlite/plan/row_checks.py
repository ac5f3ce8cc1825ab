"""Which rows a new rule would refuse: conditions over the table as it is now.

A rule that cannot be asked of the current table (one about values that are yet to come) has no
look. It is named, for nobody knows before whether the rows satisfy it: the database itself will
say, and nothing is lost by that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.changes.comparison import describe_row
from sqlplumb.engines.sqlite.evaluator import TableEvaluator
from sqlplumb.engines.sqlite.options import is_strict, rowid_alias
from sqlplumb.engines.sqlite.plan.conditions import (
    Condition,
    rule_conditions,
    strict_conditions,
)
from sqlplumb.engines.sqlite.plan.copying import Filling
from sqlplumb.engines.sqlite.plan.filled import Values, may_be_null, read_by, values
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.engines.sqlite.plan.orphans import refers_alike
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Object,
    PrimaryKey,
    Ref,
    Table,
    Unique,
    Unit,
)
from sqlplumb.steps import RowCheck
from sqlplumb.understanding.relation import relation


class RowRules(NamedTuple):
    """The looks at stored rows, and the rules, in words, that span rows and cannot be asked of them
    before. What one row decides, a proof shows on rows of every kind."""

    row_checks: tuple[RowCheck, ...]
    unasked: tuple[str, ...]


def row_rules(
    current: Unit,
    desired: Unit,
    changes: tuple[Change, ...],
    *,
    filled: list[Filling],
    rules: Iterable[Object] = (),
) -> RowRules:
    """`filled` is empty where the table is altered in place. Of the `rules` that stay, those are
    asked whose columns get other values, or compare otherwise: a collation makes two texts one."""
    known = values(current, desired, filled)
    conditions: list[tuple[Ref, Condition]] = []
    for change in changes:
        of_change = _conditions(change, current, desired, known=known)
        conditions += ((change.ref, condition) for condition in of_change)
    changed = {change.ref for change in changes}
    for fact in rules:
        is_rule = isinstance(fact, Check | Unique | PrimaryKey | Index)
        if is_rule and fact.ref not in changed and not read_by(fact) <= known.plain:
            of_rule = rule_conditions(fact, current, desired, known=known)
            conditions += ((fact.ref, condition) for condition in of_rule)
    row_checks, unasked = list[RowCheck](), list[str]()
    for ref, condition in conditions:
        where, rule = _askable(condition, known), condition.rule
        if not where:
            unasked += [rule] if condition.spans_rows else []
        elif not (condition.is_of_row and _is_never_true(where, condition.columns, known)):
            row_checks.append(
                RowCheck(
                    ref=ref,
                    rule=rule,
                    table=current.display,
                    where=where,
                    shows=condition.shows,
                    example=condition.example,
                )
            )
    return RowRules(tuple(row_checks), tuple(dict.fromkeys(unasked)))


def _askable(condition: Condition, known: Values) -> str:
    """Return the condition over the table as it is; empty where nobody can know it before."""
    can_ask = known.copied if condition.knows_types else known.plain
    if condition.columns <= can_ask | known.row_names:
        return condition.where
    if condition.is_of_row and condition.where:
        return known.asked(condition.where, condition.columns)
    return ""


def _is_never_true(where: str, columns: frozenset[str], known: Values) -> bool:
    """Answer a condition over values that every row has, such as the default of a new column."""
    if not columns or not columns <= known.literal:
        return False
    with closing(scratch_for_code(with_stand_ins=False)) as scratch:
        try:
            return not scratch.execute(f"SELECT {where}").fetchone()[0]
        except sqlite3.Error:
            return False  # a function of the application's


def _conditions(
    change: Change, current: Unit, desired: Unit, *, known: Values
) -> Iterator[Condition]:
    match change:
        case Drop():
            return
        case Alter(Column(), Column()):
            yield from _column_rules(change, current, desired, known=known)
        case Create(Column(not_null=True) as column) if column.generated or may_be_null(column):
            where = _is_null(known.sources[column.ref.name])
            yield Condition(
                rule=f"{column.ref} NOT NULL",
                where=where,
                shows=_key_and_null(current),
                columns=frozenset(),
            )
        case Alter(Table() as former, Table() as head) if is_strict(head) and not is_strict(former):
            for column in desired.columns.values():
                if column.ref.name != rowid_alias(current):
                    yield from strict_conditions(column)
        case Alter(desired=Check() as rule) | Create(Check() as rule) if (
            rule.expression.columns <= known.plain
        ):
            formers = [change.current] if isinstance(change, Alter) else current.checks
            yield from _check_rules(rule, formers, desired, current=current, known=known)
        case Alter(ForeignKey() as former, ForeignKey() as key) if refers_alike(former, key):
            return
        case _:
            yield from rule_conditions(change.desired, current, desired, known=known)


def _column_rules(
    change: Alter, current: Unit, desired: Unit, *, known: Values
) -> Iterator[Condition]:
    column = change.desired
    assert isinstance(column, Column)
    if column.not_null and "not_null" in change.fields:
        source = known.sources[column.ref.name]
        where, shows = _is_null(source), _key_and_null(current)
        read = frozenset[str]() if may_be_null(column) else frozenset((column.ref.name,))
        yield Condition(
            rule=f"{column.ref} NOT NULL", where=where, shows=shows, columns=read, knows_types=True
        )
    if "type" in change.fields and is_strict(current.head) and is_strict(desired.head):
        yield from strict_conditions(column)


def _is_null(source: str) -> str:
    return f"({source}) IS NULL" if source else ""


def _key_and_null(current: Unit) -> str:
    """Show the key of a row, where it has one, and NULL."""
    key = current.primary_key
    return ", ".join([*(quoted(part.term) for part in key.columns), "NULL"] if key else ["NULL"])


def _check_rules(
    rule: Check, formers: Sequence[Object], desired: Unit, *, current: Unit, known: Values
) -> Iterator[Condition]:
    """Ask nothing of rows that satisfy it already, by its former words or by another rule; of a
    stricter one, tell a row that was taken."""
    evaluator = TableEvaluator(current, desired)
    kept = {check.expression.canonical for check in desired.checks if check is not rule}
    stays = [text for check in current.checks if (text := check.expression.canonical) in kept]
    example = ""
    for former in formers:
        assert isinstance(former, Check)
        shared = former.expression.columns & rule.expression.columns
        if not shared and former.expression != rule.expression:
            continue
        current_text, desired_text = former.expression.canonical, rule.expression.canonical
        outcome = relation(current_text, desired_text, evaluator, given=stays)
        if outcome.keeps_all:
            return
        if outcome.only_current and former.ref == rule.ref:
            row = outcome.only_current.items()
            example = describe_row({current.spelled(name): value for name, value in row})
    for condition in rule_conditions(rule, current, desired, known=known):
        yield replace(condition, example=example)
