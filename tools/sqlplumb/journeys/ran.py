"""One revision by what it does: run on a scratch, its statements read, the plan it amounts to.

A rename that it carries out is one, and a column that it fills has values, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import Opened, Traced, engine
from sqlplumb.journeys.back import plan_back
from sqlplumb.journeys.plan import measured_for_plan, plan_of
from sqlplumb.schema import Column, Object, Table
from sqlplumb.sources.history import Replay, bases_of, open_replay
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

_ANY_VALUE = "0"  # that there is one is all that counts


@dataclass(frozen=True, slots=True)
class Ran:
    """`statements` are what it ran; `plan` is what they amount to, `back` the way back of that.
    `near` is what is tied to what changes, as it is afterwards."""

    plan: Plan
    back: Plan
    statements: tuple[str, ...]
    near: tuple[Object, ...] = ()


def ran(script: Script, scripts: ScriptDirectory, settings: Settings) -> Ran:
    """Only what differs is read: of two scratches one stays as it was."""
    label, statements = f"revision {script.revision}", list[str]()
    with (
        open_replay(settings, label, scripts) as base,
        open_replay(settings, label, scripts) as done,
    ):
        _climb(base, script)
        _climb(done, script)
        done.scratch.record(statements)
        done.upgrade(script.revision)
        said = tuple(statements)
        current = base.opened()
        desired = _as_done(current, done.opened(), done.scratch.traced(said))
        found = measured_for_plan(current, desired, settings.version_table)
        target = engine(settings.engine).target()
        changed = {change.ref.unit for change in found.changes}
        near = tuple(_near(desired, changed, settings.version_table))
        return Ran(plan_of(found, target), plan_back(found, target), said, near)


def _climb(replay: Replay, script: Script) -> None:
    for base in bases_of(script):
        replay.upgrade(base)


def _as_done(current: Opened, desired: Opened, traced: Traced) -> Opened:
    """The schema after it, with the hints that its statements amount to."""

    def read(wanted: Collection[str]) -> Iterator[Object]:
        facts = list(desired.read_units(wanted))
        known = {fact.ref for fact in facts}
        for fact in facts:
            match fact:
                case Table():
                    yield replace(fact, renamed_from=_former_table(fact, current, desired, traced))
                case Column() if (fact.ref.table, fact.ref.name) in traced.computed:
                    yield replace(fact, backfill=_ANY_VALUE)
                case Column():
                    yield replace(fact, renamed_from=_former_column(fact, known, current, traced))
                case _:
                    yield fact

    return replace(desired, read_units=read)


def _former_table(fact: Table, current: Opened, desired: Opened, traced: Traced) -> str:
    """Its name, if it was there before and is there no more."""
    former = traced.tables.get(fact.ref.name, fact.ref.name)
    return former if former in current.texts and former not in desired.texts else ""


def _former_column(fact: Column, known: Collection[object], current: Opened, traced: Traced) -> str:
    table = fact.ref.table
    former = traced.columns.get((table, fact.ref.name), fact.ref.name)
    if former == fact.ref.name or replace(fact.ref, name=former) in known:
        return ""
    before = traced.tables.get(table, table)
    columns = current.read({before}).objects if before in current.texts else {}
    return former if replace(fact.ref, table=before, name=former) in columns else ""


def _near(desired: Opened, changed: Collection[str], version_table: str) -> Iterable[Object]:
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
