"""The statements that make an object, with what comes inside of them: a table with its columns and
rules, a child with what is unlike its parents' alone.

Must never know an order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.engines.postgres.grants import given_by_default
from sqlplumb.engines.postgres.names import spelled
from sqlplumb.engines.postgres.options import (
    ColumnOptions,
    SequenceOptions,
    column_options,
    table_options,
)
from sqlplumb.engines.postgres.plan import links
from sqlplumb.engines.postgres.plan.graph import Graph, default_of, parent_of, typing_of
from sqlplumb.engines.postgres.plan.holding import added_beside_rows, stored_in
from sqlplumb.engines.postgres.plan.statements import columns, rules, sequences, tables
from sqlplumb.engines.postgres.plan.statements.dressing import dressed
from sqlplumb.engines.postgres.plan.statements.kinds import kind_of
from sqlplumb.engines.postgres.plan.statements.names import RULES
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Column, Object, Ref, Table


def statements_of(transition: Transition, ref: Ref, group: list[Ref]) -> list[str]:
    """Return what makes an object, with the `group` that comes inside its statement."""
    fact = transition.desired.nodes[ref].fact
    if ref.kind == "default":
        assert isinstance(fact, Column)
        return columns.set_default(fact)
    if ref.kind == "ownership":
        return [*sequences.own_sequence(fact), *_counted_on(transition, fact)]
    if ref.kind == "parent":
        return links.link(fact)
    if ref.kind == "typing":
        return [f"ALTER TABLE {spelled(fact)} OF {table_options(fact).of_type}"]
    if ref.kind.startswith("attachment"):
        return links.attach(transition, fact)
    if isinstance(fact, Table):
        return _create_table(transition, fact, group)
    if isinstance(fact, Column):
        return _add_column(transition, fact, group)
    made = _plain(transition, fact)
    return [*made, *_dress(transition, ref)]


def _plain(transition: Transition, fact: Object) -> list[str]:
    if fact.ref.kind in RULES:
        table = fact.ref.table_ref
        is_partitioned = transition.desired.is_partitioned(table)
        return [*rules.add_rule(fact, is_partitioned), *links.proved_below(transition, fact.ref)]
    return kind_of(fact).create(fact)


def _dress(transition: Transition, ref: Ref) -> list[str]:
    node = transition.desired.nodes[ref]
    if node.fact.ref != ref:
        return []
    was = transition.current.schema.objects.get(ref)
    given = given_by_default(transition.default_privileges, node.fact)
    return dressed(None, node.fact, was, given=given)


def _counted_on(transition: Transition, fact: Object) -> list[str]:
    """A sequence that comes to a column with values goes on behind them."""
    assert isinstance(fact.options, SequenceOptions)
    column = transition.desired.called(fact.options.owned_by)
    if column is None or column in transition.made or fact.ref not in transition.made:
        return []
    held = transition.desired.schema.objects[column]
    assert isinstance(held, Column)
    return [sequences.continue_after(held)]


def _create_table(transition: Transition, table: Table, group: list[Ref]) -> list[str]:
    options = table_options(table)
    is_part = parent_of(table.ref) in group
    if options.parents and not is_part:
        table = replace(table, options=replace(options, parents=(), partition_bound=""))
    if typing_of(table.ref) not in group:
        table = replace(table, options=replace(table_options(table), of_type=""))
    desired = transition.desired
    said = list(_said_columns(desired, table.ref, group))
    folded = [desired.nodes[ref].fact for ref in group if ref.kind in RULES]
    definitions = [
        rules.rule_definition(fact)
        for fact in folded
        if not is_part or rules.rule_options(fact).is_local
    ]
    made = tables.create_table(table, said, definitions)
    for column in _columns_in(desired, group):
        made += columns.column_extras(_as_inherited(desired, column) if is_part else None, column)
    if is_part and not options.partition_bound:
        made += _unlike_parents(desired, table)
    for ref in group:
        made += _dress(transition, ref)
    return made


def _said_columns(desired: Graph, table: Ref, group: list[Ref]) -> Iterator[Column]:
    """Yield the columns that a CREATE TABLE names; a default that is made later is left out."""
    is_part = parent_of(table) in group
    for column in desired.schema.unit(table.unit).columns.values():
        if column.ref in group and not (is_part and not _says_more(desired, column)):
            has_default = default_of(column.ref) in group
            yield column if has_default else replace(column, default=None)


def _columns_in(desired: Graph, group: list[Ref]) -> Iterator[Column]:
    facts = (desired.nodes[ref].fact for ref in group if ref.kind == "column")
    return (fact for fact in facts if isinstance(fact, Column))


def _as_inherited(desired: Graph, column: Column) -> Column:
    """A column that a parent brings along has its values stored as there."""
    for parent in desired.parents(column.ref.table_ref):
        above = desired.schema.unit(parent.unit).columns.get(column.ref.name)
        if above:
            options = column_options(above)
            stored = ColumnOptions(storage=options.storage, compression=options.compression)
            return replace(column, options=stored)
    return replace(column, options=ColumnOptions())


def _unlike_parents(desired: Graph, table: Table) -> list[str]:
    """What columns of parents are given here that the parents' are not."""
    made = list[str]()
    for column in desired.schema.unit(table.ref.unit).columns.values():
        above = desired.from_parent(column.ref)
        parent = desired.schema.objects[above] if above else None
        if not isinstance(parent, Column):
            continue
        if column.default != parent.default:
            give = columns.set_default if column.default else columns.drop_default
            made += give(column)
        if column.not_null and not parent.not_null:
            made.append(columns.altered(column, "SET NOT NULL"))
    return made


def _says_more(desired: Graph, column: Column) -> bool:
    """Does a table that inherits say anything of this column itself?"""
    above = desired.from_parent(column.ref)
    parent = desired.schema.objects[above] if above else None
    if not isinstance(parent, Column):
        return True
    table = desired.schema.objects[column.ref.table_ref]
    if not table.options.word("partition_bound"):
        return False  # to name it would make it a column of its own
    return parent.default != column.default or parent.not_null != column.not_null


def _add_column(transition: Transition, column: Column, group: list[Ref]) -> list[str]:
    has_default = default_of(column.ref) in group
    added = column if has_default else replace(column, default=None)
    if users := holders_of_rows(transition, column.ref) - transition.removed:
        added = column = added_beside_rows(added, has_default, users)
    if column.backfill and not column.generated:
        made = columns.add_filled(added)
    else:
        made = columns.add_column(added)
    for part in _columns_in(transition.desired, group):
        if part.ref != column.ref:  # the same of a table that inherits it
            made += columns.column_extras(replace(part, options=ColumnOptions()), part)
    return [*made, *_dress(transition, column.ref)]


def holders_of_rows(transition: Transition, column: Ref) -> set[Ref]:
    """Return the columns elsewhere that hold rows of the table of a new one."""
    table = column.table_ref
    if table not in transition.current.nodes or table in transition.made:
        return set()
    return stored_in(transition.current, table)
