"""The steps that create: one statement makes a table with what is inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from sqlplumb.engines.postgres.names import spelled, table_of
from sqlplumb.engines.postgres.options import (
    ColumnOptions,
    FunctionOptions,
    SequenceOptions,
)
from sqlplumb.engines.postgres.plan import others, rebuild, rules, tables
from sqlplumb.engines.postgres.plan.builder import (
    INDEXED,
    ROUTINES,
    Builder,
    announced,
    aside,
    taken_names,
)
from sqlplumb.engines.postgres.plan.dressing import dressed
from sqlplumb.engines.postgres.plan.graph import (
    RULES,
    TYPES,
    Node,
    closure,
    default_of,
    names_in,
    parent_of,
    typing_of,
)
from sqlplumb.engines.postgres.plan.holding import added_beside_rows, stored_in
from sqlplumb.engines.postgres.plan.kinds import kind_of
from sqlplumb.engines.postgres.plan.losses import losses_of
from sqlplumb.engines.postgres.plan.names import gone, key, rule_name, there
from sqlplumb.engines.postgres.plan.row_checks import row_checks_of
from sqlplumb.schema import Column, Object, Ref, Table
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
        return Step(
            verb="rename",
            ref=ref,
            statements=tuple(others.put_aside(fact, self.transition.names_in(ref.namespace))),
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
        if above and above in self.transition.made and not self._is_new_part(table):
            return self._comes_with(above)
        link = self.desired.nodes.get(parent_of(table)) if above else None
        return table if link and self._is_folded(link, table) else ref

    def _is_new_part(self, table: Ref) -> bool:
        return table in self.transition.made or parent_of(table) in self.transition.made

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

    def _state_of(self, need: Ref, user: Ref) -> str:
        return announced(need) if user in self.desired.own_routines(need) else there(need)

    def _is_moved(self, ref: Ref) -> bool:
        return ref in self.transition.made or ref in self.transition.altered

    def _waits_for(self, ref: Ref) -> Iterator[str]:
        """What must be there first although nothing in the catalogs says so."""
        node = self.desired.nodes[ref]
        table = node.fact.ref.table_ref
        if ref.kind == "parent":
            yield from self._before_linked(node)
        elif ref.kind in ("column", "typing"):
            yield from map(gone, self._in_the_way(node))
        elif ref.kind == "foreign key":
            yield from (there(need.table_ref) for need in node.needs if need.table)
        elif ref.kind in INDEXED and self.desired.is_partitioned(table):
            yield from (there(child) for child in self._new_parts(table))
        elif ref.kind == "index" and not node.fact.options.word("parent"):
            yield there(parent_of(table))  # or it would be taken for one that is attached
        if self._waits_for_rows(node, table):
            yield rebuild.copied(table)

    @cached_property
    def _said_again(self) -> Mapping[Ref, list[Ref]]:
        """The new columns of children that have each new one as their own, too: they merge where
        the child's comes first."""
        found: dict[Ref, list[Ref]] = {}
        for ref in self.transition.made:
            above = self.desired.above(ref)
            is_own = ref.kind == "column" and self.desired.from_parent(ref) is None
            if above and is_own and not self._is_new_part(ref.table_ref):
                found.setdefault(above, []).append(ref)
        return found

    def _casts_before(self, ref: Ref) -> Iterator[str]:
        """An expression may use a cast of which the catalogs know the function alone."""
        if ref.kind in _BEFORE_CASTS:
            return
        for cast, before in self._needed_by_casts.items():
            if before.isdisjoint((ref, ref.table_ref)):
                yield there(cast)

    @cached_property
    def _needed_by_casts(self) -> dict[Ref, set[Ref]]:
        """The casts that are made, each with all that it needs."""
        casts = [ref for ref in self.transition.made if ref.kind == "cast"]
        return {cast: closure(self.desired, cast) for cast in casts}

    def _before_linked(self, node: Node) -> Iterator[str]:
        table = node.fact.ref
        is_folded = self._is_folded(node, table)
        if not is_folded:
            yield from (there(brought) for brought in self._brought_along(table))
        for parent in self.desired.parents(table):
            for fact in self.desired.schema.unit(parent.unit).facts:
                if fact.ref.kind in ("column", "check"):
                    yield from (there(fact.ref), there(default_of(fact.ref)))
        if not is_folded:
            yield from (gone(stays) for stays in self._left_behind(table))

    def _in_the_way(self, node: Node) -> Iterator[Ref]:
        """Yield what holds rows of a table that gets a column, and the columns that a table of a
        type has no more."""
        if node.ref.kind == "column":
            yield from self._holders_of_rows(node.ref) & self.transition.removed
        elif was := self.current.schema.by_unit.get(node.fact.ref.unit):
            yield from (column.ref for column in was.columns.values())

    def _waits_for_rows(self, node: Node, table: Ref) -> bool:
        if table not in self.transition.rebuilt or node.ref.kind not in WAITING:
            return False
        return not self._is_folded(node, table)

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
        wanted |= set(map(gone, self._overloads(fact)))
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
        if ref.kind == "typing":
            return [f"ALTER TABLE {spelled(fact)} OF {tables.table_options(fact).of_type}"]
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
            return [*rules.add_rule(fact, is_partitioned), *self._proved_below(fact.ref)]
        return kind_of(fact).create(fact)

    def _proved_below(self, rule: Ref) -> Iterator[str]:
        """A CHECK that is not valid comes so to all children that are there already."""
        if not self.desired.nodes[rule].fact.options.flag("not_valid"):
            return
        for link in self.desired.dependents.get(rule.table_ref, ()):
            child = self.desired.nodes[link].fact.ref
            below = Ref(rule.kind, child.name, rule.name, namespace=child.namespace)
            fact = self.desired.schema.objects.get(below)
            is_below = link.kind == "parent" and child != rule.table_ref
            if not (is_below and fact) or self._is_new_part(child):
                continue
            if fact.options.flag("not_valid"):
                yield from self._proved_below(below)
            else:
                yield f"ALTER TABLE {table_of(below)} VALIDATE CONSTRAINT {rule_name(fact)}"

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
        if typing_of(table.ref) not in group:
            table = replace(table, options=replace(tables.table_options(table), of_type=""))
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
        for column in self._columns_in(group):
            made += tables.column_extras(self._as_inherited(column) if is_part else None, column)
        if is_part and not options.partition_bound:
            made += self._unlike_parents(table)
        for ref in group:
            made += self._dress(ref)
        return made

    def _columns_in(self, group: list[Ref]) -> Iterator[Column]:
        facts = (self.desired.nodes[ref].fact for ref in group if ref.kind == "column")
        return (fact for fact in facts if isinstance(fact, Column))

    def _as_inherited(self, column: Column) -> Column:
        """A column that a parent brings along has its values stored as there."""
        for parent in self.desired.parents(column.ref.table_ref):
            above = self.desired.schema.unit(parent.unit).columns.get(column.ref.name)
            if above:
                options = tables.column_options(above)
                stored = ColumnOptions(storage=options.storage, compression=options.compression)
                return replace(column, options=stored)
        return replace(column, options=ColumnOptions())

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
        if users := self._holders_of_rows(column.ref) - self.transition.removed:
            added = column = added_beside_rows(added, has_default, users)
        if column.backfill and not column.generated:
            made = tables.add_filled(added)
        else:
            made = tables.add_column(added)
        for part in self._columns_in(group):
            if part.ref != column.ref:  # the same of a table that inherits it
                made += tables.column_extras(replace(part, options=ColumnOptions()), part)
        return [*made, *self._dress(column.ref)]

    def _holders_of_rows(self, column: Ref) -> set[Ref]:
        """Return the columns elsewhere that hold rows of the table of a new one."""
        table = column.table_ref
        if table not in self.current.nodes or table in self.transition.made:
            return set()
        return stored_in(self.current, table)

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
