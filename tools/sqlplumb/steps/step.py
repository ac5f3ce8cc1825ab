"""The values that a plan is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlplumb.changes import Change
from sqlplumb.schema import Object, Ref, Schema, Table

Verb = Literal["create", "drop", "alter", "rebuild", "edit", "rename"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A new rule, and the rows of the current database's table that it would refuse: those for
    which `where` is true; `shows` are their values that matter. Or rows whose values would be lost
    or would stay what their column does not say: `rule` says which."""

    ref: Ref
    rule: str
    table: str
    where: str
    shows: str
    outcome: Literal["refuse", "lose", "stay"] = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Stored data that does not survive. `leave` is what allows it: `drop:tasks.notes`. Where it
    depends on the rows, `look` asks them; until then it is one that may be."""

    kind: Literal["drop", "narrow", "empty"]
    ref: Ref
    message: str
    hint: str = ""
    look: Look | None = None

    @property
    def leave(self) -> str:
        return f"{self.kind}:{self.ref}"

    @property
    def leaves(self) -> frozenset[str]:
        """What may be written for `leave`: with the table as its author spells it, or folded."""
        return frozenset((self.leave, f"{self.kind}:{self.ref.address}"))


@dataclass(frozen=True, slots=True)
class Guard:
    """What must be true for a migration to be committed: in words, and as the engine is asked.
    `count` is a query for the number of rows that keep it from being true, where rows do."""

    words: str
    condition: str
    count: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Values that a hint gives to a column of rows that are there: those for which `where` is true,
    or all. `again` gives the same row the same value at any time."""

    ref: Ref
    table: str
    where: str
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStep:
    """Rows of a table that a statement is about: those for which `where` is true. There the table
    may be called by an `alias`, other tables stand `beside` it, and common table expressions
    `before` the statement. `words` are the statement, where it would be idle without such a row;
    `is_other`: these are rows that it is not about."""

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

    `gives` and `needs` are names of states (a table in its new form, a name that is free again):
    whatever gives a state comes before whatever needs it. `first` runs before all other steps;
    `first_provisos` must be true before the last of it. `before` and `after` are the insides of a
    table that is rebuilt, for whoever tells it in other words; `reads` are the other tables whose
    rows its hints read, as they are when it begins. `provisos` must be true before the
    last statement, which takes something away; `evidence` right behind it, where later steps would
    wipe out the traces; `checks` when all is done.
    `looks` are of rows that it would refuse, `unasked` the rules, in words, that span rows and
    cannot be asked of them before; `doubts` are of values that it would not leave as they should
    be. `drops_table`: rows that refer to it must not notice.
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
    looks: tuple[Look, ...] = ()
    unasked: tuple[str, ...] = ()
    fills: tuple[Fill, ...] = ()
    doubts: tuple[Look, ...] = ()
    drops_table: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What a plan is made for: a version of the engine; whether a rule may be changed in the
    stored schema alone, where no stored row depends on it; and whether a table whose columns have
    changed places is made anew from its text, whose hints tell later that it is done."""

    version: tuple[int, ...]
    instant: bool = False
    keeps_hints: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, in order, that make `desired` out of `current`; `changes` is what they are for."""

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
    def doubts(self) -> tuple[Look, ...]:
        return tuple(look for step in self.steps for look in step.doubts)

    @property
    def looks(self) -> tuple[Look, ...]:
        return tuple(look for step in self.steps for look in step.looks)

    @property
    def row_rules(self) -> tuple[str, ...]:
        """All that stored rows may break, in words."""
        unasked = (rule for step in self.steps for rule in step.unasked)
        return tuple(dict.fromkeys((*(look.rule for look in self.looks), *unasked)))

    @property
    def checks(self) -> tuple[Guard, ...]:
        return tuple(check for step in self.steps for check in step.checks)

    @property
    def fills(self) -> tuple[Fill, ...]:
        return tuple(fill for step in self.steps for fill in step.fills)
