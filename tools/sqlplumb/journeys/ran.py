"""One revision by what it does: run on a scratch, its statements read, the plan it amounts to.

A rename that it carries out is one, and a column that it fills has values, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlplumb.config import Settings
from sqlplumb.engines import Opened, Traced, engine
from sqlplumb.journeys.back import plan_back
from sqlplumb.journeys.plan import measured_for_plan, plan_of
from sqlplumb.proof import spoken_of
from sqlplumb.schema import Column, Object, Table
from sqlplumb.sources.history import OpenScratch, Replay
from sqlplumb.steps import Plan

_ANY_VALUE = "0"  # that there is one is all that counts


@dataclass(frozen=True, slots=True)
class Ran:
    """`statements` are what it ran; `plan` is what they amount to, `back` the way back of that.
    `near` is what is tied to what changes, as it is afterwards."""

    plan: Plan
    back: Plan
    statements: tuple[str, ...]
    near: tuple[Object, ...] = ()


def ran(revision: str, scratch: OpenScratch, settings: Settings) -> Ran:
    """Only what differs is read: of two scratches one stays as it was."""
    statements: list[str] = []
    with scratch() as base, scratch() as done:
        done.scratch.record(statements)
        done.upgrade(revision)
        said = tuple(statements)
        current = replace(base.opened(), label=f"the history before {revision}")
        desired = _as_done(current, done.opened(), _traced(said, done))
        touched = spoken_of(said, desired) - {settings.version_table}
        found = measured_for_plan(current, desired, settings.version_table, touched)
        target = engine(settings.engine).target()
        changed = {change.ref.unit for change in found.changes}
        near = tuple(_near(desired, changed, settings.version_table))
        return Ran(plan_of(found, target), plan_back(found, target), said, near)


def _traced(statements: tuple[str, ...], done: Replay) -> Traced:
    """A column that any one of them gave values to has values, by the name that it had then."""
    traced = done.scratch.traced
    alone = (one for said in statements for one in traced([said]).computed)
    whole = traced(statements)
    return replace(whole, computed=whole.computed.union(alone))


def _as_done(current: Opened, desired: Opened, traced: Traced) -> Opened:
    """The schema after it, with the hints that its statements amount to."""

    def read(wanted: Collection[str]) -> Iterator[Object]:
        facts = list(desired.read_units(wanted))
        known = {fact.ref for fact in facts}
        for fact in facts:
            match fact:
                case Table():
                    yield replace(fact, renamed_from=_former_table(fact, current, desired, traced))
                case Column():
                    name = _former_column(fact, known, current, traced)
                    value = _ANY_VALUE if _is_filled(fact, traced) else ""
                    yield replace(fact, renamed_from=name, backfill=value)
                case _:
                    yield fact

    return replace(desired, read_units=read)


def _is_filled(fact: Column, traced: Traced) -> bool:
    table, name = fact.ref.table, fact.ref.name
    former = (traced.tables.get(table, table), traced.columns.get((table, name), name))
    return (table, name) in traced.computed or former in traced.computed


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
