"""The second layer of a plan: steps on tables that exist, written so that nobody waits for long.

An index is built concurrently, a rule is added first and proved later, in another transaction, by
a lock that lets readers and writers pass. What is done in several transactions is one step whose
statements may run twice, in case one of them fails; what replaces something takes its place in one
statement. A table that the same plan makes needs none of it. Must never change what a step is for:
where steps would need each other in a circle, they stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlplumb.engines.moves import ASIDE
from sqlplumb.engines.postgres.names import PUBLIC, qualified, quoted, table_of
from sqlplumb.engines.postgres.plan.not_null import (
    frees_from_not_null,
    looks_at_rows,
    proved_not_null,
)
from sqlplumb.engines.postgres.plan.partitions import attached, has_free_parts, proved_by_parts
from sqlplumb.engines.postgres.plan.statements.names import RULES, rule_name
from sqlplumb.engines.postgres.plan.statements.rules import (
    add_and_prove,
    index_name,
    rule_definition,
    rule_options,
)
from sqlplumb.engines.postgres.plan.states import gone, key
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Object, Ref
from sqlplumb.steps import Step

_INDEX = re.compile(r'CREATE (UNIQUE )?INDEX ("(?:[^"]|"")+"|[^\s"]+) ON ')
_KEY = re.compile(
    r"(?:PRIMARY KEY|UNIQUE)( NULLS NOT DISTINCT)? (\(.*?\))( INCLUDE \(.*?\))?( .*)?\Z"
)
_KEYS = frozenset(("primary key", "unique"))
_PROVED = frozenset(("check", "foreign key"))
IN_PARTS = frozenset(("index", "column", "table", "parent", *_PROVED, *_KEYS))


@dataclass(eq=False)
class Online:
    transition: Transition
    plain: Collection[Ref]

    def steps(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Yield what runs in no transaction last, so that one holds all that comes before."""
        steps = tuple(map(self._undisturbed, steps))
        self._drops = self._replaced(steps)
        made = [one for step in steps for one in self._online(step)]
        yield from (one for one in made if one.transactional)
        yield from (one for one in made if not one.transactional)

    def _online(self, step: Step) -> Iterator[Step]:
        if step.verb == "create" and step.ref.kind in ("table", "parent"):
            yield from attached(self.transition, step, plain=self.plain)
        elif not self._is_online(step):
            yield step
        elif step.verb == "drop":
            if self._drops.get(step.ref) is not step:
                yield self._drop(step)
        elif step.ref.kind == "column":
            yield from proved_not_null(self.transition, step)
        elif step.ref.kind == "index":
            yield self._create_index(step)
        elif step.ref.kind in _KEYS:
            yield from self._add_by_index(step)
        elif step.ref.kind == "foreign key" and self._is_partitioned(step.ref):
            yield from proved_by_parts(self.transition, step)
        else:
            yield self._add_and_prove(step)

    def _is_online(self, step: Step) -> bool:
        ref = step.ref
        if ref in self.plain or not self._is_in_use(ref):
            return False
        if ref.kind == "column":
            return any(map(looks_at_rows, step.statements)) or frees_from_not_null(step)
        if step.verb == "create":
            return ref.kind in IN_PARTS and self._has_a_way(ref)
        return step.verb == "drop" and ref.kind in IN_PARTS and self._can_go(ref)

    def _is_in_use(self, ref: Ref) -> bool:
        """Is its table there before the plan, and after it, with the same rows?"""
        if not (ref.table or ref.kind in RULES):
            return False
        for kind in ("table", "materialized view"):
            table = Ref(kind, "", ref.table, namespace=ref.namespace)
            current, desired = self.transition.current, self.transition.desired
            if table in current.nodes and table in desired.nodes:
                is_plain = not current.nodes[table].fact.options.word("server")
                return is_plain and table not in self.transition.removed
        return False

    def _has_a_way(self, ref: Ref) -> bool:
        """Can it be made beside readers and writers?"""
        fact, is_partitioned = self.transition.desired.nodes[ref].fact, self._is_partitioned(ref)
        if ref.kind == "index":
            return not is_partitioned
        options = rule_options(fact)
        if ref.kind in _KEYS:
            is_known = (
                _KEY.match(options.definition) and "WITHOUT OVERLAPS" not in options.definition
            )
            return bool(is_known) and not is_partitioned
        is_new = options.not_valid or options.parent or "NOT ENFORCED" in options.definition
        if is_new or ref.kind == "check" or not is_partitioned:
            return not is_new
        return ref not in self.transition.removed and has_free_parts(self.transition, ref)

    def _can_go(self, ref: Ref) -> bool:
        fact = self.transition.current.nodes[ref].fact
        if ref.kind == "index":
            return not (self._is_partitioned(ref) or fact.options.word("parent"))
        return not rule_options(fact).parent

    def _is_partitioned(self, ref: Ref) -> bool:
        graphs = self.transition.current, self.transition.desired
        return any(graph.is_partitioned(ref.table_ref) for graph in graphs)

    def _undisturbed(self, step: Step) -> Step:
        """A column that only becomes NOT NULL is in the way of nothing that it is part of."""
        fields = self.transition.altered.get(step.ref) if step.ref.kind == "column" else None
        if fields != {"not_null"} or frees_from_not_null(step):
            return step
        ends = {gone(ref) for ref in self.transition.removed if ref.table == step.ref.table}
        return replace(step, needs=step.needs - ends)

    def _replaced(self, steps: Iterable[Step]) -> dict[Ref, Step]:
        """Return the drops of what is made anew for its own sake: nothing else waits for its
        end, and what comes can take its place at once."""
        steps = tuple(steps)
        made = {step.ref for step in steps if step.verb == "create" and self._is_online(step)}
        drops = {step.ref: step for step in steps if step.verb == "drop" and step.ref in made}
        waited_for = {need for step in steps if step.ref not in drops for need in step.needs}
        return {
            ref: drop
            for ref, drop in drops.items()
            if self._is_online(drop) and gone(ref) not in waited_for and self._is_other(ref)
        }

    def _is_other(self, ref: Ref) -> bool:
        """One that comes again as it was is in the way of something until then."""
        graphs = self.transition.current, self.transition.desired
        words = [graph.nodes[ref].fact.options.word("definition") for graph in graphs]
        return words[0] != words[1]

    def _with_drop(self, step: Step) -> Step:
        """Let a step do the drop of what it replaces, too."""
        drop = self._drops.get(step.ref)
        if drop is None:
            return step
        return replace(
            step,
            statements=(*step.statements, *drop.statements[1:]),
            needs=(step.needs | drop.needs) - {gone(step.ref)},
            gives=step.gives | drop.gives,
            changes=tuple(dict.fromkeys((*drop.changes, *step.changes))),
            losses=tuple(dict.fromkeys((*drop.losses, *step.losses))),
        )

    def _drop(self, step: Step) -> Step:
        fact = self.transition.current.nodes[step.ref].fact
        if step.ref.kind == "index":
            statements = (_dropped(index_name(fact)), *step.statements[1:])
            return replace(step, statements=statements, transactional=False)
        needs = step.needs
        if step.ref.kind in _KEYS and step.ref in self.transition.made:
            needs |= {_built(self.transition.desired.nodes[step.ref].fact)}
        again = f"ALTER TABLE {table_of(step.ref)} DROP CONSTRAINT IF EXISTS {rule_name(fact)}"
        statements = (again, *step.statements[1:])
        return replace(step, statements=statements, needs=needs, repeatable=True)

    def _names_of(self, fact: Object) -> Iterable[str]:
        """The names by which a key may be there: a primary key has its own beside its address."""
        former = self._drops.get(fact.ref)
        before = self.transition.current.nodes[fact.ref].fact if former else fact
        return dict.fromkeys((rule_name(before), rule_name(fact)))

    def _create_index(self, step: Step) -> Step:
        """What it replaces stays until it is built; where a build has failed, its index is there
        and INVALID, and goes first."""
        step = self._with_drop(step)
        first, *rest = step.statements
        fact = self.transition.desired.nodes[step.ref].fact
        name, built = index_name(fact), quoted(step.ref.name)
        if step.ref in self._drops:
            built = quoted(ASIDE + step.ref.name)
        schema = quoted(step.ref.namespace or PUBLIC)
        build = _INDEX.sub(lambda m: f"CREATE {m[1] or ''}INDEX CONCURRENTLY {built} ON ", first, 1)
        statements = [_dropped(f"{schema}.{built}"), build]
        if step.ref in self._drops:
            statements += [
                _dropped(name),
                f"ALTER INDEX {schema}.{built} RENAME TO {quoted(step.ref.name)}",
            ]
        return replace(step, statements=(*statements, *rest), transactional=False)

    def _add_and_prove(self, step: Step) -> Step:
        fact = self.transition.desired.nodes[step.ref].fact
        proved = add_and_prove(table_of(step.ref), rule_name(fact), rule_definition(fact))
        statements = (*proved, *step.statements[1:])
        return replace(self._with_drop(step), statements=statements, transactional=False)

    def _add_by_index(self, step: Step) -> Iterator[Step]:
        fact = self.transition.desired.nodes[step.ref].fact
        parts = _KEY.match(rule_options(fact).definition)
        assert parts, "it was asked before"
        nulls, columns, include, timing = (parts[place] or "" for place in range(1, 5))
        own = getattr(fact, "name", "") or step.ref.name
        aside, built = quoted(ASIDE + own), _built(fact)
        table, name = table_of(step.ref), rule_name(fact)
        statements = (
            _dropped(qualified(ASIDE + own, step.ref.namespace)),
            f"CREATE UNIQUE INDEX CONCURRENTLY {aside} ON {table} {columns}{include}{nulls}",
        )
        kind = "PRIMARY KEY" if step.ref.kind == "primary key" else "UNIQUE"
        drop = "".join(f"DROP CONSTRAINT IF EXISTS {each}, " for each in self._names_of(fact))
        add = f"ALTER TABLE {table} {drop}ADD CONSTRAINT {name} {kind} USING INDEX {aside}{timing}"
        one = self._with_drop(step)
        if gone(step.ref) not in one.needs:
            rest = (add, *one.statements[1:])
            yield replace(one, statements=(*statements, *rest), transactional=False)
            return
        early = {need for need in step.needs if not need.endswith((" is gone", " is free"))}
        yield Step(
            verb="edit",
            ref=step.ref,
            statements=statements,
            gives=frozenset((built,)),
            needs=frozenset(early),
            transactional=False,
        )
        rest = (add.replace(drop, "", 1), *step.statements[1:])
        yield replace(step, statements=rest, needs=step.needs | {built})


def _dropped(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


def _built(fact: Object) -> str:
    return f"the index of {key(fact.ref)} {rule_definition(fact)} is built"
