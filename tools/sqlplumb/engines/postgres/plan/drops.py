"""The steps that drop: what goes with its table has no statement of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.engines.postgres.names import spelled
from sqlplumb.engines.postgres.plan import links, rebuild
from sqlplumb.engines.postgres.plan.builder import Builder
from sqlplumb.engines.postgres.plan.graph import OF_THE_TYPE, parent_of
from sqlplumb.engines.postgres.plan.losses import losses_of
from sqlplumb.engines.postgres.plan.statements import columns, rules, sequences, types
from sqlplumb.engines.postgres.plan.statements.kinds import kind_of
from sqlplumb.engines.postgres.plan.statements.names import ROUTINES, RULES
from sqlplumb.engines.postgres.plan.states import (
    as_text,
    aside,
    copied,
    gone,
    taken_names,
    there,
    unruled,
)
from sqlplumb.schema import Column, Ref
from sqlplumb.steps import Step


class Drops(Builder):
    def steps(self) -> Iterator[Step]:
        groups: dict[Ref, list[Ref]] = {}
        for ref in self.current.nodes:
            if ref in self.transition.removed:
                groups.setdefault(self._goes_with(ref), []).append(ref)
        for ref, group in groups.items():
            yield self._drop(ref, [ref, *(part for part in group if part != ref)])

    def _goes_with(self, ref: Ref) -> Ref:
        """Return the node whose drop takes this one along, or itself."""
        for owner in self._owners(ref):
            if owner in self.transition.removed:
                return self._goes_with(owner)
        return ref

    def _owners(self, ref: Ref) -> Iterator[Ref]:
        node = self.current.nodes[ref]
        if ref.kind.startswith("attachment"):
            link = parent_of(ref.table_ref)
            if node.fact.ref in self.loose.on_its_own and self.transition.goes_along(ref.table_ref):
                yield node.fact.ref
            yield from (link, *(need for need in node.needs if need != link))
        if ref.kind in ROUTINES:
            yield from (need for need in node.needs if ref in self.current.own_routines(need))
        if ref in self.loose.on_its_own:
            yield from self._wholes(ref)
            return
        if ref.kind == "ownership":
            return
        if ref.kind == "table":
            yield from self._rebuilt_wholes(ref)
        if ref.kind in ("default", "typing"):
            yield node.fact.ref
        elif ref.kind == "parent":  # what steps aside is nobody's part any more
            yield from {node.fact.ref} - self.transition.rebuilt
        else:
            yield from self._wholes(ref)
        if ref.table or ref.kind in RULES:
            yield from (
                needed for needed in node.needs if needed.name == ref.table and not needed.table
            )

    def _wholes(self, ref: Ref) -> Iterator[Ref]:
        """Yield that of a parent which takes this one along, while its table is a part of it."""
        table = ref.table_ref
        if parent_of(table) in self.transition.removed and not self.transition.goes_along(table):
            return
        above = self.current.from_parent(ref)
        whole = self.current.called(self.current.nodes[ref].fact.options.word("parent"))
        is_attached = not ref.kind.startswith("attachment")
        yield from (owner for owner in (above, whole if is_attached else None) if owner)

    def _rebuilt_wholes(self, table: Ref) -> Iterator[Ref]:
        """A partition that is no more steps aside with the table whose rows it holds."""
        if self.transition.goes_along(table):
            parents = self.current.parents(table)
            yield from (parent for parent in parents if self.transition.copied_from(parent))

    def _drop(self, ref: Ref, group: list[Ref]) -> Step:
        inside = frozenset(group)
        needs, taken = set[str](), set[Ref]()
        is_kept = ref in self.transition.rebuilt
        needs |= set(self.fills_reading(group)) if not is_kept else set()
        for part in group:
            if part.kind != "foreign key" and not inside & {part.table_ref}:
                needs |= set(self.links_gone(part))
            above = self.current.above(part)
            if above in self.transition.removed and above not in inside:
                needs.add(gone(above))  # what is inherited as well goes behind it
            if part == ref and part.kind == "parent":
                needs |= set(links.would_stay(self.transition, part))
            for user in self.current.dependents.get(part, ()):
                waits = set() if user in inside else {*self._waits_for(user, part)}
                needs |= waits
                taken |= {part} if waits else set()
        step = Step(
            verb="drop",
            ref=ref,
            statements=tuple(self._drop_statements(ref, group)),
            gives=frozenset(
                state
                for part in group
                for state in (gone(part), *taken_names(part, self.current.nodes[part].fact))
            ),
            needs=frozenset(needs),
            changes=self.changes_of(group, "drop"),
            losses=tuple(losses_of(self.changes_of(group, "drop"))) if not is_kept else (),
        )
        self.loose.taken[step.verb, step.ref] = {
            part
            for part in group
            if part != ref
            and part.kind not in ("column", "table", *ROUTINES, *(("parent",) if is_kept else ()))
            and not part.kind.startswith("attachment")
        }
        return self._set_aside(step) if ref in self.transition.aside else step

    def _waits_for(self, user: Ref, needed: Ref) -> Iterator[str]:
        """Yield when what needs something that goes can do without it."""
        if needed in self.calls_what_goes(user):
            yield aside(user)
        elif user in self.transition.removed:
            yield from (gone(user), *self._copied(user, needed))
        elif user in self.transition.through_text:
            yield as_text(user)
        elif user in self.transition.unruled:
            yield unruled(user)
        elif user in self.transition.altered:
            yield there(user)

    def _copied(self, user: Ref, needed: Ref) -> Iterator[str]:
        """The type of a column stays until no row has to be copied any more."""
        if user.kind != "column" or needed.kind not in OF_THE_TYPE - {"table", "schema"}:
            return
        whole = self.transition.copied_from(user.table_ref)
        if whole and needed not in self.transition.without_aside:
            yield copied(whole)

    def _drop_statements(self, ref: Ref, group: list[Ref]) -> list[str]:
        fact = self.current.nodes[ref].fact
        if ref in self.transition.rebuilt:
            return rebuild.put_aside(self.transition, fact, group)
        if ref.kind == "default":
            assert isinstance(fact, Column)
            return columns.drop_default(fact)
        if ref.kind == "ownership":
            return sequences.disown_sequence(fact)
        if ref.kind == "parent":
            return links.detach(self.transition, fact)
        if ref.kind == "typing":
            return [f"ALTER TABLE {spelled(fact)} NOT OF"]
        if ref.kind.startswith("attachment"):
            return []
        dropped = kind_of(fact).drop(fact)
        if ref.kind == "index" and any(part.kind in RULES for part in group):
            # The key of a partition cannot go before the plain index that it is attached to, nor
            # that without it. Whoever refers to the key is gone by now.
            return [f"{statement} CASCADE" for statement in dropped]
        if self.current.own_routines(ref):
            return [f"{statement} CASCADE" for statement in dropped]
        if not (
            fact.options.flag("is_replica_identity") and links.stays(self.transition, ref.table_ref)
        ):
            return dropped
        beside = self.desired.schema.unit(ref.table_ref.unit).facts
        return [*dropped, *rules.forgotten_identity(fact, beside)]

    def _set_aside(self, step: Step) -> Step:
        """A type whose values are still stored gives up its name, and goes at the end."""
        fact = self.current.nodes[step.ref].fact
        return replace(
            step,
            statements=tuple(types.drop_aside(fact, self.transition.names_in(fact.ref.namespace))),
            gives=frozenset((gone(step.ref),)),
            needs=step.needs | {there(user) for user in self._retyped_by(step.ref)},
        )

    def _retyped_by(self, ref: Ref) -> list[Ref]:
        users = self.current.dependents.get(ref, ())
        return [user for user in users if user in self.transition.retyped]
