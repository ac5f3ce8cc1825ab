"""Plan the way from the current schema to the desired one, and the way back.

Core cannot say everything: what it leaves unsaid stays as the current schema has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.comparison import Comparison
from sqlplumb.changes.names import named_on_one_side
from sqlplumb.commands.comparing import compare_sources, settled_changes
from sqlplumb.commands.swaps import Swaps
from sqlplumb.engines import Source, engine
from sqlplumb.engines.moves import ASIDE
from sqlplumb.errors import Refused
from sqlplumb.schema import (
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Unique,
    value_of,
    with_ignored,
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
    """Compare as much as a plan needs, where a change touches what it does not name."""
    compare = partial(compare_sources, current, desired, version_table, swaps=swaps, to_plan=True)
    if current.engine.plans_read_all and desired.engine.plans_read_all:
        return compare(whole=True)
    comparison = compare(also=also)
    if _hints_read_others(comparison):
        return compare(whole=True)
    touched = units_touched(comparison, current, desired)
    schemas = comparison.current, comparison.desired
    if touched <= {ref.unit for schema in schemas for ref in schema.objects}:
        return comparison
    return compare(also=also | touched)


def units_touched(comparison: Comparison, current: Source, desired: Source) -> frozenset[str]:
    """Return the units that a plan looks at without changing them.

    A foreign key depends on its target, and a key on whatever refers to it. A dropped column
    depends on that too, and on every view and trigger, with the tables that those read.
    """
    changes = comparison.changes
    drops_column = any(isinstance(c, Drop) and isinstance(c.current, Column) for c in changes)
    has_foreign_key = any(change.ref.kind == "foreign key" for change in changes)
    if not (drops_column or has_foreign_key or _changes_keys(changes) or _moves_keys(comparison)):
        return frozenset()
    changed = {change.ref.unit for change in changes}
    changed |= {change.current.ref.unit for change in changes if not isinstance(change, Create)}
    touched = frozenset[str]()
    for source in (current, desired):
        touched |= source.units_naming(changed) | source.units_named_by(changed)
        if drops_column:
            bodies = source.units_with_bodies()
            touched |= bodies | source.units_named_by(bodies) | source.units_named_by_ignored()
    # What only one side has differs, and was read, but for Alembic's own table.
    return touched & current.texts.keys() & desired.texts.keys()


def decided(comparison: Comparison) -> Comparison:
    """Return the comparison, or raise Refused where hints could be meant either way."""
    if comparison.undecided:
        raise Refused(comparison.undecided)
    return comparison


def _hints_read_others(comparison: Comparison) -> bool:
    changed = {change.ref.unit for change in comparison.changes}
    return any(
        isinstance(fact, Column) and fact.ref.unit in changed and _SUBQUERY.search(fact.backfill)
        for fact in comparison.desired.objects.values()
    )


def _changes_keys(changes: Iterable[Change]) -> bool:
    """Tell whether a key comes or goes: what goes comes again on the way back."""
    facts = [change.desired for change in changes if not isinstance(change, Drop)]
    facts += [change.current for change in changes if not isinstance(change, Create)]
    return any(map(_key_of, facts))


def _moves_keys(comparison: Comparison) -> bool:
    """Tell whether columns of a unique or foreign key change their values, or how they compare."""
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
        or any(fact.ref.column_ref(name) in moved for name in _names_of(fact))
        for fact in facts
    )


def _names_of(fact: Object) -> Iterable[str]:
    if isinstance(fact, ForeignKey):
        return fact.columns
    return [part.term for part in _key_of(fact)]


def _key_of(fact: Object) -> tuple[KeyPart, ...]:
    if isinstance(fact, PrimaryKey | Unique):
        return fact.columns
    return fact.keys if isinstance(fact, Index) and fact.unique else ()


def plan_of(comparison: Comparison, target: Target | None = None) -> Plan:
    """Plan the steps that make the current schema the desired one. What is ignored stays: a plan
    sees it on both sides."""
    ignored = comparison.current.ignored
    current = with_ignored(comparison.current, ignored)
    desired = with_ignored(as_planned(comparison), ignored)
    return _plan(current, desired, comparison.changes, target=target)


def _plan(
    current: Schema, desired: Schema, changes: tuple[Change, ...], *, target: Target | None
) -> Plan:
    planner = engine(desired.engine)
    target = target or planner.target()
    return Plan(
        current=current,
        desired=desired,
        changes=changes,
        steps=planner.plan_steps(current, desired, changes, target=target),
        target=target,
    )


def as_planned(comparison: Comparison) -> Schema:
    """Return the desired schema of a plan: what Core leaves unsaid stays as it is."""
    if comparison.desired.spelled_in == "sql":
        return comparison.desired
    objects: dict[Ref, Object] = {}
    for fact in _with_desired_names(comparison):
        # A table that is made anew is made from the words of the desired side.
        desired: Object | None = comparison.desired.objects.get(fact.ref)
        objects[fact.ref] = replace(fact, text=desired.text) if desired else fact
    for change in comparison.changes:
        if not isinstance(change, Create):
            objects.pop(change.current.ref)
    for change in comparison.changes:
        match change:
            case Create() | Rename():
                objects[change.ref] = change.desired
            case Alter():
                values = {name: value_of(change.desired, name) for name in change.fields}
                values |= {"ref": change.ref, "text": change.desired.text}
                objects[change.ref] = with_values(change.current, values)
            case Drop():
                pass
    return replace(comparison.desired, objects=objects, spelled_in="sql")


def _with_desired_names(comparison: Comparison) -> Iterator[Object]:
    """Yield the current objects; a name that Core says, and only Core, is theirs."""
    current, desired = engine(comparison.desired.engine).settle(
        comparison.current, comparison.desired
    )
    pairs = named_on_one_side(current, desired)
    names = {unnamed.ref: named.ref for unnamed, named in pairs if named.ref.shown}
    for ref, fact in comparison.current.objects.items():
        yield replace(fact, ref=names[ref]) if ref in names else fact


def plan_back(comparison: Comparison, target: Target | None = None) -> Plan:
    """Plan the way back: renames are reversed.

    A column that comes back without its values gets a stand-in where rows cannot do without one.
    """
    planner = engine(comparison.desired.engine)
    former_names = _reversed_renames(comparison.changes)
    dropped = {change.ref for change in comparison.changes if isinstance(change, Drop)}
    objects: dict[Ref, Object] = {}
    for ref, fact in comparison.current.objects.items():
        stand_in = ""
        if isinstance(fact, Column) and fact.ref in dropped:
            needs_a_value = fact.not_null and fact.default is None and not fact.generated
            stand_in = planner.stand_in(fact, comparison.current) if needs_a_value else ""
        former = former_names.get(fact.ref, "")
        taker = "" if former and not former.startswith(ASIDE) else _taker(fact, comparison)
        stand_in = planner.quoted(taker) if taker else stand_in
        objects[ref] = replace(fact, renamed_from=former, backfill=stand_in)
    planned = as_planned(comparison)
    start = replace(
        planned,
        objects={
            ref: replace(fact, renamed_from="", backfill="")
            for ref, fact in planned.objects.items()
        },
    )
    goal = replace(comparison.current, objects=objects)
    changes = settled_changes(start, goal)
    ignored = comparison.current.ignored
    start, goal = with_ignored(start, ignored), with_ignored(goal, ignored)
    return _plan(start, goal, changes, target=target)


def _taker(column: Object, comparison: Comparison) -> str:
    """Return what the column is called that has taken the place of one that goes, and with it the
    values that both had: by its name, or by that which this one had before it stepped aside."""
    if not isinstance(column, Column) or column.generated:
        return ""
    for change in comparison.changes:
        if isinstance(change, Rename) and change.ref == column.ref:
            return change.current.ref.name
    name = column.ref.name.removeprefix(ASIDE)
    is_aside = name != column.ref.name and column.ref not in comparison.desired.objects
    return name if is_aside and replace(column.ref, name=name) in comparison.desired.objects else ""


def _reversed_renames(changes: tuple[Change, ...]) -> dict[Ref, str]:
    """Map the address that an object had to the name that it has now."""
    renames = [change for change in changes if isinstance(change, Rename)]
    former_tables = {
        change.ref.name: change.current.ref.name for change in renames if not change.ref.table
    }
    hints = {}
    for change in renames:
        ref = change.current.ref
        hints[replace(ref, table=former_tables.get(ref.table, ref.table))] = change.ref.name
    return hints
