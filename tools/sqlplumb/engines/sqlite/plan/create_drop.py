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


def create_object(fact: Object, changes: tuple[Change, ...] = (), rules: RowRules = _NONE) -> Step:
    """Create an object from its author's text. `changes` is empty where it only comes back."""
    gives: tuple[str, ...] = ()
    needs: tuple[str, ...] = (BODIES_GONE,)
    match fact:
        case Table():
            gives = table_there(fact.ref.name)
        case VirtualTable():
            gives = table_there(fact.ref.name)
            # Its module alone knows which of its words are names of tables.
            named_tables = named(tokens(fact.text), strings=True) - {fact.ref.name}
            needs = (BODIES_GONE, *map(there, named_tables))
        case View():
            gives, needs = (there(fact.ref.name),), (TABLES_THERE,)
        case Index():
            needs = (there(fact.ref.table),)
        case Trigger():
            needs = (there(fact.ref.table), TABLES_THERE)
    return Step(
        verb="create",
        ref=fact.ref,
        statements=(statement(fact.text),),
        gives=frozenset(gives),
        needs=frozenset((_name_gone(fact), *needs)),
        changes=changes,
        row_checks=rules.row_checks,
        unasked=rules.unasked,
    )


def drop_object(fact: Object, changes: tuple[Change, ...] = ()) -> Step:
    """Drop an object. A table goes when no step needs it any more: its rows may yet be copied."""
    gives, losses = {_name_gone(fact)}, tuple[Loss, ...]()
    is_table = isinstance(fact, Table | VirtualTable)
    if is_table:
        gives.add(TABLES_THERE)
    elif isinstance(fact, View | Trigger):
        gives.add(BODIES_GONE)
    if is_table and changes:
        comment = rename_hint(fact.ref.display)
        advice = f"if it has another name now, say `{comment}` there" if comment else ""
        message = f"{fact.ref.kind} {fact.ref} and all its rows"
        losses = (Loss(kind="drop", ref=fact.ref, message=message, advice=advice),)
    return Step(
        verb="drop",
        ref=fact.ref,
        statements=(f"DROP {_DROP[fact.ref.kind]} {quoted(fact.ref.display)}",),
        gives=frozenset(gives),
        needs=frozenset((was_read(fact.ref.name), BODIES_GONE) if is_table else ()),
        changes=changes,
        losses=losses,
        drops_table=is_table,
    )


def create_unit(unit: Unit, changes: tuple[Change, ...]) -> Iterator[Step]:
    """A table or a view, and what hangs on it."""
    assert unit.head is not None
    inside = tuple(c for c in changes if c.ref.inline or c.ref == unit.head.ref)
    yield create_object(unit.head, inside)
    for fact in unit.dependents:
        yield create_object(fact, tuple(c for c in changes if c.ref == fact.ref))


def drop_unit(unit: Unit, changes: tuple[Change, ...]) -> Step:
    """What hangs on it goes with it, and its name is free as well."""
    assert unit.head is not None
    return with_names_freed(drop_object(unit.head, changes), unit)


def with_names_freed(step: Step, unit: Unit) -> Step:
    freed = {_name_gone(fact) for fact in unit.dependents}
    return replace(step, gives=step.gives | freed)


def beside(current: Unit, desired: Unit, changes: tuple[Change, ...]) -> Iterator[Step]:
    """Indexes and triggers of a table that itself stays: SQLite can only make them anew."""
    for change in changes:
        if not isinstance(change, Create):
            yield drop_object(change.current, (change,) if isinstance(change, Drop) else ())
        if not isinstance(change, Drop):
            rules = row_rules(current, desired, (change,), filled=[])
            yield create_object(change.desired, (change,), rules)


def _name_gone(fact: Object) -> str:
    name = fact.ref.name
    return trigger_gone(name) if isinstance(fact, Trigger) else gone(name)
