"""The outcome of a proof. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from sqlplumb.errors import Problem, Refused
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from sqlplumb.engines import Trace

Fault = Literal["revision", "expression", "limit"]
_TO_DO: dict[Fault, str] = {
    "revision": "",
    "expression": (
        "An expression of its author's fails on a row that the schema allows: write it so that it"
        " holds for every row, as in `CASE WHEN json_valid(a) THEN ... END`"
    ),
    "limit": (
        "An expression makes a larger value than a scratch holds, so nothing can be proved: write"
        " one that stays smaller"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Values that a data step wrote over in so many `rows`, or gave where there were none; without
    a `column`, rows that it deleted. `shown` is what it is called afterwards. `restored`: all of
    them were there again after the downgrade."""

    table: str
    column: str
    shown: str
    rows: int = 0
    given: int = 0
    of: int = 0
    restored: bool = False

    def words(self, among: str = "") -> str:
        """`among` says whose rows were counted."""
        total = f"{self.of} row{'' if self.of == 1 else 's'}{among}"
        if not self.column:
            back = "brings them back" if self.restored else "does not bring them back"
            return f"deletes {self.rows} of {total} of {self.shown}; the downgrade {back}"
        back = "restores them" if self.restored else "does not restore them"
        changed = f"changes values of {self.shown} in {self.rows} of {total}; the downgrade {back}"
        given = f"gives {self.shown} a value in {self.given} of {total} that had none"
        return "; ".join([*([changed] if self.rows else []), *([given] if self.given else [])])

    @property
    def loses(self) -> bool:
        return bool(self.rows) and not self.restored


@dataclass(frozen=True, slots=True)
class Counted:
    """What a revision changed in a copy of a live database; or why nobody could count it, and
    whether it is that the revision `fails` on these rows."""

    changes: tuple[Changed, ...] = ()
    why_not: str = ""
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """What should not be, and whose fault it is: the `revision` does to rows or to the schema what
    it should not; an `expression` that somebody wrote fails on some rows; a scratch has a `limit`.
    """

    message: str
    fault: Fault = "revision"
    advice: str = ""

    def __str__(self) -> str:
        return self.message

    @property
    def to_do(self) -> str:
        """What its author can do, if it is not plain from the message."""
        return self.advice or _TO_DO[self.fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was run and what came of it.

    `failures` are what should not be; `losses` are what the revision takes away and says so, and
    `returning` those of them that the downgrade brought back; `instead` says of losses what the
    downgrade put into the rows in their place; `changes` are values that it changed;
    `uncovered` is what the proof could not try; `notes` are what is another and loses nothing; so
    many tables were `left_alone`, which it neither names nor reaches from those that it names.
    `makes` is the wording of what it leads to; `under` are the settings that it ran under;
    `one_way` is why its author wrote no way back, which then was not run. `file` is that of the
    revision, as seen from the working folder. `traces` are what its statements locked, rewrote and
    scanned on the way up, where an engine measures that.
    """

    revision: str
    tables: int = 0
    rows: int = 0
    failures: tuple[Failure, ...] = ()
    losses: tuple[str, ...] = ()
    returning: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Changed, ...] = ()
    uncovered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_alone: int = 0
    makes: str = ""
    under: str = ""
    one_way: str = ""
    file: str = ""
    traces: tuple[Trace, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.failures

    @property
    def ways(self) -> str:
        return "up" if self.one_way else "up, down and up again"


def refuse_unproved(proof: Proof, outcome: str, to_do: str = "") -> None:
    """`outcome` is what was left undone; `to_do` is for a revision that does what it should not."""
    if proof.failures:
        problems = []
        for failure in proof.failures:
            to_do_now = failure.to_do or to_do
            advice = f"{outcome}. {to_do_now}" if to_do_now else outcome
            problems.append(Problem(f"not proved: {failure}", advice))
        raise Refused(problems)


def with_row_rules(proof: Proof, plan: Plan) -> Proof:
    """The rows of a proof satisfy the rules that are to come, by chance or because those that do
    not were left out: what other rows do, it did not try."""
    rules = (refused_rows(rule) for rule in plan.row_rules)
    return replace(proof, uncovered=tuple(dict.fromkeys((*proof.uncovered, *rules))))


def refused_rows(rule: str) -> str:
    return f"rows that {rule} refuses"
