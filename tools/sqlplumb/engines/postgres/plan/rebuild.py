"""A table that must be made anew with its rows: it steps aside, into a schema of its own, and its
rows are copied into the new one.

With a table go its indexes and constraints; what had their names may have them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.engines.postgres.names import listed, qualified, quoted, spelled
from sqlplumb.engines.postgres.plan.casts import conversion
from sqlplumb.engines.postgres.plan.names import key, there
from sqlplumb.engines.postgres.plan.tables import column_options
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Column, Object, Ref
from sqlplumb.steps import Step

ASIDE = "_plumb_aside"


def copied(table: Ref) -> str:
    """The state in which a table that is made anew has its rows."""
    return f"the rows of {key(table)} are copied"


def put_aside(fact: Object, tables: Iterable[Object]) -> list[str]:
    """The `tables` are it and its partitions, which nobody has any more."""
    schema = quoted(f"{ASIDE}_{fact.ref.name}")
    moved = (f"ALTER TABLE {spelled(table)} SET SCHEMA {schema}" for table in tables)
    return [f"CREATE SCHEMA {schema}", *moved]


def _whole(transition: Transition, table: Ref) -> Ref:
    """Return the table that finds the partition of each row, where that is made anew as well."""
    graph = transition.desired
    while graph.is_partition(table) and (parent := graph.parents(table)[0]) in transition.rebuilt:
        table = parent
    return table


def steps(transition: Transition) -> Iterator[Step]:
    for ref in transition.rebuilt:
        current = transition.current.schema.unit(ref.unit)
        desired = transition.desired.schema.unit(ref.unit)
        schema = f"{ASIDE}_{ref.name}"
        values = {
            column: _value(current.columns.get(name), column)
            for name, column in desired.columns.items()
            if (name in current.columns or column.backfill) and column.generated is None
        }
        needs = {there(fact.ref) for fact in desired.facts if fact.ref.kind == "column"}
        goal = _whole(transition, ref)
        needs |= {there(ref), there(goal)}
        for table in {ref, goal}:
            users = transition.desired.dependents.get(table, ())
            needs |= {there(child) for child in users if child.kind == "parent"}
        former = qualified(ref.name, schema)
        names = listed(quoted(column.ref.name) for column in values)
        insert = f"INSERT INTO {qualified(goal.name, goal.namespace)} ({names})"
        if any(column_options(column).identity for column in values):
            insert += " OVERRIDING SYSTEM VALUE"
        copies = [f"{insert} SELECT {listed(values.values())} FROM {former}"] if values else []
        yield Step(
            verb="rebuild",
            ref=ref,
            statements=(*copies, f"DROP TABLE {former}", f"DROP SCHEMA {quoted(schema)}"),
            gives=frozenset((copied(ref),)),
            needs=frozenset(needs),
        )


def _value(current: Column | None, desired: Column) -> str:
    if current is None:
        return f"({desired.backfill})"
    own = quoted(desired.ref.name)
    if current.type != desired.type:
        return conversion(current, desired) or own
    is_filled = desired.backfill and desired.not_null and not current.not_null
    return f"coalesce({own}, {desired.backfill})" if is_filled else own
