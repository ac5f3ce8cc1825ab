"""The steps of a transition, as they go where none needs another: drops, then what comes.

What must stand in an order says so in its needs: the ranks of kinds only let a script read well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlplumb.changes import Change
from sqlplumb.engines.postgres.plan import rebuild
from sqlplumb.engines.postgres.plan.alters import Alters
from sqlplumb.engines.postgres.plan.builder import Loose
from sqlplumb.engines.postgres.plan.creates import Creates
from sqlplumb.engines.postgres.plan.drops import Drops
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.steps import Step

_KINDS = (
    *("schema", "extension", "language", "collation", "enum", "composite type", "domain"),
    *("range type", "base type", "cast", "sequence", "function", "procedure", "aggregate"),
    *("foreign data wrapper", "server", "table", "column", "default", "ownership", "parent"),
    *("primary key", "unique", "exclusion", "check", "foreign key", "index", "view"),
    *("materialized view", "rule", "trigger", "policy"),
)
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


def steps_of(transition: Transition, changes: Collection[Change], loose: Loose) -> Iterator[Step]:
    by_ref = {change.ref: change for change in changes}
    loose.folded, loose.taken, loose.softly = {}, {}, {}
    yield from _ranked(Drops(transition, by_ref, loose).steps(), reverse=True)
    made = [
        *Creates(transition, by_ref, loose).steps(),
        *Alters(transition, by_ref, loose).steps(),
        *rebuild.steps(transition),
    ]
    yield from _ranked(made)


def _ranked(steps: Iterable[Step], reverse: bool = False) -> list[Step]:
    return sorted(steps, key=lambda s: _RANKS.get(s.ref.kind, len(_RANKS)), reverse=reverse)
