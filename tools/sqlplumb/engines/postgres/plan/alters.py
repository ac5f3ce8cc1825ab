"""The steps that alter an object where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from sqlplumb.engines.postgres.names import quoted, spelled, table_of
from sqlplumb.engines.postgres.options import EnumOptions, SequenceOptions, column_options
from sqlplumb.engines.postgres.plan.builder import Builder
from sqlplumb.engines.postgres.plan.graph import parent_of
from sqlplumb.engines.postgres.plan.holding import by_names
from sqlplumb.engines.postgres.plan.row_checks import row_checks_of
from sqlplumb.engines.postgres.plan.statements import columns, sequences, tables, types
from sqlplumb.engines.postgres.plan.statements.columns import type_of_texts
from sqlplumb.engines.postgres.plan.statements.dressing import dressed
from sqlplumb.engines.postgres.plan.statements.kinds import kind_of
from sqlplumb.engines.postgres.plan.statements.rules import without_taken_marks
from sqlplumb.engines.postgres.plan.states import as_text, gone, key, taken_names, there, unruled
from sqlplumb.engines.postgres.plan.transition import DRESS
from sqlplumb.schema import Column, Object, Ref, Table, with_values
from sqlplumb.steps import Step


class Alters(Builder):
    def steps(self) -> Iterator[Step]:
        yield from self._to_texts()
        for ref in sorted(self.transition.unruled, key=key):
            yield self._without_rules(ref)
        altered = self.transition.altered
        statements = {
            ref: self._alter_statements(ref, self.current.nodes[ref].fact, fields)
            for ref, fields in altered.items()
        }
        for ref in altered:
            if toast := self._toast(ref, is_told=not statements[ref]):
                yield toast
            if statements[ref]:
                below = self._below(ref)
                silent = [one for one in below if not statements[one]]
                yield self._alter(ref, statements[ref], below=below, silent=silent)

    def _below(self, ref: Ref) -> list[Ref]:
        """Return the columns of children that change with this one."""
        own = self._children.get(ref, [])
        return [*own, *(lower for one in own for lower in self._below(one))]

    @cached_property
    def _children(self) -> Mapping[Ref, list[Ref]]:
        children: dict[Ref, list[Ref]] = {}
        for ref in self.transition.altered:
            if above := self.desired.above(ref):
                children.setdefault(above, []).append(ref)
        return children

    def _alter(
        self, ref: Ref, statements: Sequence[str], *, below: Sequence[Ref], silent: Sequence[Ref]
    ) -> Step:
        """Return the step of one object. What reads a column of a child is in the way as well, and
        a child without words of its own is as it shall be when this is done."""
        node, current = self.desired.nodes[ref], self.current.nodes[ref].fact
        needs = {there(need) for need in node.needs if need != ref}
        for part in (ref, *below):
            users = self.current.dependents.get(part, ())
            needs |= {gone(user) for user in users if user in self.transition.removed}
        needs |= set(self._new_names(current, node.fact))
        needs |= set(self.called_by_fill(ref))
        if {"type", "generated"} & self.transition.altered[ref]:
            needs |= set(self.fills_reading([ref]))  # what else changes leaves the values
        needs |= {*self._waits_for(ref), *self.rows_read(ref)}
        above = self.desired.above(ref)
        needs |= {there(above)} if above in self.transition.altered else set()
        needs |= set(self._linked(ref)) if "unlogged" in self.transition.altered[ref] else set()
        changes = self.changes_of([ref], "alter")
        given = map(there, (ref, *silent))
        return Step(
            verb="alter",
            ref=ref,
            statements=tuple(statements),
            gives=frozenset(
                (*given, *self._free_names(current, node.fact), *self.filled_in([ref]))
            ),
            needs=frozenset((*needs, *self.links_gone(ref))),
            changes=changes,
            losses=tuple(self.losses_of(changes)),
            row_checks=row_checks_of(self.current.schema, self.desired.schema, changes),
            commits=isinstance(node.fact.options, EnumOptions)
            and any(" ADD VALUE " in statement for statement in statements),
        )

    def _waits_for(self, ref: Ref) -> Iterator[str]:
        """What holds the values of this one, or rows of its table, is out of its way by then."""
        if ref in self.transition.through_text:
            yield as_text(ref)
        if ref in self.transition.unruled:
            yield unruled(ref)
        if "type" not in self.transition.altered[ref]:
            return
        yield from self.rows_changed(ref)
        for user in self.transition.stored_rows.get(ref.table_ref, ()):
            if user in self.transition.removed:
                yield gone(user)
            else:
                yield as_text(user) if user in self.transition.through_text else there(user)

    def _to_texts(self) -> Iterator[Step]:
        """A column that comes from a parent becomes what that one does."""
        wholes: dict[Ref, list[Ref]] = {}
        for ref in sorted(self.transition.through_text, key=key):
            wholes.setdefault(self._top(ref), []).append(ref)
        for whole, refs in wholes.items():
            name, fact = quoted(whole.name), self.current.nodes[whole].fact
            kind = type_of_texts(fact.type if isinstance(fact, Column) else "")
            alter = f"ALTER TABLE {table_of(whole)} ALTER COLUMN {name} TYPE"
            is_foreign = isinstance(fact, Column) and column_options(fact).is_foreign
            using = "" if is_foreign else f" USING {name}::{kind}"
            users = (user for ref in refs for user in self.current.dependents.get(ref, ()))
            yield Step(
                verb="edit",
                ref=whole,
                statements=(f"{alter} {kind}{using}",),
                gives=frozenset(map(as_text, refs)),
                needs=frozenset(gone(user) for user in users if user in self.transition.removed),
            )

    def _top(self, ref: Ref) -> Ref:
        above = self.current.from_parent(ref)
        return self._top(above) if above in self.transition.through_text else ref

    def _without_rules(self, ref: Ref) -> Step:
        fact = self.current.nodes[ref].fact
        return Step(
            verb="edit",
            ref=ref,
            statements=tuple(types.alter_domain(fact, _unruled(fact), ("checks",)) or ()),
            gives=frozenset((unruled(ref),)),
        )

    def _toast(self, ref: Ref, *, is_told: bool) -> Step | None:
        """The parameters of TOAST come behind the columns that it is for. `is_told`: no other step
        tells the change of the table."""
        sides = self.current.nodes[ref].fact, self.desired.nodes[ref].fact
        statements = tuple(tables.toast_changes(*sides)) if ref.kind == "table" else ()
        if not statements:
            return None
        columns = [one.ref for one in self.desired.schema.unit(ref.unit).columns.values()]
        return Step(
            verb="edit",
            ref=ref,
            statements=statements,
            gives=frozenset(),
            needs=frozenset(there(one) for one in (ref, *columns)),
            changes=self.changes_of([ref], "alter") if is_told else (),
        )

    def _linked(self, table: Ref) -> Iterator[str]:
        """A logged table refers to no unlogged one, on the way neither."""
        is_unlogged = self.desired.nodes[table].fact.options.flag("unlogged")
        wholes = self.current.above_table(table)
        for rule, target in self._targets:
            if target in wholes and rule in self.transition.removed:
                yield gone(rule)
            if table not in (rule.table_ref, target) or rule.table_ref == target:
                continue
            if rule in self.transition.removed:
                yield gone(rule)
            elif is_unlogged and table == target:
                yield there(rule.table_ref)
            elif not is_unlogged and table != target:
                yield there(target)

    @cached_property
    def _targets(self) -> list[tuple[Ref, Ref]]:
        """The foreign keys that are there, and the table that each refers to."""
        keys = [node for ref, node in self.current.nodes.items() if ref.kind == "foreign key"]
        return [
            (node.ref, need.table_ref)
            for node in keys
            for need in node.needs
            if need.table and need.table_ref != node.ref.table_ref
        ]

    def _free_names(self, current: Object, desired: Object) -> Iterator[str]:
        """Yield the names that an identity gives up."""
        yield from self._new_names(desired, current)

    def _new_names(self, current: Object, desired: Object) -> Iterator[str]:
        before, after = map(column_options, (current, desired))
        is_called_so = sequences.sequence_said(before) == sequences.sequence_said(after)
        if after.identity and not (before.identity and is_called_so):
            yield from taken_names(desired.ref, desired)

    def _alter_statements(self, ref: Ref, current: Object, fields: set[str]) -> list[str]:
        desired = self.desired.nodes[ref].fact
        if ref.kind == "default":
            assert isinstance(desired, Column)
            return columns.set_default(desired)
        statements = list[str]()
        if fields - DRESS:
            beside = self.desired.schema.unit(ref.table_ref.unit).facts
            here = _unruled(current) if ref in self.transition.unruled else current
            here = without_taken_marks(here, beside)
            if changed := self._altered_above(ref):
                above = self.desired.above(ref)
                assert above
                here = _as_above(current, desired, self.desired.nodes[above].fact, fields=changed)
            if ref in self.transition.retyped and "type" not in self._altered_above(ref):
                assert isinstance(desired, Column) and isinstance(current, Column)
                statements += columns.retype(current, desired, value=self._by_names(ref))
            else:
                statements += kind_of(desired).alter(here, desired, fields) or []
            if "unlogged" in fields and isinstance(desired, Table):
                statements += self._sequences_as_they_shall_be(desired)
        return statements + (dressed(current, desired) if fields & DRESS else [])

    def _by_names(self, column: Ref) -> str:
        for holder in self.transition.read_by_names(column):
            return by_names(column, *(g.nodes[holder].fact for g in (self.current, self.desired)))
        return ""

    def _sequences_as_they_shall_be(self, table: Table) -> list[str]:
        """The sequences that a table owns are logged or not as the table becomes."""
        is_unlogged, made = table.options.flag("unlogged"), list[str]()
        for fact in self.desired.schema.objects.values():
            if not isinstance(fact.options, SequenceOptions):
                continue
            was = self.current.schema.objects.get(fact.ref, fact)
            names = {one.options.word("owned_by") for one in (was, fact)}
            owners = [self.current.called(name) for name in names]
            is_its_own = any(owner and owner.table_ref == table.ref for owner in owners)
            if is_its_own and fact.options.unlogged != is_unlogged:
                logged = "LOGGED" if is_unlogged else "UNLOGGED"
                made.append(f"ALTER SEQUENCE {spelled(fact)} SET {logged}")
        return made

    def _altered_above(self, ref: Ref) -> set[str]:
        above = self.desired.above(ref)
        if above is None or parent_of(ref.table_ref) in self.transition.made:
            return set()
        return self.transition.altered.get(above, set())


def _unruled(domain: Object) -> Object:
    return with_values(domain, {"checks": (), "default": ""})


def _as_above(
    current: Object, desired: Object, above: Object, *, fields: Collection[str]
) -> Object:
    """What the change of the parent's column has done to this one. From 18 on a NOT NULL that is
    its own as well, as that of a key, stays when that of the parent goes; before, it goes."""
    assert isinstance(current, Column) and isinstance(desired, Column) and isinstance(above, Column)
    if {"type", "collation"} & set(fields):
        current = columns.as_retyped(current)
    values = {name: getattr(desired, name) for name in ("type", "collation") if name in fields}
    if "not_null" in fields and desired.not_null:
        values["not_null"] = above.not_null
    own, whole = column_options(current), column_options(above)
    if "not_null_name" in fields:
        values["not_null_name"] = above.not_null_name
        own = replace(own, not_null_called=whole.not_null_called)
    if "not_null_state" in fields and not whole.not_null_state.startswith("NO INHERIT"):
        own = replace(own, not_null_state=whole.not_null_state)
    return replace(current, options=own, **values)
