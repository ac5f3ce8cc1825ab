"""The steps that create: one statement makes a table with what is inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from sqlplumb.engines.postgres.names import spelled
from sqlplumb.engines.postgres.options import FunctionOptions
from sqlplumb.engines.postgres.plan import links
from sqlplumb.engines.postgres.plan.builder import Builder
from sqlplumb.engines.postgres.plan.graph import Node, closure, names_in, parent_of
from sqlplumb.engines.postgres.plan.making import holders_of_rows, statements_of
from sqlplumb.engines.postgres.plan.row_checks import row_checks_of
from sqlplumb.engines.postgres.plan.statements import rules, types
from sqlplumb.engines.postgres.plan.statements.names import INDEXED, ROUTINES, RULES, TYPES
from sqlplumb.engines.postgres.plan.states import (
    announced,
    aside,
    copied,
    gone,
    key,
    taken_names,
    there,
)
from sqlplumb.schema import Object, Ref
from sqlplumb.steps import Step

WAITING = RULES | {"trigger", "index", "policy", "rule"}
_OPTIONAL = re.compile(r"\b(DEFAULT|VARIADIC)\b")
_BEFORE_CASTS = ROUTINES | TYPES - {"domain"} | {"cast", "schema", "extension", "collation"}
_BEFORE_CASTS |= {"language", "sequence", "ownership", "operator"}
_CALLED_BY_TYPES = ROUTINES | {"cast", "operator"}
_FOLDED_RULES = frozenset(("primary key", "unique", "check", "exclusion"))


class Creates(Builder):
    def steps(self) -> Iterator[Step]:
        groups: dict[Ref, list[Ref]] = {}
        for ref in self.desired.nodes:
            if ref in self.transition.made:
                groups.setdefault(self._comes_with(ref), []).append(ref)
        for ref in sorted(self.transition.aside, key=key):
            yield self._aside(ref)
        for ref, group in groups.items():
            if ref in self.transition.made:
                if self.desired.own_routines(ref):
                    yield self._announce(ref)
                yield self._create(ref, [ref, *(part for part in group if part != ref)])

    def _aside(self, ref: Ref) -> Step:
        """What goes and is called by the types that it takes goes before they change names."""
        fact = self.current.nodes[ref].fact
        users = self.transition.removed.intersection(self.current.dependents.get(ref, ()))
        statements = types.put_aside(fact, self.transition.names_in(ref.namespace))
        if self.calls_what_goes(ref):
            statements = [*types.without_rules(fact), *statements]
        return Step(
            verb="rename",
            ref=ref,
            statements=tuple(statements),
            gives=frozenset((*taken_names(ref, fact), aside(ref))),
            needs=frozenset(gone(user) for user in users if user.kind in _CALLED_BY_TYPES),
        )

    def _announce(self, ref: Ref) -> Step:
        """The functions of a type speak of it before it is there."""
        fact = self.desired.nodes[ref].fact
        needs = {*taken_names(ref, fact), *map(there, self._schemas(ref))}
        return Step(
            verb="edit",
            ref=ref,
            statements=(f"CREATE TYPE {spelled(fact)}",),
            gives=frozenset((announced(ref),)),
            needs=frozenset((*needs, gone(ref))),
        )

    def _schemas(self, ref: Ref) -> Iterator[Ref]:
        return (need for need in self.desired.nodes[ref].needs if need.kind == "schema")

    def _comes_with(self, ref: Ref) -> Ref:
        """Return the node whose statement makes this one as well, or itself."""
        node = self.desired.nodes[ref]
        table = node.fact.ref.table_ref if node.fact.ref.table else node.fact.ref
        if self._is_folded(node, table):
            return table
        if ref.kind == "default" and node.fact.ref in self.transition.made:
            column = node.fact.ref
            if ref not in self.loose.apart:
                return self._comes_with(column)
        above = self.desired.from_parent(ref)
        if (
            above
            and above in self.transition.made
            and not links.is_new_part(self.transition, table)
        ):
            return self._comes_with(above)
        link = self.desired.nodes.get(parent_of(table)) if above else None
        return table if link and self._is_folded(link, table) else ref

    def _is_folded(self, node: Node, table: Ref) -> bool:
        if table not in self.transition.made or node.ref == table or node.ref in self.loose.apart:
            return False
        if node.ref.kind == "typing":
            return True
        if node.ref.kind == "parent":
            parents = node.needs - {table}
            is_part = node.fact.options.word("partition_bound")
            return not is_part or all(parent in self.transition.made for parent in parents)
        if node.ref.kind in ("column", "default"):
            return node.ref.kind == "column" or node.fact.ref not in self.loose.apart
        if node.ref.kind not in _FOLDED_RULES:
            return False
        options = rules.rule_options(node.fact)
        if rules.has_index(node.fact) and (
            self.desired.is_partitioned(table) or self.desired.parents(table)
        ):
            return False
        if options.not_valid or options.storage_parameters or options.tablespace:
            return False
        return not (options.is_clustered or options.is_replica_identity)

    def _create(self, ref: Ref, group: list[Ref]) -> Step:
        inside = frozenset(group)
        needs, folded = set[str](), set[Ref]()
        for part in group:
            wanted = self.desired.nodes[part].needs - inside
            needs |= {self._state_of(need, part) for need in wanted}
            needs |= {announced(part)} if self.desired.own_routines(part) else set()
            if part != ref and any(self._is_moved(need) for need in wanted):
                folded.add(part)
            was = part if part in self.transition.removed else None
            if was and was not in self.transition.aside:
                needs.add(gone(part))
            if part in self.transition.aside:
                needs.add(aside(part))
            needs |= set(taken_names(part, self.desired.nodes[part].fact))
            needs |= set(self._casts_before(part))
            needs |= {*self._waits_for(part), *map(there, self._said_again.get(part, ()))}
            needs |= set(self.called_by_fill(part))
            needs |= set(self.rows_read(part)) if part.kind not in ROUTINES else set()
            if ref.kind != "table":
                needs |= set(self.links_gone(part))
        changes = self.changes_of(group, "create")
        step = Step(
            verb="create",
            ref=ref,
            statements=tuple(statements_of(self.transition, ref, group)),
            gives=frozenset((*(there(part) for part in group), *self.filled_in(group))),
            needs=frozenset(needs - {there(part) for part in group}),
            changes=changes,
            losses=tuple(self.losses_of(changes)),
            row_checks=row_checks_of(self.current.schema, self.desired.schema, changes),
        )
        self.loose.folded[step.verb, step.ref] = (
            folded if ref.kind in ("table", "column") else set()
        )
        return self._with_soft_needs(step)

    def _state_of(self, need: Ref, user: Ref) -> str:
        return announced(need) if user in self.desired.own_routines(need) else there(need)

    def _is_moved(self, ref: Ref) -> bool:
        return ref in self.transition.made or ref in self.transition.altered

    def _waits_for(self, ref: Ref) -> Iterator[str]:
        """What must be there first although nothing in the catalogs says so."""
        node = self.desired.nodes[ref]
        table = node.fact.ref.table_ref
        if ref.kind == "parent":
            is_folded = self._is_folded(node, node.fact.ref)
            yield from links.before_linked(self.transition, node.fact.ref, is_folded=is_folded)
        elif ref.kind in ("column", "typing"):
            yield from map(gone, self._in_the_way(node))
            yield from self.rows_changed(ref)
        elif ref.kind == "foreign key":
            yield from (there(need.table_ref) for need in node.needs if need.table)
        elif ref.kind in INDEXED and self.desired.is_partitioned(table):
            yield from (there(child) for child in links.new_parts(self.transition, table))
        elif ref.kind == "index" and not node.fact.options.word("parent"):
            yield there(parent_of(table))  # or it would be taken for one that is attached
        if self._waits_for_rows(node, table):
            yield copied(table)

    def _casts_before(self, ref: Ref) -> Iterator[str]:
        """An expression may use a cast of which the catalogs know the function alone."""
        if ref.kind in _BEFORE_CASTS:
            return
        for cast, before in self._needed_by_casts.items():
            if before.isdisjoint((ref, ref.table_ref)):
                yield there(cast)

    @cached_property
    def _said_again(self) -> Mapping[Ref, list[Ref]]:
        return links.said_again(self.transition)

    @cached_property
    def _needed_by_casts(self) -> dict[Ref, set[Ref]]:
        """The casts that are made, each with all that it needs."""
        casts = [ref for ref in self.transition.made if ref.kind == "cast"]
        return {cast: closure(self.desired, cast) for cast in casts}

    def _waits_for_rows(self, node: Node, table: Ref) -> bool:
        if table not in self.transition.rebuilt or node.ref.kind not in WAITING:
            return False
        return not self._is_folded(node, table)

    def _with_soft_needs(self, step: Step) -> Step:
        """What runs when it is made comes after all that the texts of functions speak of, and after
        what went of its name, where one call could mean both."""
        fact = self.desired.nodes[step.ref].fact
        if not isinstance(fact.options, FunctionOptions) or step.ref in self.loose.soft:
            return step
        named = names_in(fact.options.definition)
        wanted = {
            there(ref)
            for ref in self.transition.made
            if ref.kind in ("table", "view", "materialized view", "function", "procedure")
            and ref.name.partition("(")[0] in named
            and ref != step.ref
        }
        wanted |= {*map(gone, self._overloads(fact)), *self.rows_read(step.ref)}
        if not wanted:
            return step
        self.loose.softly[step.verb, step.ref] = {step.ref}
        return replace(step, needs=step.needs | wanted)

    def _overloads(self, routine: Object) -> Iterator[Ref]:
        """Yield the removed routines of a name that calls with fewer arguments may mean as well."""
        own = routine.ref
        for ref in self.transition.removed:
            if ref.kind not in ROUTINES or ref == own or ref.namespace != own.namespace:
                continue
            facts = routine, self.current.nodes[ref].fact
            names = {fact.ref.name.partition("(")[0] for fact in facts}
            if len(names) == 1 and any(
                _OPTIONAL.search(fact.options.word("head")) for fact in facts
            ):
                yield ref

    def _in_the_way(self, node: Node) -> Iterator[Ref]:
        """Yield what holds rows of a table that gets a column, and the columns that a table of a
        type has no more."""
        if node.ref.kind == "column":
            yield from holders_of_rows(self.transition, node.ref) & self.transition.removed
        elif was := self.current.schema.by_unit.get(node.fact.ref.unit):
            yield from (column.ref for column in was.columns.values())
