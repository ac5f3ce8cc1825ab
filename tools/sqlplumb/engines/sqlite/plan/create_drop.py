"""Steps for what comes and goes whole: tables, views, virtual tables, indexes, triggers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.changes import Change, Create, Drop
from sqlplumb.engines.sqlite.parse.expressions import named
from sqlplumb.engines.sqlite.parse.lexer import tokens
from sqlplumb.engines.sqlite.plan.naming import (
    BODIES_GONE,
    TABLES_THERE,
    gone,
    quoted,
    statement,
    table_there,
    there,
    trigger_gone,
    was_read,
)
from sqlplumb.engines.sqlite.plan.row_checks import RowRules, row_rules
from sqlplumb.engines.sqlite.read.hints import rename_hint
from sqlplumb.schema import Index, Object, Table, Trigger, Unit, View, VirtualTable
from sqlplumb.steps import Loss, Step

_DROP = {
    "table": "TABLE",
    "virtual table": "TABLE",
    "view": "VIEW",
    "index": "INDEX",
    "trigger": "TRIGGER",
}


_NONE = RowRules((), ())


def created(fact: Object, changes: tuple[Change, ...] = (), rules: RowRules = _NONE) -> Step:
    """From the author's own text. `changes` is empty where it only comes back after a rebuild."""
    return Step(
        verb="create",
        ref=fact.ref,
        statements=(statement(fact.text),),
        gives=frozenset(_given(fact)),
        needs=frozenset((_name_gone(fact), *_needed(fact))),
        changes=changes,
        row_checks=rules.row_checks,
        unasked=rules.unasked,
    )


def dropped(fact: Object, changes: tuple[Change, ...] = ()) -> Step:
    """A table goes when nothing needs it any more: rows of it may yet be copied elsewhere."""
    name = quoted(fact.ref.display)
    is_table = isinstance(fact, Table | VirtualTable)
    return Step(
        verb="drop",
        ref=fact.ref,
        statements=(f"DROP {_DROP[fact.ref.kind]} {name}",),
        gives=frozenset((_name_gone(fact), *_given_by_drop(fact))),
        needs=frozenset((was_read(fact.ref.name), BODIES_GONE) if is_table else ()),
        changes=changes,
        losses=tuple(_lost(fact)) if changes else (),
        drops_table=is_table,
    )


def created_whole(unit: Unit, changes: tuple[Change, ...]) -> Iterator[Step]:
    """A table or a view, and what hangs on it."""
    assert unit.head is not None
    inside = tuple(c for c in changes if c.ref.inline or c.ref == unit.head.ref)
    yield created(unit.head, inside)
    for fact in unit.dependents:
        yield created(fact, tuple(c for c in changes if c.ref == fact.ref))


def dropped_whole(unit: Unit, changes: tuple[Change, ...]) -> Step:
    """What hangs on it goes with it, and its name is free as well."""
    assert unit.head is not None
    return with_freed(dropped(unit.head, changes), unit)


def with_freed(step: Step, unit: Unit) -> Step:
    freed = {_name_gone(fact) for fact in unit.dependents}
    return replace(step, gives=step.gives | freed)


def beside(current: Unit, desired: Unit, changes: tuple[Change, ...]) -> Iterator[Step]:
    """Indexes and triggers of a table that itself stays: SQLite can only make them anew."""
    for change in changes:
        if not isinstance(change, Create):
            yield dropped(change.current, (change,) if isinstance(change, Drop) else ())
        if not isinstance(change, Drop):
            rules = row_rules(current, desired, (change,), filled=[])
            yield created(change.desired, (change,), rules)


def _name_gone(fact: Object) -> str:
    name = fact.ref.name
    return trigger_gone(name) if isinstance(fact, Trigger) else gone(name)


def _given(fact: Object) -> tuple[str, ...]:
    match fact:
        case Table() | VirtualTable():
            return table_there(fact.ref.name)
        case View():
            return (there(fact.ref.name),)
        case _:
            return ()


def _given_by_drop(fact: Object) -> tuple[str, ...]:
    match fact:
        case Table() | VirtualTable():
            return (TABLES_THERE,)
        case View() | Trigger():
            return (BODIES_GONE,)
        case _:
            return ()


def _needed(fact: Object) -> Iterator[str]:
    """An index and a trigger need their table, a virtual table those that it names."""
    match fact:
        case Index():
            yield there(fact.ref.table)
        case Trigger():
            yield from (there(fact.ref.table), TABLES_THERE)
        case View():
            yield TABLES_THERE
        case VirtualTable():
            yield BODIES_GONE
            said = named(tokens(fact.text), strings=True)
            yield from (there(name) for name in said - {fact.ref.name})
        case _:
            yield BODIES_GONE


def _lost(fact: Object) -> Iterator[Loss]:
    match fact:
        case Table() | VirtualTable():
            said = rename_hint(fact.ref.display)
            advice = f"if it has another name now, say `{said}` there" if said else ""
            yield Loss(
                kind="drop",
                ref=fact.ref,
                message=f"{fact.ref.kind} {fact.ref} and all its rows",
                advice=advice,
            )
        case _:
            return
