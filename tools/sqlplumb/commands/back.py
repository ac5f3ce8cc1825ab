"""The way back of a plan: the same road walked from the other end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlplumb.changes import Change, Drop, Rename
from sqlplumb.changes.measure import Measure
from sqlplumb.commands.measure import settled_changes
from sqlplumb.commands.merged import as_planned
from sqlplumb.engines import Engine, engine
from sqlplumb.schema import Column, Object, Ref, Schema
from sqlplumb.steps import Plan, Target


def plan_back(measure: Measure, target: Target | None = None) -> Plan:
    """Renames are turned round. What comes back without its values gets a stand-in for them where
    the rows could not be without one."""
    spoken = engine(measure.desired.engine)
    hints = _turned(measure.changes)
    gone = frozenset(change.ref for change in measure.changes if isinstance(change, Drop))
    objects = {
        ref: _hinted(fact, hints, gone, spoken) for ref, fact in measure.current.objects.items()
    }
    goal = replace(measure.current, objects=objects)
    start = _without_hints(as_planned(measure))
    changes = settled_changes(start, goal)
    chosen = target or spoken.target()
    return Plan(start, goal, changes, spoken.plan_steps(start, goal, changes, chosen), chosen)


def _turned(changes: tuple[Change, ...]) -> dict[Ref, str]:
    """By the address that the object had: the name that it has now."""
    renames = [change for change in changes if isinstance(change, Rename)]
    former = {
        change.ref.name: change.current.ref.name for change in renames if not change.ref.table
    }
    found = {}
    for change in renames:
        ref = change.current.ref
        found[replace(ref, table=former.get(ref.table, ref.table))] = change.ref.name
    return found


def _hinted(fact: Object, hints: Mapping[Ref, str], gone: frozenset[Ref], spoken: Engine) -> Object:
    stand_in = ""
    if isinstance(fact, Column) and fact.ref in gone and _needs_a_value(fact):
        stand_in = spoken.stand_in(fact)
    return replace(fact, renamed_from=hints.get(fact.ref, ""), backfill=stand_in)


def _needs_a_value(column: Column) -> bool:
    return column.not_null and column.default is None and not column.generated


def _without_hints(schema: Schema) -> Schema:
    plain = {ref: replace(f, renamed_from="", backfill="") for ref, f in schema.objects.items()}
    return replace(schema, objects=plain)
