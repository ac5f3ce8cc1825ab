"""The rows that a scratch gets: of the schema, for the hints of a plan, and for data steps.

Rows that a data step meets are asked for once it is known what ran. Without them a step that speaks
of values which no rule names is proved on rows that it passes over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlplumb.changes import Rename
from sqlplumb.proof.promised import as_planned
from sqlplumb.proof.rules import NewRules, renames_of
from sqlplumb.proof.run import Findings, Refusal, Run, state
from sqlplumb.proof.state import State
from sqlplumb.sources.history import OpenScratch
from sqlplumb.steps import DataStep, Fill, Look, Plan

_ROUNDS = 3  # what Python reads first decides which statements it runs


@dataclass(slots=True)
class Met:
    """`steps` are those for which rows are made; `without` are the tables in which they are not,
    because it does not take them, and why."""

    steps: list[DataStep] = field(default_factory=list)
    without: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    @property
    def wanted(self) -> list[DataStep]:
        return [step for step in self.steps if step.table not in self.without]

    def learn(self, climbed: Findings, version_table: str) -> bool:
        """Is there anything that no rows were made for?"""
        known = {*self.steps}
        new = [one for one in climbed.steps if one not in known and one.table != version_table]
        self.rounds += 1
        self.steps += new
        return bool(new) and self.rounds < _ROUNDS

    def give_up(self, refusal: Refusal, names: Collection[str]) -> bool:
        """Rows that it does not take are left out before all others of their tables are."""
        tables = {step.table for step in self.wanted}
        refused = tables if refusal.by_code else tables & {*names}
        said = "rows that its data steps meet"
        way = f"the way back with {said}" if refusal.down else said
        self.without |= {table: f"{way} in {table}: {refusal}" for table in sorted(refused)}
        return bool(refused)


@dataclass(frozen=True, slots=True)
class RowsToPut:
    """What decides which rows a scratch gets: the hints of a plan, the rules that are known to
    come, those whose rows are left out, which rows of which tables are `removed`, and the data
    steps that are to meet rows."""

    plan: Plan | None
    coming: NewRules | None
    left_out: Sequence[Look]
    removed: Mapping[str, str]
    met: Met

    @property
    def renames(self) -> Sequence[Rename]:
        if self.plan:
            return renames_of(self.plan)
        return self.coming.renames if self.coming else ()

    @property
    def fills(self) -> Sequence[Fill | DataStep]:
        return [*(self.plan.fills if self.plan else ()), *self.met.wanted]


def prepared(run: Run, rows: RowsToPut) -> tuple[list[str], State]:
    """And what no row was found for."""
    scratch, own = run.replay.scratch, run.own
    types = run.replay.types() if run.typed else {}
    filled = scratch.fill(
        left_alone={own, *run.left_alone},
        looks=rows.left_out,
        renames=rows.renames,
        fills=rows.fills,
        types=types,
    )
    for look in rows.left_out:
        scratch.remove(look.table, look.where, rows.renames)
    for table, where in rows.removed.items():
        scratch.remove(table, where)
    unfilled = [f"rows of {table}: {why}" for table, why in filled.unfilled.items()]
    unfilled += [
        f"the hint of {fill.ref}: no row was found that it would change"
        for fill in (rows.plan.fills if rows.plan else ())
        if not scratch.count(fill.table, fill.where or "1", rows.renames)
    ]
    unfilled += [f"`{words}`: no row was found that it meets" for words in filled.unmet]
    return [*dict.fromkeys(unfilled), *rows.met.without.values()], state(run)


def planned(open_scratch: OpenScratch, run: Run, rows: RowsToPut) -> State | None:
    assert rows.plan is not None
    with open_scratch() as replay:
        other = replace(run, replay=replay)
        prepared(other, rows)
        return as_planned(other, rows.plan)
