"""The steps that create: one statement makes a table with what is inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.engines.postgres.names import spelled
from sqlplumb.engines.postgres.options import (
    FunctionOptions,
    SequenceOptions,
)
from sqlplumb.engines.postgres.plan import others, rebuild, rules, tables
from sqlplumb.engines.postgres.plan.builder import INDEXED, ROUTINES, Builder, aside, taken_names
from sqlplumb.engines.postgres.plan.dressing import dressed
from sqlplumb.engines.postgres.plan.graph import (
    RULES,
    Node,
    default_of,
    names_in,
    parent_of,
)
from sqlplumb.engines.postgres.plan.kinds import kind_of
from sqlplumb.engines.postgres.plan.losses import losses_of
from sqlplumb.engines.postgres.plan.names import gone, there
from sqlplumb.engines.postgres.plan.row_checks import row_checks_of
from sqlplumb.schema import Column, Object, Ref, Table
from sqlplumb.steps import Step

WAITING = RULES | {"trigger", "index", "policy", "rule"}
_CALLED_BY_TYPES = ROUTINES | {"cast", "operator"}
_FOLDED_RULES = frozenset(("primary key", "unique", "check", "exclusion"))


class Creates(Builder):
    def steps(self) -> Iterator[Step]:
        groups: dict[Ref, list[Ref]] = {}
        for ref in self.desired.nodes:
            if ref in self.transition.made:
                groups.setdefault(self._comes_with(ref), []).append(ref)
        for ref in self.transition.aside:
            yield self._aside(ref)
        for ref, group in groups.items():
            if ref in self.transition.made:
                yield self._create(ref, [ref, *(part for part in group if part != ref)])

    def _aside(self, ref: Ref) -> Step:
        """What goes and is called by the types that it takes goes before they change names."""
        fact = self.current.nodes[ref].fact
        users = self.transition.removed.intersection(self.current.dependents.get(ref, ()))
        return Step(
            verb="rename",
            ref=ref,
            statements=tuple(others.put_aside(fact, self.transition.names_in(ref.namespace))),
            gives=frozenset((*taken_names(ref, fact), aside(ref))),
            needs=frozenset(gone(user) for user in users if user.kind in _CALLED_BY_TYPES),
        )

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
        if above and above in self.transition.made and not self._is_new_part(table):
            return self._comes_with(above)
        return ref

    def _is_new_part(self, table: Ref) -> bool:
        return table in self.transition.made or parent_of(table) in self.transition.made

    def _is_folded(self, node: Node, table: Ref) -> bool:
        if table not in self.transition.made or node.ref == table or node.ref in self.loose.apart:
            return False
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
            needs |= {there(need) for need in wanted}
            if part != ref and any(self._is_moved(need) for need in wanted):
                folded.add(part)
            was = part if part in self.transition.removed else None
            if was and was not in self.transition.aside:
                needs.add(gone(part))
            if part in self.transition.aside:
                needs.add(aside(part))
            needs |= set(taken_names(part, self.desired.nodes[part].fact))
            needs |= set(self._waits_for(part))
            needs |= set(self.called_by_fill(part))
            if ref.kind != "table":
                needs |= set(self.links_gone(part))
        changes = self.changes_of(group, "create")
        step = Step(
            verb="create",
            ref=ref,
            statements=tuple(self._create_statements(ref, group)),
            gives=frozenset((*(there(part) for part in group), *self.filled_in(group))),
            needs=frozenset(needs - {there(part) for part in group}),
            changes=changes,
            losses=tuple(losses_of(changes)),
            row_checks=row_checks_of(self.current.schema, self.desired.schema, changes),
        )
        self.loose.folded[step.verb, step.ref] = (
            folded if ref.kind in ("table", "column") else set()
        )
        return self._with_soft_needs(step)

    def _is_moved(self, ref: Ref) -> bool:
        return ref in self.transition.made or ref in self.transition.altered

    def _waits_for(self, ref: Ref) -> Iterator[str]:
        """What must be there first although nothing in the catalogs says so."""
        node = self.desired.nodes[ref]
        table = node.fact.ref.table_ref
        if ref.kind == "parent":
            if not self._is_folded(node, node.fact.ref):
                yield from (there(brought) for brought in self._brought_along(node.fact.ref))
            for parent in self.desired.parents(node.fact.ref):
                for fact in self.desired.schema.unit(parent.unit).facts:
                    if fact.ref.kind in ("column", "check"):
                        yield from (there(fact.ref), there(default_of(fact.ref)))
            if not self._is_folded(node, node.fact.ref):
                yield from (gone(stays) for stays in self._left_behind(node.fact.ref))
        elif ref.kind in INDEXED and self.desired.is_partitioned(table):
            yield from (there(child) for child in self._new_parts(table))
        elif ref.kind == "index" and not node.fact.options.word("parent"):
            yield there(parent_of(table))  # or it would be taken for one that is attached
        if (
            table in self.transition.rebuilt
            and ref.kind in WAITING
            and not self._is_folded(node, table)
        ):
            yield rebuild.copied(table)

    def _brought_along(self, table: Ref) -> Iterator[Ref]:
        """Yield what a table must have before it becomes a part of another one. Its indexes come
        before those of the whole are there, or are there for them."""
        for fact in self.desired.schema.unit(table.unit).facts:
            if fact.ref.kind in ("column", "check"):
                yield fact.ref
            elif name := fact.options.word("parent"):
                whole = self.desired.called(name)
                if whole and whole not in self.transition.made:
                    yield fact.ref
                    # that of a partitioned table is taken when those of all its parts are there
                    yield from self.desired.parts_of_keys((fact.ref,))

    def _left_behind(self, table: Ref) -> Iterator[Ref]:
        """Yield what a table may not have any more when it becomes a part of another one: its own
        columns, CHECKs and keys that go, and what the other one no longer asks of it."""
        for whole in (table, *self.desired.parents(table)):
            kinds = (*INDEXED, "column", "check") if whole == table else ("column", "check")
            facts = self.current.schema.unit(whole.unit).facts
            yield from (fact.ref for fact in facts if fact.ref.kind in kinds)

    def _new_parts(self, table: Ref) -> Iterator[Ref]:
        """Yield the tables that become parts of a new or an old one, as far as they are made."""
        for child in self.desired.dependents.get(table, ()):
            own = self.desired.nodes[child].fact.ref
            if child.kind == "parent" and own != table and child in self.transition.made:
                yield child
                yield from self._new_parts(own)

    def _with_soft_needs(self, step: Step) -> Step:
        """What runs when it is made comes after all that the texts of functions speak of."""
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
        if not wanted:
            return step
        self.loose.softly[step.verb, step.ref] = {step.ref}
        return replace(step, needs=step.needs | wanted)

    def _create_statements(self, ref: Ref, group: list[Ref]) -> list[str]:
        fact = self.desired.nodes[ref].fact
        if ref.kind == "default":
            assert isinstance(fact, Column)
            return tables.set_default(fact)
        if ref.kind == "ownership":
            return [*others.own_sequence(fact), *self._counted_on(fact)]
        if ref.kind == "parent":
            return self._link(fact)
        if ref.kind.startswith("attachment"):
            return self._attach(fact)
        if isinstance(fact, Table):
            return self._create_table(fact, group)
        if isinstance(fact, Column):
            return self._add_column(fact, group)
        made = self._plain(fact)
        return [*made, *self._dress(ref)]

    def _plain(self, fact: Object) -> list[str]:
        if fact.ref.kind in RULES:
            table = fact.ref.table_ref
            is_partitioned = self.desired.is_partitioned(table)
            return rules.add_rule(fact, is_partitioned)
        return kind_of(fact).create(fact)

    def _dress(self, ref: Ref) -> list[str]:
        node = self.desired.nodes[ref]
        if node.fact.ref != ref:
            return []
        was = self.current.schema.objects.get(ref)
        return dressed(None, node.fact, was)

    def _counted_on(self, fact: Object) -> list[str]:
        """A sequence that comes to a column with values goes on behind them."""
        assert isinstance(fact.options, SequenceOptions)
        column = self.desired.called(fact.options.owned_by)
        if column is None or column in self.transition.made or fact.ref not in self.transition.made:
            return []
        held = self.desired.schema.objects[column]
        assert isinstance(held, Column)
        return [tables.continue_after(held)]

    def _link(self, fact: Object) -> list[str]:
        options = tables.table_options(fact)
        if options.partition_bound:
            attach = f"ALTER TABLE {options.parents[0]} ATTACH PARTITION {spelled(fact)}"
            return [f"{attach} {options.partition_bound}"]
        return [f"ALTER TABLE {spelled(fact)} INHERIT {parent}" for parent in options.parents]

    def _attach(self, fact: Object) -> list[str]:
        parent = self.desired.called(fact.options.word("parent"))
        if parent is None:
            return []
        whole = rules.index_name(self.transition.named(parent))
        return [f"ALTER INDEX {whole} ATTACH PARTITION {rules.index_name(fact)}"]

    def _create_table(self, table: Table, group: list[Ref]) -> list[str]:
        options = tables.table_options(table)
        is_part = parent_of(table.ref) in group
        if options.parents and not is_part:
            table = replace(table, options=replace(options, parents=(), partition_bound=""))
        columns = list[Column]()
        for column in self.desired.schema.unit(table.ref.unit).columns.values():
            if column.ref not in group or (is_part and not self._says_more(column)):
                continue
            without = default_of(column.ref) not in group
            columns.append(replace(column, default=None) if without else column)
        folded = [self.desired.nodes[ref].fact for ref in group if ref.kind in RULES]
        definitions = [
            rules.rule_definition(fact)
            for fact in folded
            if not is_part or rules.rule_options(fact).is_local
        ]
        made = tables.create_table(table, columns, definitions)
        if is_part and not options.partition_bound:
            made += self._unlike_parents(table)
        for ref in group:
            made += self._dress(ref)
        return made

    def _unlike_parents(self, table: Table) -> list[str]:
        """What columns of parents are given here that the parents' are not."""
        made = list[str]()
        for column in self.desired.schema.unit(table.ref.unit).columns.values():
            above = self.desired.from_parent(column.ref)
            parent = self.desired.schema.objects[above] if above else None
            if not isinstance(parent, Column):
                continue
            if column.default != parent.default:
                give = tables.set_default if column.default else tables.drop_default
                made += give(column)
            if column.not_null and not parent.not_null:
                made.append(tables.altered(column, "SET NOT NULL"))
        return made

    def _says_more(self, column: Column) -> bool:
        """Does a table that inherits say anything of this column itself?"""
        above = self.desired.from_parent(column.ref)
        parent = self.desired.schema.objects[above] if above else None
        if not isinstance(parent, Column):
            return True
        table = self.desired.schema.objects[column.ref.table_ref]
        if not table.options.word("partition_bound"):
            return False  # to name it would make it a column of its own
        return parent.default != column.default or parent.not_null != column.not_null

    def _add_column(self, column: Column, group: list[Ref]) -> list[str]:
        has_default = default_of(column.ref) in group
        added = column if has_default else replace(column, default=None)
        if column.backfill and not (column.generated or tables.column_options(column).identity):
            return [*tables.add_filled(added), *self._dress(column.ref)]
        return [*tables.add_column(added), *self._dress(column.ref)]
