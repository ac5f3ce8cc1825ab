"""Cut a plan and its way back into links, each of which one revision can do, both ways.

What an engine cannot do in one transaction takes several revisions, one after the other. The way
back is cut as well: between two links stands a state of the schema that both ways go through. These
states are made on a scratch, by the statements themselves. Must never write a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.engines import DerivedSource, Scratch, Segment, Snapshot, Source, engine
from sqlplumb.engines.moves import ASIDE
from sqlplumb.errors import DatabaseFailed, Problem, Refused
from sqlplumb.schema import Object, Ref, Schema
from sqlplumb.sources.open_replays import OpenReplay
from sqlplumb.sources.replay import Replay
from sqlplumb.steps import Plan

_DEPTH = 4  # of cuts in cuts, before a way back is left whole


@dataclass(frozen=True, slots=True)
class Link:
    """What one revision does, and its way back."""

    plan: Plan
    back: Plan


def numbered(message: str, number: int, total: int) -> str:
    """Return the message of a revision, with its place where it is one of several."""
    return f"{message} ({number} of {total})".lstrip() if total > 1 else message


def links_of(plan: Plan, back: Plan, *, replays: OpenReplay) -> tuple[Link, ...]:
    """Return one link, or as many as the engine needs: they begin where a replay stands."""
    cut = engine(plan.desired.engine).segments
    if len(cut(plan.steps)) <= 1 and len(cut(back.steps)) <= 1:
        return (Link(plan, back),)
    with replays() as replay:
        path = _Path(replay=replay, plan=plan)
        return tuple(path.links(path.state(), Link(plan, back)))


class _HintedSource(DerivedSource):
    """A state with the hints of the schema that all links lead to. What has stepped aside since
    another state, which has these `refs`, had the name of what takes its place."""

    def __init__(self, source: Source, desired: Schema, refs: Collection[Ref] = ()) -> None:
        super().__init__(source)
        self.desired, self.refs = desired, refs
        hinted = {fact.ref.unit for fact in desired.objects.values() if fact.renamed_from}
        self.hinted = frozenset(hinted) & self.texts.keys()

    def read_units(self, units: Collection[str]) -> Iterator[Object]:
        for fact in self.source.read_units(units):
            yield replace(fact, renamed_from=self._former_name(fact.ref))

    def _former_name(self, ref: Ref) -> str:
        if fact := self.desired.objects.get(ref):
            return fact.renamed_from
        former = replace(ref, name=ref.name.removeprefix(ASIDE))
        taker = self.desired.objects.get(former)
        is_new = former != ref and former in self.refs and ref not in self.refs
        return former.name if is_new and taker and taker.renamed_from else ""


@dataclass(frozen=True, slots=True)
class _State:
    """A schema between two links: what it holds, and where it is kept."""

    source: Source
    snapshot: Snapshot
    refs: Collection[Ref]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    replay: Replay
    plan: Plan

    @property
    def scratch(self) -> Scratch:
        return self.replay.scratch

    def state(self) -> _State:
        source = self.replay.source()
        refs = source.read().objects.keys()  # now, for the scratch goes on
        return _State(source, self.scratch.snapshot(), refs)

    def run(self, start: _State, parts: Sequence[Segment]) -> list[_State]:
        """Return where it starts, and the state behind each of these, which run from there."""
        self.scratch.restore(start.snapshot)
        states = [start]
        for part in parts:
            for string in part.strings:
                self._run(string)
            states.append(self.state())
        return states

    def _run(self, string: str) -> None:
        try:
            self.scratch.run(string)
        except DatabaseFailed as error:
            message = f"a statement of the plan fails: {error.problems[0].message}"
            raise Refused(Problem(message, f"nothing was written; it ran {string}")) from error

    def links(self, start: _State, known: Link, depth: int = 0) -> list[Link]:
        """Cut a link that begins at a state; what is cut out of a way that is known stays as it
        is, and the other way is planned anew."""
        cut = engine(self.plan.desired.engine).segments
        ups, downs = cut(known.plan.steps), cut(known.back.steps)
        if len(ups) <= 1 and len(downs) <= 1:
            return [known]
        path = self.run(start, ups)
        if len(ups) > 1:
            pairs = zip(ups, pairwise(path), strict=True)
            parts = [
                (before, self._with_back(part, before, after)) for part, (before, after) in pairs
            ]
        elif depth >= _DEPTH or self._moves_rows(known.plan):
            return [replace(known, back=self._back_at_once(start, path[-1]))]
        else:
            back = [*self.run(path[-1], downs[:-1]), start]
            pairs = zip(downs, pairwise(back), strict=True)
            parts = [
                (before, self._with_way(part, before, after)) for part, (after, before) in pairs
            ]
            parts.reverse()
            if any(len(cut(part.plan.steps)) > 1 for _, part in parts):
                # These states are on no way up that is as short.
                return [replace(known, back=self._back_at_once(start, path[-1]))]
        return [link for before, part in parts for link in self.links(before, part, depth + 1)]

    def _compared(self, before: _State, after: _State) -> Comparison:
        current = _HintedSource(before.source, self.plan.desired)
        desired = _HintedSource(after.source, self.plan.desired, before.refs)
        return measured_for_plan(current, desired, self.replay.settings.version_table, swaps="do")

    def _with_back(self, part: Segment, before: _State, after: _State) -> Link:
        comparison = self._compared(before, after)
        plan = replace(plan_of(comparison, self.plan.target), steps=part.steps)
        return Link(plan, plan_back(comparison, self.plan.target))

    def _with_way(self, part: Segment, before: _State, after: _State) -> Link:
        """Only this part of the way back is known."""
        comparison = self._compared(before, after)
        back = replace(plan_back(comparison, self.plan.target), steps=part.steps)
        return Link(plan_of(comparison, self.plan.target), back)

    def _back_at_once(self, start: _State, end: _State) -> Plan:
        target = replace(self.plan.target, online=False)
        return plan_back(self._compared(start, end), target)

    def _moves_rows(self, plan: Plan) -> bool:
        """Is there more to it than two schemas tell?"""
        facts = (self.plan.desired.objects.get(change.ref) for change in plan.changes)
        return any(fact and (fact.backfill or fact.renamed_from) for fact in facts)
