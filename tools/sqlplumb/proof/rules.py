"""The rules that are new in a revision, or in its way back, and which of them refused a row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sqlplumb.changes import Rename, diff, with_renames
from sqlplumb.engines import engine
from sqlplumb.proof.hinted import DoneSource
from sqlplumb.schema import Column, Object
from sqlplumb.sources.history import OpenScratch
from sqlplumb.steps import Look, Plan


@dataclass(frozen=True, slots=True)
class NewRules:
    """Under the names that the revision gives."""

    looks: tuple[Look, ...]
    renames: tuple[Rename, ...]

    def before(self, tables: Iterable[str]) -> list[str]:
        """The names that these tables had."""
        former = {one.ref.name: one.current.ref.name for one in self.renames if not one.ref.table}
        return [former.get(table, table) for table in tables]

    def of(self, tables: Collection[str]) -> list[Look]:
        """Of these tables, by the names that they had."""
        names = self.before(look.ref.unit for look in self.looks)
        return [look for look, name in zip(self.looks, names, strict=True) if name in tables]


def rules_of(open_scratch: OpenScratch, revision: str, each: bool) -> NewRules:
    """Found between its two ends; for `each` column, or for those alone that get no values."""
    said: list[str] = []
    with open_scratch() as base, open_scratch() as done:
        done.scratch.record(said)
        done.upgrade(revision)
        before, after = base.opened().read(), DoneSource(base.opened(), done, tuple(said)).read()
    if each:
        after = replace(after, objects={ref: _bare(one) for ref, one in after.objects.items()})
    spoken = engine(after.engine)
    named, renames = spoken.renames(before, after)
    changes = (*renames, *with_renames(diff(named, after)))
    steps = spoken.plan_steps(before, after, changes, spoken.target())
    looks = tuple(look for step in steps for look in step.looks)
    return NewRules(looks, tuple(one for one in changes if isinstance(one, Rename)))


def renames_of(plan: Plan) -> tuple[Rename, ...]:
    return tuple(one for one in plan.changes if isinstance(one, Rename))


def _bare(fact: Object) -> Object:
    return replace(fact, backfill="") if isinstance(fact, Column) else fact


def at_fault(
    coming: Iterable[NewRules], tables: Collection[str], why: str, known: Collection[Look]
) -> list[Look]:
    """The rule that is named; of those tables any, where none is: the others may well hold. First
    what a row must satisfy when it comes, then what it must when values were given."""
    said = re.findall(r"\w+", why.lower())
    for rules in coming:
        if new := [one for one in rules.of(tables) if one not in known]:
            return [one for one in new if one.ref.name in said] or new
    return []
