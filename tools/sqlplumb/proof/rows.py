"""The rows that a scratch gets: of the schema, for the hints of a plan, and for data steps; and
which of them must be left out.

Rows that a data step meets are asked for once it is known what ran: without them a step that speaks
of values which no rule names is proved on rows that it passes over. The same rows go through the
plan itself, so that a hint that the file of a revision does not carry is seen: it leaves the right
schema behind, and the wrong values. Must never judge a revision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlplumb.changes import Create, Rename
from sqlplumb.engines import engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.revision_run import (
    Findings,
    RevisionRun,
    RowsRefused,
    TryAgain,
    down_and_up,
    state,
    up,
)
from sqlplumb.proof.row_matching import TableSides, changed, matched
from sqlplumb.proof.scratch_state import ScratchState
from sqlplumb.proof.statements import NewRules, renames_of
from sqlplumb.schema import Unit
from sqlplumb.sources.open_replays import OpenReplay
from sqlplumb.steps import DataStep, Fill, Plan, RowCheck

_ROUNDS = 3  # what Python reads first decides which statements it runs


@dataclass(slots=True)
class DataStepRows:
    """`steps` are those for which rows are made; `without` are the tables in which they are not,
    because it does not take them, and why."""

    steps: list[DataStep] = field(default_factory=list)
    without: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    @property
    def wanted(self) -> list[DataStep]:
        return [step for step in self.steps if step.table not in self.without]

    def learn(self, climbed: Findings, version_table: str) -> bool:
        """Note the data steps that ran; return whether rows must be made for any of them."""
        known = {*self.steps}
        new = [step for step in climbed.steps if step not in known and step.table != version_table]
        self.rounds += 1
        self.steps += new
        return bool(new) and self.rounds < _ROUNDS

    def give_up(self, refusal: RowsRefused, names: Collection[str]) -> bool:
        """Leave out the rows that it does not take, before all others of their tables are."""
        tables = {step.table for step in self.wanted}
        refused = tables if refusal.by_code else tables & {*names}
        rows = "rows that its data steps meet"
        way = f"the way back with {rows}" if refusal.down else rows
        self.without |= {table: f"{way} in {table}: {refusal}" for table in sorted(refused)}
        return bool(refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsToPut:
    """What decides which rows a scratch gets: the hints of a plan, the rules that are known to
    come, those whose rows are left out, which rows of which tables are `removed`, and the data
    steps that are to meet rows."""

    plan: Plan | None
    coming: NewRules | None
    left_out: Sequence[RowCheck]
    removed: Mapping[str, str]
    met: DataStepRows

    @property
    def renames(self) -> Sequence[Rename]:
        if self.plan:
            return renames_of(self.plan)
        return self.coming.renames if self.coming else ()

    @property
    def fills(self) -> Sequence[Fill | DataStep]:
        return [*(self.plan.fills if self.plan else ()), *self.met.wanted]


def prepared(run: RevisionRun, rows: RowsToPut) -> tuple[list[str], ScratchState]:
    """And what no row was found for."""
    scratch, own = run.replay.scratch, run.own
    types = run.replay.types() if run.typed else {}
    filled = scratch.fill(
        left_alone={own, *run.left_alone},
        row_checks=rows.left_out,
        renames=rows.renames,
        fills=rows.fills,
        types=types,
    )
    for row_check in rows.left_out:
        scratch.remove(row_check.table, row_check.where, rows.renames)
    for table, where in rows.removed.items():
        scratch.remove(table, where)
    unfilled = [f"rows of {table}: {why}" for table, why in filled.unfilled.items()]
    unfilled += [
        f"the hint of {fill.ref}: no row was found that it would change"
        for fill in (rows.plan.fills if rows.plan else ())
        if not scratch.count(fill.table, fill.where or "1 = 1", rows.renames)
    ]
    unfilled += [f"`{words}`: no row was found that it meets" for words in filled.unmet]
    return [*dict.fromkeys(unfilled), *rows.met.without.values()], state(run)


def planned(open_replay: OpenReplay, run: RevisionRun, rows: RowsToPut) -> ScratchState | None:
    assert rows.plan is not None
    with open_replay() as replay:
        other = replace(run, replay=replay)
        prepared(other, rows)
        return as_planned(other, rows.plan)


def has_hints(plan: Plan) -> bool:
    return bool(plan.fills) or any(step.verb == "rename" for step in plan)


def as_planned(run: RevisionRun, plan: Plan) -> ScratchState | None:
    """What the plan makes of the rows of a scratch; None where it does not take them either."""
    try:
        run.replay.scratch.run(engine(plan.desired.engine).script(plan))
    except PlumbError:
        return None
    return state(run)


def forgotten(planned: ScratchState, after: ScratchState, plan: Plan) -> Iterator[str]:
    """Yield values that are not what the hints say. A default is the schema's own."""
    given = {fill.ref for fill in plan.fills if fill.again}
    made = {change.ref for change in plan.changes if isinstance(change, Create)} - given
    loose = made | {fill.ref for fill in plan.fills if not fill.again}
    for table in planned.rows.keys() & after.rows.keys():
        names = [name for name in planned.rows[table].columns if name in after.rows[table].columns]
        unit = after.schema.unit(table)
        steady = [(name, name) for name in names if unit.ref.column_ref(name) not in loose]
        both = [(name, name) for name in names]
        sides = TableSides(
            before=(planned, table), after=(after, table), columns=both, steady=steady
        )
        yield from _unlike(unit, sides)


def _unlike(unit: Unit, sides: TableSides) -> Iterator[str]:
    matches, table = matched(sides), unit.display
    promised, actual = (len(rows.rows) for rows in sides.rows)
    if promised != actual:
        yield f"{table}: {actual} rows are left, where the plan leaves {promised}"
    elif matches.gone and not matches.how:
        yield f"{table}: {matches.gone} of {promised} rows are not what the plan makes of them"
    for names in sides.steady:
        if values := list(changed(sides, matches, names)):
            what = f"{values[0][1]!r} where its hint gives {values[0][0]!r}"
            yield f"{table}.{unit.spelled(names[1])}: {len(values)} values are wrong, {what}"


_TRIES = 24
_TRIES_BY_ENV = 8  # each starts several processes


@dataclass(slots=True, kw_only=True)
class RowTrials:
    """Tries of one revision with some rows of one table; halves of what is refused are tried, down
    to single rows."""

    open_replay: OpenReplay
    run: RevisionRun
    rows: RowsToPut
    table: str
    down: bool
    tries: int = field(init=False)
    taken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tries = _TRIES_BY_ENV if self.run.replay.env else _TRIES

    def some(self) -> tuple[str, int, int]:
        """Return the condition of the rows that it refuses, how many these are, and of how many;
        no condition where it takes none of them."""
        with self.open_replay() as replay:
            _, before = prepared(replace(self.run, replay=replay), self.rows)
        rows = before.rows.get(self.table)
        if rows is None or not (rows.numbered or rows.has_places) or len(rows.rows) < 2:
            return "", 0, 0
        keys = [key[0] for key in rows.rows if isinstance(key, tuple)]
        numbers = [key for key in keys if isinstance(key, int)]
        self._add(numbers[: len(numbers) // 2])
        self._add(numbers[len(numbers) // 2 :])
        where = self.run.replay.scratch.all_but(self.taken) if self.taken else ""
        return where, len(numbers) - len(self.taken), len(numbers)

    def _add(self, group: Sequence[int]) -> None:
        if not group or self.tries < 1:
            return
        self.tries -= 1
        if self._takes([*self.taken, *group]):
            self.taken += group
        elif len(group) > 1:
            self._add(group[: len(group) // 2])
            self._add(group[len(group) // 2 :])

    def _takes(self, numbers: Sequence[int]) -> bool:
        try:
            with self.open_replay() as replay:
                run = replace(self.run, replay=replay)
                removed = {
                    **self.rows.removed,
                    self.table: self.run.replay.scratch.all_but(numbers),
                }
                _, before = prepared(run, replace(self.rows, removed=removed))
                climbed, after = up(run, before, None)
                if self.down and not climbed.failures:
                    down_and_up(run, before, after)
                return not climbed.failures
        except (TryAgain, RowsRefused, PlumbError):
            return False
