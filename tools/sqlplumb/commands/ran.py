"""One revision by what it does: run on a scratch, its statements read, the plan it amounts to.

A rename that it carries out is one, and a column that it fills has values, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlplumb.commands.back import plan_back
from sqlplumb.commands.plan import measured_for_plan, plan_of
from sqlplumb.config import Settings
from sqlplumb.engines import Named, Source
from sqlplumb.proof import DoneSource, spoken_of
from sqlplumb.schema import Object
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import OpenScratch
from sqlplumb.sources.operations import OperationLog
from sqlplumb.steps import Plan


@dataclass(frozen=True, slots=True)
class Ran:
    """`statements` are what it ran; `plan` is what they amount to, `back` the way back of that;
    `named` is what its own operations name. `near` is what is tied to what changes, as it is
    afterwards."""

    plan: Plan
    back: Plan
    statements: tuple[str, ...]
    named: Named
    near: tuple[Object, ...] = ()


def ran(revision: str, scratch: OpenScratch, settings: Settings) -> Ran:
    """Only what differs is read: of two scratches one stays as it was."""
    log = OperationLog()
    with scratch() as base, scratch() as done:
        done.upgrade(revision, log)
        said = tuple(log.statements)
        current = base.opened(f"the history before {revision}")
        desired = DoneSource(current, done, said)
        touched = spoken_of(said, desired) - {settings.version_table}
        found = measured_for_plan(current, desired, settings.version_table, touched, "do")
        target = project_engine(settings).target()
        changed = {change.ref.unit for change in found.changes}
        named = log.named(project_engine(settings))
        named.rebuilt.update(done.scratch.traced(said).tables)
        near = tuple(_near(desired, changed, settings.version_table))
        return Ran(plan_of(found, target), plan_back(found, target), said, named, near)


def _near(desired: Source, changed: Collection[str], version_table: str) -> Iterable[Object]:
    """What changed, and all whose own text speaks of it or is spoken of by it."""
    words = {unit: str(text).lower() for unit, text in desired.texts.items()}
    here = [unit for unit in words if unit in changed]
    others = (
        unit
        for unit, text in words.items()
        if any(name in text for name in here) or any(unit in words[name] for name in here)
    )
    chosen = {*here, *others} - {version_table}
    return desired.read_units([unit for unit in desired.texts if unit in chosen])
