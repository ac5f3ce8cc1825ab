"""A table becomes a part of another one, or is one no more: partitions and children, with the
indexes that are attached to those of the whole.

What must be so before, and the statements. Must never decide what is linked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlplumb.engines.postgres.names import quoted, spelled, table_of
from sqlplumb.engines.postgres.options import table_options
from sqlplumb.engines.postgres.plan.graph import default_of, parent_of
from sqlplumb.engines.postgres.plan.statements.names import INDEXED, rule_name
from sqlplumb.engines.postgres.plan.statements.rules import index_name
from sqlplumb.engines.postgres.plan.states import gone, there
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Object, Ref


def is_new_part(transition: Transition, table: Ref) -> bool:
    """Is a table made, or the link to what it is a part of?"""
    return table in transition.made or parent_of(table) in transition.made


def said_again(transition: Transition) -> Mapping[Ref, list[Ref]]:
    """The new columns of children that have each new one as their own, too: they merge where
    the child's comes first."""
    found: dict[Ref, list[Ref]] = {}
    for ref in transition.made:
        above = transition.desired.above(ref)
        is_own = ref.kind == "column" and transition.desired.from_parent(ref) is None
        if above and is_own and not is_new_part(transition, ref.table_ref):
            found.setdefault(above, []).append(ref)
    return found


def before_linked(transition: Transition, table: Ref, *, is_folded: bool) -> Iterator[str]:
    """Yield what must be so before a table becomes a part of another one. `is_folded`: it is made
    as one."""
    desired = transition.desired
    if not is_folded:
        yield from (there(brought) for brought in _brought_along(transition, table))
    for parent in desired.parents(table):
        for fact in desired.schema.unit(parent.unit).facts:
            if fact.ref.kind in ("column", "check"):
                yield from (there(fact.ref), there(default_of(fact.ref)))
    if not is_folded:
        yield from (gone(stays) for stays in _left_behind(transition, table))


def _brought_along(transition: Transition, table: Ref) -> Iterator[Ref]:
    """Yield what a table must have before it becomes a part of another one. Its indexes come
    before those of the whole are there, or are there for them."""
    for fact in transition.desired.schema.unit(table.unit).facts:
        if fact.ref.kind in ("column", "check"):
            yield fact.ref
        elif name := fact.options.word("parent"):
            whole = transition.desired.called(name)
            if whole and whole not in transition.made:
                yield fact.ref
                # that of a partitioned table is taken when those of all its parts are there
                yield from transition.desired.parts_of_keys((fact.ref,))


def _left_behind(transition: Transition, table: Ref) -> Iterator[Ref]:
    """Yield what a table may not have any more when it becomes a part of another one: its own
    columns, CHECKs and keys that go, and what the other one no longer asks of it."""
    for whole in (table, *transition.desired.parents(table)):
        kinds = (*INDEXED, "column", "check") if whole == table else ("column", "check")
        facts = transition.current.schema.unit(whole.unit).facts
        yield from (fact.ref for fact in facts if fact.ref.kind in kinds)


def new_parts(transition: Transition, table: Ref) -> Iterator[Ref]:
    """Yield the tables that become parts of a new or an old one, as far as they are made."""
    for child in transition.desired.dependents.get(table, ()):
        own = transition.desired.nodes[child].fact.ref
        if child.kind == "parent" and own != table and child in transition.made:
            yield child
            yield from new_parts(transition, own)


def proved_below(transition: Transition, rule: Ref) -> Iterator[str]:
    """A CHECK that is not valid comes so to all children that are there already."""
    if not transition.desired.nodes[rule].fact.options.flag("not_valid"):
        return
    for link in transition.desired.dependents.get(rule.table_ref, ()):
        child = transition.desired.nodes[link].fact.ref
        below = Ref(rule.kind, child.name, rule.name, namespace=child.namespace)
        fact = transition.desired.schema.objects.get(below)
        is_below = link.kind == "parent" and child != rule.table_ref
        if not (is_below and fact) or is_new_part(transition, child):
            continue
        if fact.options.flag("not_valid"):
            yield from proved_below(transition, below)
        else:
            yield f"ALTER TABLE {table_of(below)} VALIDATE CONSTRAINT {rule_name(fact)}"


def link(fact: Object) -> list[str]:
    """Make a table a part of its parents."""
    options = table_options(fact)
    if options.partition_bound:
        attach = f"ALTER TABLE {options.parents[0]} ATTACH PARTITION {spelled(fact)}"
        return [f"{attach} {options.partition_bound}"]
    return [f"ALTER TABLE {spelled(fact)} INHERIT {parent}" for parent in options.parents]


def attach(transition: Transition, fact: Object) -> list[str]:
    """Make an index a part of that of the whole."""
    parent = transition.desired.called(fact.options.word("parent"))
    if parent is None:
        return []
    whole = index_name(transition.named(parent))
    return [f"ALTER INDEX {whole} ATTACH PARTITION {index_name(fact)}"]


def would_stay(transition: Transition, link: Ref) -> Iterator[str]:
    """A table that is no part any more keeps the foreign keys of the whole, as its own."""
    for whole in transition.current.parents(transition.current.nodes[link].fact.ref):
        for fact in transition.current.schema.unit(whole.unit).facts:
            if fact.ref.kind == "foreign key" and fact.ref in transition.removed:
                yield gone(fact.ref)
        if parent_of(whole) in transition.current.nodes:
            yield from would_stay(transition, parent_of(whole))


def detach(transition: Transition, fact: Object) -> list[str]:
    """Let a table be no part of its parents, nor keep the foreign keys of the whole."""
    options = table_options(fact)
    if options.partition_bound:
        detach = f"ALTER TABLE {options.parents[0]} DETACH PARTITION {spelled(fact)}"
        drop = f"ALTER TABLE {spelled(fact)} DROP CONSTRAINT IF EXISTS"
        is_whole = not stays(transition, fact.ref) or _comes_back(transition, fact.ref)
        left = () if is_whole else options.foreign_keys
        return [detach, *(f"{drop} {quoted(name)}" for name in left)]
    return [f"ALTER TABLE {spelled(fact)} NO INHERIT {parent}" for parent in options.parents]


def _comes_back(transition: Transition, table: Ref) -> bool:
    """Does it become a part of the same whole again, whose foreign keys it has by then?"""
    whole = transition.current.parents(table)
    is_moved = parent_of(whole[0]) in transition.removed
    return whole == transition.desired.parents(table) and not is_moved


def stays(transition: Transition, table: Ref) -> bool:
    """Is a table still the same one when the plan is through?"""
    return table in transition.desired.nodes and table not in transition.removed
