"""Renames, in place: SQLite itself rewrites whatever speaks of the name, on a scratch first.

What comes out on the scratch is the schema that everything else is then planned from. Hints say
which names move; a name must be free to be taken, so one in a circle steps aside.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from sqlplumb.changes import Change, Create, Rename
from sqlplumb.engines.moves import TwoClaims, aside, moves
from sqlplumb.engines.sqlite.parse.lexer import fold, literal
from sqlplumb.engines.sqlite.parse.statements import units as gathered
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.engines.sqlite.plan.script import creates
from sqlplumb.engines.sqlite.read.catalog import list_statements
from sqlplumb.engines.sqlite.read.hints import hints_kept
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.engines.sqlite.read.schema import all_names, read_units
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Column, Object, Ref, Schema, Table, Unit, VirtualTable
from sqlplumb.steps import Guard, Loss, Step

_IN_THE_WAY = re.compile(r"error in (view|trigger) (.+?)(?: after rename)?: ")


@dataclass(frozen=True, slots=True)
class Renamed:
    """The steps, and the current schema as they leave it.

    `swapped` are the tables whose own text tells that names changed places.
    """

    schema: Schema
    steps: tuple[Step, ...] = ()
    swapped: frozenset[str] = frozenset()


def plan_renames(current: Schema, desired: Schema) -> Renamed:
    """Tables first, then columns, which stand in tables that have their desired names already."""
    try:
        tables, schema = _with_the_way_cleared(current, _table_steps(current, desired))
        columns = tuple(_column_steps(schema, desired))
    except TwoClaims as error:
        raise Refused(Problem(str(error), "let one of the two hints stand")) from error
    swapped = _swapped(current, desired, tables) | _swapped(schema, desired, columns)
    columns, schema = _with_the_way_cleared(schema, columns)
    return Renamed(schema, (*tables, *columns), swapped)


def _swapped(current: Schema, desired: Schema, steps: tuple[Step, ...]) -> frozenset[str]:
    """Return the tables whose hints could be done again once this is done, and are kept by a
    database: the former name stays, for what had the new one or says that it had."""
    kept = dict(hints_kept(desired.objects.values()))
    changes = [change for step in steps for change in step.changes if isinstance(change, Rename)]
    formers = [(change, replace(change.ref, name=change.current.ref.name)) for change in changes]
    return frozenset(
        change.ref.unit
        for change, former in formers
        if change.ref in kept
        and type(change.current) is type(change.desired)
        and former in desired.objects
        and (change.ref in current.objects or kept.get(former) == change.ref.name)
    )


def idle_swaps(desired: Schema, changes: Iterable[Change]) -> frozenset[str]:
    """Return the tables with new columns whose hints move nothing now and would do so once the
    columns are there: only a table that is made anew keeps the hints, and so tells."""
    kept = dict(hints_kept(desired.objects.values()))
    new = {change.ref for change in changes if isinstance(change, Create)}
    columns = [ref for ref in new if ref in kept and ref.table and ref.table_ref not in new]
    return frozenset(ref.unit for ref in columns if replace(ref, name=kept[ref]) in desired.objects)


def is_in_place(change: Change) -> bool:
    """What SQLite can rename; an index, a view or a constraint is made anew under its name."""
    return isinstance(change, Rename) and isinstance(change.desired, Table | VirtualTable | Column)


def renames(current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
    """Return the current schema under its desired names, and the changes that gave it those."""
    result = plan_renames(current, desired)
    return result.schema, tuple(change for step in result.steps for change in step.changes)


def _table_steps(current: Schema, desired: Schema) -> tuple[Step, ...]:
    heads, desired_heads = _tables(current), _tables(desired)
    hints = {name: fact.renamed_from for name, fact in desired_heads.items() if fact.renamed_from}
    taken = {ref.name for schema in (current, desired) for ref in schema.objects}
    planned = moves(hints, heads.keys(), desired_heads.keys(), taken=taken)
    steps = [_evicted(heads[name]) for name in planned.evicted]
    moved: dict[str, Object] = dict(heads)
    for move in planned.moves:
        fact = moved[move.desired] = moved.pop(move.current)
        goal = desired_heads.get(move.desired)
        shown = goal.ref.shown if goal else move.desired
        name = fact.ref.display if move.current in heads else move.current
        is_called = _exists(shown)
        if fold(shown) != fold(name):
            is_called += f"\n    AND NOT {_exists(name)}"
        steps.append(
            Step(
                verb="rename",
                ref=goal.ref if goal else fact.ref.neighbor(move.desired, shown=move.desired),
                statements=(f"ALTER TABLE {quoted(name)} RENAME TO {quoted(shown)}",),
                evidence=(Guard(f"{name} was renamed to {shown}", is_called),),
                changes=(Rename(fact, goal),) if goal else (),
            )
        )
    return tuple(steps)


def _tables(schema: Schema) -> dict[str, Table | VirtualTable]:
    facts = schema.objects.values()
    return {fact.ref.name: fact for fact in facts if isinstance(fact, Table | VirtualTable)}


def _evicted(fact: Table | VirtualTable) -> Step:
    message = f"{fact.ref.kind} {fact.ref} and all its rows: another table takes its name"
    return Step(
        verb="rename",
        ref=fact.ref,
        statements=(f"DROP TABLE {quoted(fact.ref.display)}",),
        drops_table=True,
        evidence=(Guard(f"{fact.ref} is gone", f"NOT {_exists(fact.ref.display)}"),),
        losses=(Loss(kind="drop", ref=fact.ref, message=message),),
    )


def _column_steps(current: Schema, desired: Schema) -> Iterator[Step]:
    for table, unit in desired.tables.items():
        if table not in current.tables:
            continue
        known, wanted = current.tables[table].columns, unit.columns
        hints = {name: fact.renamed_from for name, fact in wanted.items() if fact.renamed_from}
        planned = moves(hints, known.keys(), wanted.keys())
        for name in planned.evicted:
            yield _column_step(unit, name, aside(name, {*known, *wanted}))
        moved = dict(known)
        for move in planned.moves:
            fact = moved[move.desired] = moved.pop(move.current)
            goal = wanted.get(move.desired)
            step = _column_step(unit, move.current, goal.ref.display if goal else move.desired)
            yield replace(step, changes=(Rename(fact, goal),) if goal else ())


def _column_step(unit: Unit, current: str, desired: str) -> Step:
    table = quoted(unit.display)
    return Step(
        verb="rename",
        ref=unit.ref.column_ref(fold(desired), shown=desired),
        statements=(f"ALTER TABLE {table} RENAME COLUMN {quoted(current)} TO {quoted(desired)}",),
        evidence=(
            Guard(
                f"{unit.display}.{current} was renamed to {desired}",
                _has_columns(unit.display, desired, current),
            ),
        ),
    )


def _exists(table: str) -> str:
    where = f"WHERE type = 'table' AND lower(name) = {literal(fold(table))}"
    return f"EXISTS (SELECT 1 FROM main.sqlite_master\n    {where})"


def _has_columns(table: str, name: str, former: str) -> str:
    """The one, and the other no more: else what follows would take one for the other."""
    columns = f"SELECT 1 FROM pragma_table_xinfo({literal(table)})\n    WHERE lower(name) = "
    is_there = f"EXISTS ({columns}{literal(fold(name))})"
    if fold(name) == fold(former):
        return is_there
    return f"{is_there}\n    AND NOT EXISTS ({columns}{literal(fold(former))})"


def _with_the_way_cleared(
    current: Schema, steps: tuple[Step, ...]
) -> tuple[tuple[Step, ...], Schema]:
    """SQLite renames nothing while a view or a trigger cannot be read; such a one goes before, and
    is made again from the desired schema."""
    if not steps:
        return steps, current
    for _ in current.objects:
        try:
            return steps, _after(current, steps)
        except sqlite3.Error as error:
            blamed = _IN_THE_WAY.search(str(error))
            if blamed is None:
                raise Refused(_cannot(str(error), steps)) from error
            drop = f"DROP {blamed[1].upper()} {quoted(blamed[2])}"
            if any(drop in step.statements for step in steps):
                raise Refused(_cannot(str(error), steps)) from error
            first = replace(steps[0], statements=(drop, *steps[0].statements))
            steps = (first, *steps[1:])
    return steps, current


def _cannot(why: str, steps: tuple[Step, ...]) -> Problem:
    names = ", ".join(str(step.ref) for step in steps)
    advice = (
        "take out what SQLite stumbles over (such as a UNIQUE with a key column of a table WITHOUT"
        " ROWID), rename in a revision of its own, and put it back in the next one"
    )
    changes = (change for step in steps for change in step.changes)
    places = (change.desired.place for change in changes if isinstance(change, Rename))
    place = next(places, None)
    return Problem(f"SQLite cannot rename to {names}: {why}", advice, place=place)


def _after(current: Schema, steps: tuple[Step, ...]) -> Schema:
    """Return the current schema as SQLite leaves it behind these steps.

    What no rename touched is what it was, with its place.
    """
    with closing(scratch_for_code()) as scratch:
        scratch.executescript(creates(current))
        for statement in (text for step in steps for text in step.statements):
            scratch.execute(statement)
        units = gathered(list_statements(scratch))
        objects: dict[Ref, Object] = {}
        for fact in read_units(scratch, units, all_names(units.values())):
            known = current.objects.get(fact.ref)
            is_known = known is not None and known == fact and known.text == fact.text
            objects[fact.ref] = known if known is not None and is_known else fact
        return replace(current, objects=objects)
