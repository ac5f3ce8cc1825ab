"""Rows that refer to nothing by a foreign key that is new, as SQLite itself would report them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import replace

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.engines.sqlite.plan.naming import quoted, statement
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Unique,
    Unit,
)
from sqlplumb.steps import Guard, RowCheck, Step

REFERS = " refers to rows of "  # in the name of a guard: the child's columns, and the parent


def refers_alike(current: ForeignKey, desired: ForeignKey) -> bool:
    sides = [(key.columns, key.target, key.target_columns) for key in (current, desired)]
    return sides[0] == sides[1]


def key_checks(
    desired: Unit,
    changes: tuple[Change, ...],
    *,
    kept: Collection[str] | None = None,
    plain: Collection[str] = (),
) -> Iterator[Guard]:
    """That no row of the new table refers to nothing by a key that is new. Where not the values of
    all columns are `kept`, or not all compare as they did (`plain`), the keys that stay are asked
    as well, of those who refer to it too."""
    for key in new_keys(changes):
        yield from _checks(key, desired, desired)
    if kept is not None:
        for key, unit in _moved_keys(desired, changes, kept=kept, plain=plain):
            yield from _checks(key, unit, desired)


def _checks(key: ForeignKey, unit: Unit, desired: Unit) -> Iterator[Guard]:
    name = f" by {key.ref.shown}" if key.ref.shown else ""
    parent = key.shown[0] if key.shown else key.target
    columns = ", ".join(map(unit.spelled, key.columns))
    words = f"{unit.display} ({columns}){REFERS}{parent}{name}"
    for _, where, _ in orphans(key, unit, desired):
        assert where, "the table that is wanted has the columns of its own key"
        refused = f"FROM {quoted(unit.display)}\n    WHERE {where}"
        yield Guard(words, f"NOT EXISTS (SELECT 1 {refused})", f"SELECT count(*) {refused}")


def new_keys(changes: tuple[Change, ...]) -> Iterator[ForeignKey]:
    """Yield the foreign keys that refer to what none of before did."""
    for change in changes:
        if isinstance(change, Drop) or not isinstance(change.desired, ForeignKey):
            continue
        known = None if isinstance(change, Create) else change.current
        if not (isinstance(known, ForeignKey) and refers_alike(known, change.desired)):
            yield change.desired


def _moved_keys(
    desired: Unit, changes: tuple[Change, ...], *, kept: Collection[str], plain: Collection[str]
) -> Iterator[tuple[ForeignKey, Unit]]:
    """A collation of the child's is nothing to SQLite, which compares by that of the parent."""
    if desired.columns.keys() <= {*plain}:
        return
    changed = {change.ref for change in changes}
    for name, unit in desired.schema.tables.items():
        for key in unit.foreign_keys:
            if key.ref not in changed:
                targets = key.target_columns or desired.schema.unit(key.target).key
                moves = name == desired.name and not {*key.columns} <= {*kept}
                if moves or (key.target == desired.name and not {*targets} <= {*plain}):
                    yield key, unit


def keys_that_wake(
    current: Schema, desired: Schema, changes: Collection[Change]
) -> Iterator[ForeignKey]:
    """The foreign keys that stay, and whose parent gets the key that they name. Until then SQLite
    could not tell which of their rows are orphans."""
    parents = {change.ref.unit for change in changes if _can_make_a_key(change)}
    former = {_reference(fact) for fact in current.objects.values() if isinstance(fact, ForeignKey)}
    for key in desired.objects.values():
        if not isinstance(key, ForeignKey) or key.target not in parents:
            continue
        is_known = _reference(key) in former and not _is_answered(key, current)
        if is_known and _is_answered(key, desired):
            yield key


def _can_make_a_key(change: Change) -> bool:
    """A column too: SQLite wants a key that compares by the collation of its columns."""
    match change:
        case Create(fact) | Alter(_, fact) | Rename(_, fact):
            is_key = isinstance(fact, Table | Column | PrimaryKey | Unique)
            return is_key or (isinstance(fact, Index) and fact.unique)
        case _:
            return False


def _reference(key: ForeignKey) -> tuple[object, ...]:
    """What it says, whatever it is called."""
    return key.ref.table, key.columns, key.target, key.target_columns


def with_woken(step: Step, key: ForeignKey, current: Schema, *, desired: Schema) -> Step:
    """The step that gives a parent its key, and what it asks of the rows that refer to it."""
    child, former = (schema.tables[key.ref.table] for schema in (desired, current))
    checks = tuple(_checks(key, child, child))
    if set(checks) <= set(step.checks):
        return step
    parts = [key.ref.column_ref(name) for name in key.columns]
    if key.target in current.tables:
        names = key.target_columns or desired.unit(key.target).key
        parts += [key.target_ref.column_ref(name) for name in names]
    known = all(_stays(ref, current, desired) for ref in parts)
    rules = [*orphans(key, former, child)]
    row_checks = [
        RowCheck(ref=key.ref, rule=rule, table=former.display, where=where, shows=shows)
        for rule, where, shows in rules
        if known and where
    ]
    return replace(
        step,
        checks=(*step.checks, *checks),
        row_checks=(*step.row_checks, *row_checks),
        unasked=(*step.unasked, *(rule for rule, where, _ in rules if not (known and where))),
    )


def _stays(ref: Ref, current: Schema, desired: Schema) -> bool:
    """Will this column hold and compare what it does now?"""
    facts = current.objects.get(ref), desired.objects.get(ref)
    columns = [fact for fact in facts if isinstance(fact, Column)]
    hinted = any(column.backfill or column.generated for column in columns)
    return facts[0] == facts[1] and not hinted


def orphans(key: ForeignKey, unit: Unit, desired: Unit) -> Iterator[tuple[str, str, str]]:
    """The rows that `PRAGMA foreign_key_check` would report: all that refer to a table that is not
    there; none where the parent has no such key, for that SQLite itself cannot answer. The
    condition is empty where the parent has no such columns yet."""
    rule = f"{key.ref} REFERENCES {key.shown[0] if key.shown else key.target}"
    own = [f"{quoted(unit.display)}.{quoted(name)}" for name in key.columns]
    real = " AND ".join(f"{name} IS NOT NULL" for name in own)
    if not _is_answered(key, desired.schema):
        return
    targets = key.target_columns or desired.schema.unit(key.target).key
    parent = unit.schema.tables.get(key.target)
    if parent is None or key.target not in desired.schema.tables:
        yield rule, real, ", ".join(own)
    elif set(targets) <= parent.columns.keys():
        # `+` takes the child's affinity away: SQLite compares by that of the parent alone.
        pairs = zip(own, targets, strict=True)
        same = " AND ".join(f"parent.{quoted(target)} = +{name}" for name, target in pairs)
        none = f"NOT EXISTS (SELECT 1 FROM {quoted(key.target)} AS parent WHERE {same})"
        yield rule, f"{real} AND {none}", ", ".join(own)
    else:
        yield rule, "", ""


def refers_to_filled(key: ForeignKey, current: Unit, desired: Unit) -> bool:
    """To a column whose rows get other values: what they will be, cannot be asked yet. A hint whose
    work is done gives none."""
    target = desired.schema.unit(key.target)
    names = key.target_columns or target.key
    hinted = any(target.columns[name].backfill for name in names if name in target.columns)
    return hinted and _decides(current.schema, key.target) != _decides(desired.schema, key.target)


def _decides(schema: Schema, table: str) -> Mapping[Ref, Object]:
    """Return what decides whether a hint has work to do: columns of its table, and rules."""
    facts = schema.unit(table).facts
    return {fact.ref: fact for fact in facts if isinstance(fact, Column | Check | ForeignKey)}


def is_known_before(key: ForeignKey, current: Unit, desired: Unit) -> bool:
    """Are the rows that it refers to nothing by the same before as after? What it refers to may not
    be there yet, get other values, or compare otherwise."""
    sides = [schema.unit(key.target) for schema in (current.schema, desired.schema)]
    names = key.target_columns or sides[1].key
    if sides[0].head is None:
        return True  # nothing is in it, and nothing will be
    pairs = [[side.columns.get(name) for side in sides] for name in names]
    compared = [[c and (c.type, c.collation, c.generated) for c in pair] for pair in pairs]
    are_same = all(now and now == then for now, then in compared)
    return are_same and not refers_to_filled(key, current, desired)


def _is_answered(key: ForeignKey, schema: Schema) -> bool:
    """Asked of SQLite, over the parent as it is there."""
    parent = schema.tables.get(key.target)
    if parent is None:
        return key.target not in {*schema.units, *schema.by_unit}
    unique = [index.text for index in parent.indexes if index.unique]
    own = ", ".join(quoted(f"c{number}") for number, _ in enumerate(key.columns))
    targets = ", ".join(map(quoted, key.target_columns))
    refers = f"REFERENCES {quoted(key.target)}" + (f" ({targets})" if targets else "")
    with closing(scratch_for_code()) as scratch:
        for text in (parent.text, *unique):
            scratch.execute(statement(text))
        scratch.execute(f"CREATE TABLE _plumb_child ({own}, FOREIGN KEY ({own}) {refers})")
        try:
            scratch.execute("PRAGMA foreign_key_check(_plumb_child)").fetchall()
        except sqlite3.OperationalError:
            return False
    return True
