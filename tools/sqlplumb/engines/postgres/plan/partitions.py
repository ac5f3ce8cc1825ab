"""A table becomes a partition, or a new one comes beside a default one, without a look at all rows
while everybody waits: a CHECK proves first that its bounds hold. So do foreign keys of the parts
what that of a partitioned table says.

Must never change what is attached, or when a partition that is detached comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlplumb.engines.moves import ASIDE
from sqlplumb.engines.postgres.names import quoted, table_of
from sqlplumb.engines.postgres.options import table_options
from sqlplumb.engines.postgres.plan.graph import Graph, parent_of
from sqlplumb.engines.postgres.plan.statements.names import RULES, rule_name
from sqlplumb.engines.postgres.plan.statements.rules import add_and_prove, rule_definition
from sqlplumb.engines.postgres.plan.states import key, there
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import ForeignKey, Ref
from sqlplumb.steps import Step


def attached(transition: Transition, step: Step, *, plain: Collection[Ref]) -> Iterator[Step]:
    """Yield the step that links a partition to its parent, behind one that proves its bounds.

    A partition that is detached by the same plan comes back in the same transaction: until then,
    nobody finds its rows."""
    table = Ref("table", "", step.ref.name, namespace=step.ref.namespace)
    link = parent_of(table)
    is_linked = there(link) in step.gives and link not in transition.removed
    rules = dict(_rules(transition, table)) if is_linked and step.ref not in plain else {}
    if not rules:
        yield step
        return
    name = quoted(f"{ASIDE}{step.ref.name}_bounds")
    proved, statements = f"the bounds of {key(table)} are proved", list[str]()
    for held, rule in rules.items():
        statements += add_and_prove(table_of(held), name, f"CONSTRAINT {name} {rule}")
    yield Step(
        verb="edit",
        ref=step.ref,
        statements=tuple(statements),
        gives=frozenset((proved,)),
        needs=step.needs,
        transactional=False,
    )
    drops = (f"ALTER TABLE {table_of(held)} DROP CONSTRAINT IF EXISTS {name}" for held in rules)
    yield replace(step, statements=(*step.statements, *drops), needs=step.needs | {proved})


def proved_by_parts(transition: Transition, step: Step) -> Iterator[Step]:
    """Yield the step that adds a foreign key of a partitioned table, which takes those of the parts
    as its own when they are there and valid."""
    fact = transition.desired.nodes[step.ref].fact
    added, name = rule_definition(fact), rule_name(fact)
    # what a part has from the whole could not be dropped there, if this runs twice
    statements = [f"ALTER TABLE {table_of(step.ref)} DROP CONSTRAINT IF EXISTS {name}"]
    for part in _parts_in_use(transition, step.ref):
        statements += add_and_prove(table_of(part), name, added)
    yield replace(step, statements=(*statements, *step.statements), transactional=False)


def has_free_parts(transition: Transition, rule: Ref) -> bool:
    """Is the name of a new rule free in all parts?"""
    name = rule_name(transition.desired.nodes[rule].fact)
    units = (part.unit for part in _parts_in_use(transition, rule))
    facts = (fact for unit in units for fact in transition.current.schema.unit(unit).facts)
    return not any(fact.ref.kind in RULES and rule_name(fact) == name for fact in facts)


def _parts_in_use(transition: Transition, key: Ref) -> Iterator[Ref]:
    """Yield the tables whose rows a foreign key would look at, also those that become parts."""
    fact = transition.desired.nodes[key].fact
    assert isinstance(fact, ForeignKey)
    for part in _leaves(transition.desired, key.table_ref):
        is_here = _is_in_use(transition, part)
        known = transition.current.schema.unit(part.unit).columns if is_here else {}
        is_new = parent_of(part) in transition.made
        if is_here and (not is_new or all(name in known for name in fact.columns)):
            yield part


def _leaves(graph: Graph, table: Ref) -> Iterator[Ref]:
    for link in graph.dependents.get(table, ()):
        part = graph.nodes[link].fact.ref
        if link.kind == "parent" and part != table:
            yield from _leaves(graph, part) if graph.is_partitioned(part) else (part,)


def _rules(transition: Transition, table: Ref) -> Iterator[tuple[Ref, str]]:
    """Yield the tables whose rows the server would look at, each with what spares it that."""
    desired = transition.desired
    rule = table_options(desired.nodes[table].fact).partition_rule
    if not rule:
        return
    if _is_in_use(transition, table):
        yield table, f"CHECK ({rule})"
    parent = desired.parents(table)[0]
    if desired.is_partition(parent):
        return  # the rule is that of the parent, too, and its opposite proves nothing
    for part in _defaults(transition.current, parent):
        if part != table and _is_in_use(transition, part):
            yield part, f"CHECK (NOT {rule})"


def _defaults(graph: Graph, parent: Ref) -> Iterator[Ref]:
    for link in graph.dependents.get(parent, ()):
        if link.kind == "parent":
            fact = graph.nodes[link].fact
            if table_options(fact).partition_bound == "DEFAULT":
                yield fact.ref


def _is_in_use(transition: Transition, table: Ref) -> bool:
    sides = transition.current.nodes, transition.desired.nodes
    if table in transition.removed or not all(table in nodes for nodes in sides):
        return False
    return not any(table_options(nodes[table].fact).server for nodes in sides)
