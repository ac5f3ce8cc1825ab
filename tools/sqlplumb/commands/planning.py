"""Plan the way from the current schema to the desired one, and the way back.

Core cannot say everything: what it leaves unsaid stays as the current schema has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.comparison import Comparison
from sqlplumb.changes.names import named_on_one_side
from sqlplumb.commands.comparing import compare_sources, settled_changes
from sqlplumb.commands.swaps import Swaps
from sqlplumb.engines import Engine, Source, engine
from sqlplumb.errors import Refused
from sqlplumb.schema import (
    Column,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Unique,
    value_of,
    with_values,
)
from sqlplumb.steps import Plan, Target

_MOVES = frozenset(("type", "collation", "generated", "strict"))  # what a key is compared by
_SUBQUERY = re.compile(r"\b(?:select|in)\b", re.IGNORECASE)  # without a word of it, none is there


def measured_for_plan(
    current: Source,
    desired: Source,
    version_table: str,
    also: frozenset[str] = frozenset(),
    swaps: Swaps = "",
) -> Comparison:
    """Compare as much as a plan needs: everything, where a change touches what it does not name.

    A dropped column depends on every view and trigger, a foreign key on its target, a key on
    whatever refers to it, and a hint on the tables that it reads.
    """
    comparison = compare_sources(current, desired, version_table, also=also, swaps=swaps)
    asks = any(map(_asks_others, comparison.changes)) or _gives_keys(comparison)
    if asks or _moves_keys(comparison) or _reads_others(comparison):
        return compare_sources(current, desired, version_table, whole=True, swaps=swaps)
    return comparison


def decided(comparison: Comparison) -> Comparison:
    """Return the comparison, or raise Refused where hints could be meant either way."""
    if comparison.undecided:
        raise Refused(comparison.undecided)
    return comparison


def _asks_others(change: Change) -> bool:
    dropped = isinstance(change, Drop) and change.ref.kind == "column"
    return dropped or (change.ref.kind == "foreign key" and not isinstance(change, Drop))


def _reads_others(comparison: Comparison) -> bool:
    changed = {change.ref.unit for change in comparison.changes}
    return any(
        isinstance(fact, Column) and fact.ref.unit in changed and _SUBQUERY.search(fact.backfill)
        for fact in comparison.desired.objects.values()
    )


def _gives_keys(comparison: Comparison) -> bool:
    """Tell whether a key comes to a table that was there, or to a name that something else had."""
    came = [change.desired for change in comparison.changes if not isinstance(change, Drop)]
    went = {change.ref.unit for change in comparison.changes if isinstance(change, Drop)}
    present = {ref.unit for ref in comparison.current.objects} | went
    return any(_key(fact) and fact.ref.unit in present for fact in came)


def _moves_keys(comparison: Comparison) -> bool:
    """Tell whether columns of a unique key change their values, or how they compare."""
    changed = {change.ref.unit for change in comparison.changes}
    moved = {
        change.desired.ref
        for change in comparison.changes
        if isinstance(change, Alter) and not _MOVES.isdisjoint(change.fields)
    }
    facts = [fact for fact in comparison.desired.objects.values() if fact.ref.unit in changed]
    for fact in facts:
        if isinstance(fact, Column) and (fact.backfill or fact.generated):
            moved.add(fact.ref)
    return any(
        fact.ref.table_ref in moved
        or any(fact.ref.column_ref(part.term) in moved for part in _key(fact))
        for fact in facts
    )


def _key(fact: Object) -> tuple[KeyPart, ...]:
    if isinstance(fact, PrimaryKey | Unique):
        return fact.columns
    return fact.keys if isinstance(fact, Index) and fact.unique else ()


def plan_of(comparison: Comparison, target: Target | None = None) -> Plan:
    """Plan the steps that make the current schema the desired one."""
    spoken = engine(comparison.desired.engine)
    chosen = target or spoken.target()
    desired = as_planned(comparison)
    steps = spoken.plan_steps(comparison.current, desired, comparison.changes, chosen)
    return Plan(
        current=comparison.current,
        desired=desired,
        changes=comparison.changes,
        steps=steps,
        target=chosen,
    )


def as_planned(comparison: Comparison) -> Schema:
    """Return the desired schema of a plan: what Core leaves unsaid stays as it is."""
    if comparison.desired.spelled_in == "sql":
        return comparison.desired
    objects = {fact.ref: _spoken(fact, comparison.desired) for fact in _named(comparison)}
    for change in comparison.changes:
        if not isinstance(change, Create):
            objects.pop(change.current.ref)
    for change in comparison.changes:
        match change:
            case Create() | Rename():
                objects[change.ref] = change.desired
            case Alter():
                objects[change.ref] = _altered(change)
            case Drop():
                pass
    return replace(comparison.desired, objects=objects, spelled_in="sql")


def _named(comparison: Comparison) -> Iterator[Object]:
    """The current objects; a name that Core says, and only Core, is theirs."""
    current, desired = engine(comparison.desired.engine).settle(
        comparison.current, comparison.desired
    )
    pairs = named_on_one_side(current, desired)
    names = {unnamed.ref: named.ref for unnamed, named in pairs if named.ref.shown}
    for ref, fact in comparison.current.objects.items():
        yield replace(fact, ref=names[ref]) if ref in names else fact


def _altered(change: Alter) -> Object:
    differing = {name: value_of(change.desired, name) for name in change.fields}
    return with_values(
        change.current, {"ref": change.ref, "text": change.desired.text, **differing}
    )


def _spoken(fact: Object, desired: Schema) -> Object:
    """A table that is made anew is made from the words of the desired side."""
    objects: dict[Ref, Object] = dict(desired.objects)
    return replace(fact, text=objects[fact.ref].text) if fact.ref in objects else fact


def plan_back(comparison: Comparison, target: Target | None = None) -> Plan:
    """Plan the way back: renames are reversed.

    A column that comes back without its values gets a stand-in where rows cannot do without one.
    """
    spoken = engine(comparison.desired.engine)
    hints = _turned(comparison.changes)
    gone = frozenset(change.ref for change in comparison.changes if isinstance(change, Drop))
    objects = {
        ref: _hinted(fact, hints, gone=gone, spoken=spoken)
        for ref, fact in comparison.current.objects.items()
    }
    goal = replace(comparison.current, objects=objects)
    start = _without_hints(as_planned(comparison))
    changes = settled_changes(start, goal)
    chosen = target or spoken.target()
    return Plan(
        current=start,
        desired=goal,
        changes=changes,
        steps=spoken.plan_steps(start, goal, changes, chosen),
        target=chosen,
    )


def _turned(changes: tuple[Change, ...]) -> dict[Ref, str]:
    """Map the address that an object had to the name that it has now."""
    renames = [change for change in changes if isinstance(change, Rename)]
    former = {
        change.ref.name: change.current.ref.name for change in renames if not change.ref.table
    }
    hints = {}
    for change in renames:
        ref = change.current.ref
        hints[replace(ref, table=former.get(ref.table, ref.table))] = change.ref.name
    return hints


def _hinted(fact: Object, hints: Mapping[Ref, str], gone: frozenset[Ref], spoken: Engine) -> Object:
    stand_in = ""
    if isinstance(fact, Column) and fact.ref in gone:
        needs_a_value = fact.not_null and fact.default is None and not fact.generated
        stand_in = spoken.stand_in(fact) if needs_a_value else ""
    return replace(fact, renamed_from=hints.get(fact.ref, ""), backfill=stand_in)


def _without_hints(schema: Schema) -> Schema:
    plain = {ref: replace(f, renamed_from="", backfill="") for ref, f in schema.objects.items()}
    return replace(schema, objects=plain)
