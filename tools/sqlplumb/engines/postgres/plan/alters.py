"""The steps that alter an object where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.engines.postgres.names import quoted, spelled, table_of
from sqlplumb.engines.postgres.options import EnumOptions, SequenceOptions
from sqlplumb.engines.postgres.plan import others, tables
from sqlplumb.engines.postgres.plan.builder import Builder, as_text, taken_names, unruled
from sqlplumb.engines.postgres.plan.dressing import dressed
from sqlplumb.engines.postgres.plan.graph import parent_of
from sqlplumb.engines.postgres.plan.holding import by_names
from sqlplumb.engines.postgres.plan.kinds import kind_of
from sqlplumb.engines.postgres.plan.losses import losses_of
from sqlplumb.engines.postgres.plan.names import gone, key, there
from sqlplumb.engines.postgres.plan.row_checks import row_checks_of
from sqlplumb.engines.postgres.plan.transition import DRESS
from sqlplumb.schema import Column, Object, Ref, Table, with_values
from sqlplumb.steps import Step


class Alters(Builder):
    def steps(self) -> Iterator[Step]:
        yield from self._to_texts()
        for ref in sorted(self.transition.unruled, key=key):
            yield self._without_rules(ref)
        for ref, fields in self.transition.altered.items():
            node = self.desired.nodes[ref]
            current = self.current.nodes[ref].fact
            statements = self._alter_statements(ref, current, fields)
            if not statements:
                continue
            needs = {there(need) for need in node.needs if need != ref}
            users = self.current.dependents.get(ref, ())
            needs |= {gone(user) for user in users if user in self.transition.removed}
            needs |= set(self._new_names(current, node.fact))
            needs |= {*self.called_by_fill(ref), *self.fills_reading([ref])}
            needs |= set(self._waits_for(ref))
            above = self.desired.from_parent(ref)
            needs |= {there(above)} if above in self.transition.altered else set()
            changes = self.changes_of([ref], "alter")
            yield Step(
                verb="alter",
                ref=ref,
                statements=tuple(statements),
                gives=frozenset(
                    (there(ref), *self._free_names(current, node.fact), *self.filled_in([ref]))
                ),
                needs=frozenset((*needs, *self.links_gone(ref))),
                changes=changes,
                losses=tuple(losses_of(changes)),
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
            kind = tables.as_text(fact.type if isinstance(fact, Column) else "")
            alter = f"ALTER TABLE {table_of(whole)} ALTER COLUMN {name} TYPE"
            users = (user for ref in refs for user in self.current.dependents.get(ref, ()))
            yield Step(
                verb="edit",
                ref=whole,
                statements=(f"{alter} {kind} USING {name}::{kind}",),
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
            statements=tuple(others.alter_domain(fact, _unruled(fact), ("checks",)) or ()),
            gives=frozenset((unruled(ref),)),
        )

    def _free_names(self, current: Object, desired: Object) -> Iterator[str]:
        """The names that an identity gives up."""
        yield from self._new_names(desired, current)

    def _new_names(self, current: Object, desired: Object) -> Iterator[str]:
        identities = [tables.column_options(fact).identity for fact in (current, desired)]
        if identities[1] and not identities[0]:
            yield from taken_names(desired.ref, desired)

    def _alter_statements(self, ref: Ref, current: Object, fields: set[str]) -> list[str]:
        desired = self.desired.nodes[ref].fact
        if ref.kind == "default":
            assert isinstance(desired, Column)
            return tables.set_default(desired)
        statements = list[str]()
        if fields - DRESS:
            here = _unruled(current) if ref in self.transition.unruled else current
            if above := self._altered_above(ref):
                here = _as_above(current, desired, above)
            if ref in self.transition.retyped and "type" not in self._altered_above(ref):
                assert isinstance(desired, Column) and isinstance(current, Column)
                statements += tables.retype(current, desired, value=self._by_names(ref))
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
        above = self.desired.from_parent(ref)
        if above is None or parent_of(ref.table_ref) in self.transition.made:
            return set()
        return self.transition.altered.get(above, set())


def _unruled(domain: Object) -> Object:
    return with_values(domain, {"checks": (), "default": ""})


def _as_above(current: Object, desired: Object, fields: set[str]) -> Object:
    """What the change of the parent's column has done to this one. From 18 on a NOT NULL that is
    its own as well, as that of a key, stays behind."""
    assert isinstance(current, Column) and isinstance(desired, Column)
    names = ("type", "collation", *(["not_null"] if desired.not_null else []))
    return replace(current, **{name: getattr(desired, name) for name in names if name in fields})
