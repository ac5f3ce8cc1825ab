"""The second layer of a plan: steps on tables that exist, written so that nobody waits for long.

An index is built concurrently, a rule is added first and proved later, in another transaction, by
a lock that lets readers and writers pass. A table that the same plan makes needs none of it. Must
never change what a step is for: where the parts of a step would need each other in a circle, the
step stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlplumb.engines.postgres.names import quoted, table_of
from sqlplumb.engines.postgres.plan.graph import RULES
from sqlplumb.engines.postgres.plan.names import gone, key, rule_name
from sqlplumb.engines.postgres.plan.rules import index_name, rule_definition, rule_options
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Object, Ref
from sqlplumb.steps import Step

_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)")
_KEY = re.compile(
    r"(?:PRIMARY KEY|UNIQUE)( NULLS NOT DISTINCT)? (\(.*?\))( INCLUDE \(.*?\))?( .*)?\Z"
)
IN_PARTS = frozenset(("index", "check", "foreign key", "primary key", "unique", "column"))
_NOT_NULL = " SET NOT NULL"
_ASIDE = "_plumb_"


@dataclass(eq=False)
class Online:
    transition: Transition
    plain: Collection[Ref]

    def steps(self, steps: Iterable[Step]) -> Iterator[Step]:
        late = list[Step]()
        steps = tuple(steps)
        self._replaced = self._replaced_indexes(steps)
        for step in steps:
            made = [step] if step.ref in self.plain else list(self._online(step))
            yield from (one for one in made if not _proves(one))
            late += (one for one in made if _proves(one))
        yield from late  # so that one transaction may hold all that comes before

    def _online(self, step: Step) -> Iterator[Step]:
        if not self._is_in_use(step.ref):
            yield step
        elif step.verb == "create" and step.ref.kind == "index":
            yield from self._create_index(step)
        elif step.verb == "drop" and step.ref.kind == "index":
            yield from self._drop_index(step)
        elif step.verb == "create" and step.ref.kind in ("check", "foreign key"):
            yield from self._add_and_prove(step)
        elif step.verb == "create" and step.ref.kind in ("primary key", "unique"):
            yield from self._add_by_index(step)
        elif step.verb == "drop" and step.ref.kind in ("primary key", "unique"):
            yield self._drop_key(step)
        elif step.ref.kind == "column" and any(one.endswith(_NOT_NULL) for one in step.statements):
            yield from self._prove_not_null(step)
        else:
            yield step

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

    def _is_partitioned(self, ref: Ref) -> bool:
        graphs = self.transition.current, self.transition.desired
        return any(graph.is_partitioned(ref.table_ref) for graph in graphs)

    def _create_index(self, step: Step) -> Iterator[Step]:
        if self._is_partitioned(step.ref):
            yield step
            return
        first, *rest = step.statements
        built = f"{key(step.ref)} is built"
        concurrently = _INDEX.sub(lambda m: f"{m.group()}CONCURRENTLY ", first, count=1)
        needs = step.needs
        if step.ref in self._replaced:
            needs = needs - {gone(step.ref)}
        yield replace(
            step,
            statements=(concurrently,),
            needs=needs,
            gives=step.gives | {built},
            transactional=False,
        )
        if rest:
            yield Step(verb="edit", ref=step.ref, statements=tuple(rest), needs=frozenset((built,)))

    def _drop_index(self, step: Step) -> Iterator[Step]:
        """An index that another one replaces stays until that is built."""
        fact = self.transition.current.nodes[step.ref].fact
        if self._is_partitioned(step.ref) or fact.options.word("parent"):
            yield step
            return
        if step.ref not in self._replaced:
            yield replace(step, statements=(_dropped(index_name(fact)),), transactional=False)
            return
        aside = quoted(_ASIDE + step.ref.name)
        free = {state for state in step.gives if state != gone(step.ref)}
        rename = f"ALTER INDEX {index_name(fact)} RENAME TO {aside}"
        yield replace(step, verb="rename", statements=(rename,), gives=frozenset(free), changes=())
        name = f"{table_of(step.ref).rpartition('.')[0]}.{aside}"
        yield replace(
            step,
            statements=(_dropped(name),),
            gives=frozenset((gone(step.ref),)),
            needs=step.needs | {f"{key(step.ref)} is built"},
            transactional=False,
        )

    def _replaced_indexes(self, steps: Iterable[Step]) -> set[Ref]:
        """Return the indexes that are made anew for their own sake: nothing waits for their end."""
        steps = tuple(steps)
        kinds = {(step.verb, step.ref) for step in steps if step.ref.kind == "index"}
        anew = {ref for verb, ref in kinds if verb == "drop" and ("create", ref) in kinds}
        waited_for = {need for step in steps if step.ref not in anew for need in step.needs}
        return {ref for ref in anew if gone(ref) not in waited_for and self._is_other(ref)}

    def _is_other(self, ref: Ref) -> bool:
        """One that comes again as it was is in the way of something until then."""
        graphs = self.transition.current, self.transition.desired
        words = [graph.nodes[ref].fact.options.word("definition") for graph in graphs]
        return words[0] != words[1]

    def _add_and_prove(self, step: Step) -> Iterator[Step]:
        fact = self.transition.desired.nodes[step.ref].fact
        is_new = rule_options(fact).not_valid or rule_options(fact).parent
        if is_new or (step.ref.kind == "foreign key" and self._is_partitioned(step.ref)):
            yield step
            return
        first, *rest = step.statements
        if "NOT ENFORCED" in first:
            yield step
            return
        yield replace(step, statements=(f"{first} NOT VALID", *rest))
        yield self._proof(step, fact)

    def _proof(self, step: Step, fact: Object) -> Step:
        prove = f"ALTER TABLE {table_of(step.ref)} VALIDATE CONSTRAINT {rule_name(fact)}"
        return Step(
            verb="edit",
            ref=step.ref,
            statements=(prove,),
            needs=step.gives,
            transactional=False,
        )

    def _add_by_index(self, step: Step) -> Iterator[Step]:
        fact = self.transition.desired.nodes[step.ref].fact
        options = rule_options(fact)
        parts = _KEY.match(options.definition)
        if self._is_partitioned(step.ref) or not parts or "WITHOUT OVERLAPS" in options.definition:
            yield step
            return
        nulls, columns, include, timing = (parts[place] or "" for place in range(1, 5))
        name, built = quoted(_ASIDE + index_name(fact).rpartition(".")[2].strip('"')), _built(fact)
        build = (
            f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table_of(step.ref)}"
            f" {columns}{include}{nulls}"
        )
        early = {need for need in step.needs if not need.endswith((" is gone", " is free"))}
        yield Step(
            verb="edit",
            ref=step.ref,
            statements=(build,),
            gives=frozenset((built,)),
            needs=frozenset(early),
            transactional=False,
        )
        kind = "PRIMARY KEY" if step.ref.kind == "primary key" else "UNIQUE"
        add = (
            f"ALTER TABLE {table_of(step.ref)} ADD CONSTRAINT {rule_name(fact)} {kind}"
            f" USING INDEX {name}{timing}"
        )
        yield replace(step, statements=(add, *step.statements[1:]), needs=step.needs | {built})

    def _drop_key(self, step: Step) -> Step:
        """A key that is replaced goes when the index of the new one is built."""
        desired = self.transition.desired.nodes.get(step.ref)
        if desired is None or step.ref not in self.transition.made:
            return step
        return replace(step, needs=step.needs | {_built(desired.fact)})

    def _prove_not_null(self, step: Step) -> Iterator[Step]:
        place = next(at for at, one in enumerate(step.statements) if one.endswith(_NOT_NULL))
        before, after = step.statements[:place], step.statements[place:]
        table, name = table_of(step.ref), quoted(step.ref.name)
        rule = quoted(f"{_ASIDE}{step.ref.name}_not_null")
        added, proved = (f"NOT NULL of {key(step.ref)} is {word}" for word in ("added", "proved"))
        add = f"ALTER TABLE {table} ADD CONSTRAINT {rule} CHECK ({name} IS NOT NULL) NOT VALID"
        prove = f"ALTER TABLE {table} VALIDATE CONSTRAINT {rule}"
        yield replace(
            step, statements=(*before, add), gives=frozenset((added,)), changes=(), losses=()
        )
        yield Step(
            verb="edit",
            ref=step.ref,
            statements=(prove,),
            gives=frozenset((proved,)),
            needs=frozenset((added,)),
            transactional=False,
        )
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {rule}"
        rest = (after[0], drop, *after[1:])
        yield replace(step, statements=rest, needs=step.needs | {proved})


def _proves(step: Step) -> bool:
    return not step.gives and not step.transactional


def _dropped(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY {name}"


def _built(fact: Object) -> str:
    return f"the index of {key(fact.ref)} {rule_definition(fact)} is built"
