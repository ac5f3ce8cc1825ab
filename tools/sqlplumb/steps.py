"""A plan: what is done to a database, step by step. Values, and the one sort that orders them.

An engine makes the steps and declares what each needs and gives; nothing is inferred. How dangerous
a step is, and whether it is allowed, is decided elsewhere.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from sqlplumb.changes import Change
from sqlplumb.schema import Object, Ref, Schema, Table

Verb = Literal["create", "drop", "alter", "rebuild", "edit", "rename"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCheck:
    """A question to the rows of the current database: those of `table` for which `where` is true.

    By its `outcome`, `rule` would refuse these rows, their values would be lost, or they would keep
    values that do not fit their column. `shows` are the values to report. `example` is a row, in
    words, that the rule took before it changed and refuses now.
    """

    ref: Ref
    rule: str
    table: str
    where: str
    shows: str
    outcome: Literal["refuse", "lose", "stay"] = "refuse"
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Stored data that a plan loses. `allowance` is what `--allow` takes: `drop:tasks.notes`.

    Where it depends on the rows whether any is lost, `row_check` asks them.
    """

    kind: Literal["drop", "narrow", "empty"]
    ref: Ref
    message: str
    advice: str = ""
    row_check: RowCheck | None = None

    @property
    def allowance(self) -> str:
        return f"{self.kind}:{self.ref}"

    @property
    def allowances(self) -> frozenset[str]:
        """Return the spellings of `allowance`: the table as its author spells it, and folded."""
        return frozenset((self.allowance, f"{self.kind}:{self.ref.address}"))


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition that must be true before a migration is committed, in words and as SQL.

    `count` is a query for the number of rows that violate it, if rows do.
    """

    words: str
    condition: str
    count: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Values that a hint gives to a column of existing rows: of all, or where `where` is true.

    With `again`, the same row gets the same value at any time.
    """

    ref: Ref
    table: str
    where: str
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStep:
    """The rows of a table that a statement changes: those for which `where` is true.

    In `where`, the table may have an `alias`, other tables stand `beside` it, and common table
    expressions `before` the statement. `words` are the statement, if it does nothing without such
    a row. With `is_other`, these are the rows that it does not change.
    """

    table: str
    where: str
    alias: str = ""
    beside: str = ""
    before: str = ""
    words: str = ""
    is_other: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing done to one object.

    `gives` and `needs` are names of states (a table in its new form, a name that is free again): a
    step that gives a state comes before the steps that need it. The statements in `first` run
    before all other steps, and `first_provisos` must be true before the last of them. `provisos`
    must be true before the last statement, which removes something; `evidence` directly after it,
    where later steps would hide the violation; `checks` at the end.

    `before` and `after` are the facts inside a table that is rebuilt, for renderers; `reads` are
    the other tables whose rows its hints read, as they are when the plan begins. `row_checks` ask
    for rows that the step would refuse, `doubts` for values that it would leave wrong; `unasked`
    are the rules, in words, that span rows and cannot be asked before. With `drops_table`, foreign
    keys to the table must not act. A step that `commits` makes something that can be used only
    when its transaction has ended; one that is not `transactional` runs in none, statement by
    statement, which may run twice. One that is `repeatable` may do so, too.
    """

    verb: Verb
    ref: Ref
    statements: tuple[str, ...]
    first: tuple[str, ...] = ()
    first_provisos: tuple[Guard, ...] = ()
    provisos: tuple[Guard, ...] = ()
    evidence: tuple[Guard, ...] = ()
    checks: tuple[Guard, ...] = ()
    gives: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    changes: tuple[Change, ...] = ()
    before: tuple[Object, ...] = ()
    after: tuple[Object, ...] = ()
    reads: tuple[Table, ...] = ()
    losses: tuple[Loss, ...] = ()
    row_checks: tuple[RowCheck, ...] = ()
    unasked: tuple[str, ...] = ()
    fills: tuple[Fill, ...] = ()
    doubts: tuple[RowCheck, ...] = ()
    drops_table: bool = False
    commits: bool = False
    transactional: bool = True
    repeatable: bool = False

    def needs_before(self, steps: Sequence[Step]) -> bool:
        """Does one of these give what this one needs?"""
        return any(not self.needs.isdisjoint(step.gives) for step in steps)


@dataclass(frozen=True, slots=True)
class Target:
    """What a plan is made for.

    `version` is that of the engine. With `instant`, a rule that no stored row depends on may be
    changed in the stored schema alone. With `keeps_hints`, a table whose columns change places is
    created again from its text, whose hints say later that it is done. `online`, tables are in use:
    what would lock them for long is done in several transactions.
    """

    version: tuple[int, ...]
    instant: bool = False
    _: KW_ONLY
    keeps_hints: bool = False
    online: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps, in order, that turn `current` into `desired`, and the changes they make."""

    current: Schema
    desired: Schema
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    target: Target

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def losses(self) -> tuple[Loss, ...]:
        return tuple(loss for step in self.steps for loss in step.losses)

    @property
    def doubts(self) -> tuple[RowCheck, ...]:
        return tuple(row_check for step in self.steps for row_check in step.doubts)

    @property
    def row_checks(self) -> tuple[RowCheck, ...]:
        return tuple(row_check for step in self.steps for row_check in step.row_checks)

    @property
    def row_rules(self) -> tuple[str, ...]:
        """Return the new rules that stored rows may break, in words."""
        unasked = (rule for step in self.steps for rule in step.unasked)
        return tuple(dict.fromkeys((*(row_check.rule for row_check in self.row_checks), *unasked)))

    @property
    def checks(self) -> tuple[Guard, ...]:
        return tuple(check for step in self.steps for check in step.checks)

    @property
    def fills(self) -> tuple[Fill, ...]:
        return tuple(fill for step in self.steps for fill in step.fills)


class CircularNeeds(Exception):
    """The steps need each other in a circle."""

    def __init__(self, path: Sequence[Step]) -> None:
        path_text = " -> ".join(f"{step.verb} {step.ref}" for step in path)
        super().__init__(f"these steps need each other: {path_text}")
        self.path = path


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps sorted by their needs; steps that are ready keep their order.

    A step that gives a state comes before those that need it. A circle is a mistake in what the
    steps declare: it is raised with its path, never repaired.
    """
    givers: dict[str, list[int]] = {}
    for index, step in enumerate(steps):
        for state in step.gives:
            givers.setdefault(state, []).append(index)
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for index, step in enumerate(steps):
        before = {giver for state in step.needs for giver in givers.get(state, ())}
        sorter.add(index, *(before - {index}))
    try:
        sorter.prepare()
    except CycleError as error:
        raise CircularNeeds([steps[index] for index in error.args[1]]) from error
    ordered: list[Step] = []
    ready = list(sorter.get_ready())
    heapq.heapify(ready)
    while ready:
        first = heapq.heappop(ready)
        ordered.append(steps[first])
        sorter.done(first)
        for index in sorter.get_ready():
            heapq.heappush(ready, index)
    return tuple(ordered)
