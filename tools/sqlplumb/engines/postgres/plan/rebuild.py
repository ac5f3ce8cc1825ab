"""A table that must be made anew with its rows: it steps aside, into a schema of its own, and its
rows are copied into the new one.

With a table go its indexes and constraints; what had their names may have them at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlplumb.engines.postgres.names import listed, qualified, quoted, spelled
from sqlplumb.engines.postgres.options import column_options
from sqlplumb.engines.postgres.plan.graph import OF_THE_TYPE, parent_of
from sqlplumb.engines.postgres.plan.statements.casts import conversion
from sqlplumb.engines.postgres.plan.statements.columns import through_text, type_of_texts
from sqlplumb.engines.postgres.plan.states import copied, key, there
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Column, Object, Ref
from sqlplumb.steps import Step

ASIDE = "_plumb_aside"


_LONGEST = 63  # bytes that a name can have


def place_of(transition: Transition, table: Ref) -> str:
    """Return the schema that a table steps aside into, which no other table has."""
    sides = transition.current.nodes, transition.desired.nodes
    taken = {ref.name for nodes in sides for ref in nodes if ref.kind == "schema"}
    for ref in sorted(transition.rebuilt, key=key):
        place, number = _cut(f"{ASIDE}_{ref.name}"), 1
        while place in taken:
            number += 1
            place = _cut(f"{ASIDE}{number}_{ref.name}")
        taken.add(place)
        if ref == table:
            return place
    raise AssertionError(f"{table} does not step aside")


def _cut(name: str) -> str:
    return name.encode()[:_LONGEST].decode(errors="ignore")


def put_aside(transition: Transition, table: Object, group: Collection[Ref]) -> list[str]:
    """The `group` is what goes with the table: also its partitions that nobody has any more."""
    schema = place_of(transition, table.ref)
    made = [f"CREATE SCHEMA {quoted(schema)}"]
    if _needs_what_goes(transition, group):
        columns = transition.current.schema.unit(table.ref.unit).columns.values()
        values = listed(_as_copied(transition, column) for column in columns)
        copy = f"CREATE TABLE {qualified(table.ref.name, schema)} AS SELECT {values}"
        return [*made, f"{copy} FROM {spelled(table)}", f"DROP TABLE {spelled(table)}"]
    tables = (transition.current.nodes[ref].fact for ref in group if ref.kind == "table")
    return [*made, *(f"ALTER TABLE {spelled(one)} SET SCHEMA {quoted(schema)}" for one in tables)]


def _needs_what_goes(transition: Transition, group: Collection[Ref]) -> bool:
    """Does more than the values of a table need something that could not go while it is aside? Then
    its rows step aside without it."""
    for ref in group:
        needs = transition.current.nodes[ref].needs & transition.removed
        kept = {need for need in needs if ref.kind == "column" and need.kind in OF_THE_TYPE}
        if needs - kept - set(group) or kept & transition.without_aside:
            return True
    return False


def _as_copied(transition: Transition, column: Column) -> str:
    name = quoted(column.ref.name)
    if not transition.current.nodes[column.ref].needs & transition.without_aside:
        return name
    return f"{name}::{type_of_texts(column.type)} AS {name}"


def _goals(transition: Transition, table: Ref) -> Iterator[Ref]:
    """Yield a table and its wholes as far as they are made anew as well: the last one finds the
    partition of each row."""
    yield table
    graph = transition.desired
    while graph.is_partition(table) and (parent := graph.parents(table)[0]) in transition.rebuilt:
        table = parent
        yield table


def steps(transition: Transition) -> Iterator[Step]:
    for ref in sorted(transition.rebuilt, key=key):
        current = transition.current.schema.unit(ref.unit)
        desired = transition.desired.schema.unit(ref.unit)
        schema = place_of(transition, ref)
        values = {
            column: _value(transition, current.columns.get(name), column)
            for name, column in desired.columns.items()
            if (name in current.columns or column.backfill) and column.generated is None
        }
        needs = {there(fact.ref) for fact in desired.facts if fact.ref.kind == "column"}
        goals = list(_goals(transition, ref))
        goal = goals[-1]
        needs |= {there(table) for table in goals}
        needs |= {there(link) for link in _parts(transition, goal)}
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


def _parts(transition: Transition, table: Ref) -> Iterator[Ref]:
    """Yield the links of all that is a part of a table, at any depth."""
    graph = transition.desired
    for link in graph.dependents.get(table, ()):
        if link.kind == "parent" and link != parent_of(table):
            yield link
            yield from _parts(transition, graph.nodes[link].fact.ref)


def _value(transition: Transition, current: Column | None, desired: Column) -> str:
    if current is None:
        return f"({desired.backfill})"
    own = quoted(desired.ref.name)
    if current.type != desired.type:
        return conversion(current, desired) or own
    if transition.current.nodes[current.ref].needs & transition.retyping:
        return through_text(current, desired)
    is_filled = desired.backfill and desired.not_null and not current.not_null
    return f"coalesce({own}, {desired.backfill})" if is_filled else own
