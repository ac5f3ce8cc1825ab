"""Prove a revision wherever it may run: on what it needs, and where its branches have run as well.

Two branches that hold by themselves may not hold together, as where both make one table anew. What
the end of the history must be is known here. How one proof is run, `prove` knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.proof import Changed, Proof, prove_revision
from sqlplumb.sources.env_run import EnvRun
from sqlplumb.sources.open_replays import OpenReplay, replays_before
from sqlplumb.sources.positions import (
    Position,
    has_an_end,
    heads_of,
    last_of,
    positions_beside,
)
from sqlplumb.sources.scripts import down_revisions, needed_revisions
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

_MOVED_ON = ("schema.sql: it has changed since; `sqlplumb revise -m MESSAGE` is the next revision",)


class BranchProofs:
    """Proofs of one history, which ends with `schema`, if it ends. One of its last revisions may be
    left out, in whose place another comes."""

    def __init__(
        self,
        scripts: ScriptDirectory,
        schema: Source,
        settings: Settings,
        *,
        env: EnvRun | None = None,
        without: str = "",
    ) -> None:
        self.scripts, self.schema, self.settings, self.env = scripts, schema, settings, env
        self._beside = positions_beside(scripts, without)
        self._heads = heads_of(scripts, without)
        self._has_an_end = has_an_end(scripts, settings, without)

    def prove(
        self, script: Script, plan: Plan | None = None, *, is_still_last: bool = True
    ) -> Proof:
        """Prove a revision, which may have been written from a plan. One that is no more the last
        that the schema asks for need not make it."""
        begin = partial(replays_before, self.settings, script, self.scripts, env=self.env)
        desired, uncompared = self._goal_of(script) if is_still_last else (None, _MOVED_ON)
        position = self._beside.get(script.revision, ())
        if not position:
            return proved(script, begin(), desired, uncompared=uncompared, plan=plan)
        alone = proved(script, begin(), None, uncompared=uncompared)
        there = proved(script, begin(at=position), desired, plan=plan, beside=True)
        return _both(alone, there, position)

    def _goal_of(self, script: Script) -> tuple[Source | None, tuple[str, ...]]:
        """Return the schema that the last revision must make, and what cannot be compared."""
        if script.revision not in last_of(self.scripts, self._heads):
            return None, ()
        if self._has_an_end:
            return self.schema, ()
        count = len(self._heads)
        return None, (f"schema.sql: the history has {count} heads, and ends nowhere",)


def proved(
    script: Script,
    scratch: OpenReplay,
    desired: Source | None,
    *,
    uncompared: tuple[str, ...] = (),
    plan: Plan | None = None,
    beside: bool = False,
) -> Proof:
    """Prove one revision, which may be a draft outside of the project, written from a plan; other
    branches may have run `beside` it."""
    proof = prove_revision(
        scratch,
        script.revision,
        bases=needed_revisions(script),
        parents=down_revisions(script),
        desired=desired,
        plan=plan,
        beside=beside,
    )
    return replace(proof, uncovered=(*proof.uncovered, *uncompared))


def _both(alone: Proof, there: Proof, position: Position) -> Proof:
    """Join two proofs of one revision: what fails or is lost in one of them, does or is."""
    have = f"{' and '.join(position)} {'has' if len(position) == 1 else 'have'}"
    known = {failure.message for failure in alone.failures}
    failures = (
        replace(failure, message=f"where {have} run as well: {failure.message}")
        for failure in there.failures
        if failure.message not in known
    )
    losses = _united(alone.losses, there.losses)
    returning = _united(alone.returning, there.returning)
    return replace(
        alone,
        tables=max(alone.tables, there.tables),
        rows=max(alone.rows, there.rows),
        failures=(*alone.failures, *failures),
        losses=losses,
        returning=tuple(loss for loss in returning if loss not in losses),
        changes=_changes(alone.changes, there.changes),
        uncovered=_united(alone.uncovered, there.uncovered),
        notes=_united(alone.notes, there.notes),
        one_way=alone.one_way or there.one_way,
    )


def _united(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _changes(alone: Iterable[Changed], there: Iterable[Changed]) -> tuple[Changed, ...]:
    """Count what was changed where more rows were; it is restored where both restored it."""
    joined: Mapping[tuple[str, str], Changed] = {}
    for change in (*alone, *there):
        key = (change.table, change.column)
        known = joined.get(key, change)
        most = max(known, change, key=lambda each: (each.rows, each.given))
        joined = {**joined, key: replace(most, restored=known.restored and change.restored)}
    return tuple(joined.values())
