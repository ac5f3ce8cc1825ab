"""A plan and what is known beside it: what a rule for plans is given to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlplumb.changes import Rename
from sqlplumb.config import LintSettings
from sqlplumb.engines import Named, Seen
from sqlplumb.schema import Ref
from sqlplumb.steps import Look, Plan

Looking = Callable[[Look, Sequence[Rename]], Seen]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`back` is the plan's way back, where there is one to judge. `looking` asks the rows of a live
    database; None: there is none. `statements` are what a revision ran and `named` what it names;
    empty and None where nobody wrote one yet."""

    plan: Plan
    judging: LintSettings = field(default_factory=LintSettings)
    back: Plan | None = None
    looking: Looking | None = None
    statements: tuple[str, ...] = ()
    named: Named | None = None

    def seen(self, look: Look) -> Seen | None:
        if self.looking is None:
            return None
        renames = [change for change in self.plan.changes if isinstance(change, Rename)]
        return self.looking(look, renames)

    def rows(self, table: str) -> int | None:
        """How many rows the live database has in this table; None where nobody can say."""
        seen = self.seen(Look(Ref("table", "", table), "its rows", table, "1", "NULL"))
        return None if seen is None or seen.why_not else seen.count
