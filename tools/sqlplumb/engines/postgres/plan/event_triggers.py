"""An event trigger fires at each step of a plan: what its function reads must be there, as the
function knows it. One goes first and comes last; one that stays rests meanwhile.

Must never order anything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlplumb.engines.postgres.options import FunctionOptions
from sqlplumb.engines.postgres.plan.graph import Graph, names_in, needs_of
from sqlplumb.engines.postgres.plan.statements.defined import enabled, options_of
from sqlplumb.engines.postgres.plan.states import key
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Object, Ref
from sqlplumb.steps import Step

_KIND = "event trigger"


def around(transition: Transition, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps with those of event triggers at the ends."""
    own = [step for step in steps if step.ref.kind == _KIND]
    rest = [step for step in steps if step.ref.kind != _KIND]
    first = [step for step in own if step.verb == "drop" or _goes_to_rest(transition, step.ref)]
    last = [step for step in own if step not in first]
    for fact in _disturbed(transition) if rest else ():
        if not _goes_to_rest(transition, fact.ref):
            first.append(_step(fact, "DISABLE"))
        if "attributes" not in transition.altered.get(fact.ref, ()):
            last.append(_step(fact, _state(fact)))
    return (*first, *rest, *last)


def _goes_to_rest(transition: Transition, trigger: Ref) -> bool:
    fields = transition.altered.get(trigger, ())
    return "attributes" in fields and _rests(transition.desired, trigger)


def _step(fact: Object, state: str) -> Step:
    return Step(
        verb="edit",
        ref=fact.ref,
        statements=tuple(enabled(fact, state)),
        gives=frozenset((f"{key(fact.ref)} is {state or 'enabled'}",)),
    )


def _state(fact: Object) -> str:
    return dict(options_of(fact).attributes).get("enabled", "")


def _rests(graph: Graph, trigger: Ref) -> bool:
    return trigger in graph.nodes and _state(graph.nodes[trigger].fact) == "DISABLE"


def _disturbed(transition: Transition) -> Iterator[Object]:
    """Yield the event triggers that stay and fire, of which what they call or read changes."""
    changed = _changed_names(transition)
    for ref, node in transition.current.nodes.items():
        if ref.kind != _KIND or ref in transition.removed or _rests(transition.current, ref):
            continue
        if ref in transition.desired.nodes and changed & set(_read(transition, ref)):
            yield node.fact


def _changed_names(transition: Transition) -> frozenset[str]:
    refs = (*transition.removed, *transition.made, *transition.altered)
    return frozenset((r.table or r.name).partition("(")[0] for r in refs if r.kind != _KIND)


def _read(transition: Transition, trigger: Ref) -> Iterator[str]:
    """Yield the names that an event trigger calls, and those in what it calls."""
    for graph in (transition.current, transition.desired):
        yield from _read_of(graph, needs_of(graph.nodes[trigger].fact))


def _read_of(graph: Graph, refs: Collection[Ref]) -> Iterator[str]:
    for ref in refs:
        fact = graph.nodes[ref].fact if ref in graph.nodes else None
        if fact and isinstance(fact.options, FunctionOptions):
            yield ref.name.partition("(")[0]
            yield from names_in(fact.options.definition)
