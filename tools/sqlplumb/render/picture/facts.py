"""What of a table is no column: told in a line below the columns, or counted."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Drop, Rename
from sqlplumb.render import words as told
from sqlplumb.render.picture.keys import actions, terms
from sqlplumb.render.picture.units import Unit
from sqlplumb.render.picture.values import Row
from sqlplumb.render.picture.words import in_one_line, line, names_in, several_lines
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Object,
    PrimaryKey,
    Table,
    Trigger,
    Unique,
    View,
    VirtualTable,
)


def other_facts(unit: Unit) -> Iterator[Row]:
    """What says more than a mark beside a column can, and whatever changes; the rest is counted."""
    counted: list[Object] = []
    for fact in unit.facts:
        if isinstance(fact, Column | Table | View | VirtualTable):
            continue
        changed = unit.mark(fact) and unit.mark(unit.head) not in ("+", "-")
        if changed or _says_more(fact):
            yield Row(_fact(fact, unit), mark=unit.mark(fact), said=several_lines(unit.said(fact)))
        elif isinstance(fact, Index | Trigger):
            counted.append(fact)
    yield from _counted(counted)


def _says_more(fact: Object) -> bool:
    match fact:
        case Unique():
            return len(fact.columns) > 1
        case Index():
            return fact.predicate is not None or (fact.unique and len(fact.keys) > 1)
        case Check():
            return len(names_in(fact.expression.canonical)) == 0
        case _:
            return False


def _fact(fact: Object, unit: Unit) -> str:
    """By name where it changes: that is what a person looks for then."""
    renamed = [one for one in unit.changes_of(fact) if isinstance(one, Rename)]
    was = "".join(f", was {one.current.ref.shown}" for one in renamed)
    name = fact.ref.shown if unit.mark(fact) or isinstance(fact, Trigger) else ""
    kind = "unique index" if isinstance(fact, Index) and fact.unique else fact.ref.kind
    return in_one_line(" ".join(part for part in (kind, name, _content(fact)) if part) + was)


def _content(fact: Object) -> str:
    match fact:
        case Unique() | PrimaryKey():
            return f"({', '.join(terms(fact.columns))})"
        case Index():
            where = f" where {fact.predicate.text}" if fact.predicate else ""
            return f"({', '.join(terms(fact.keys))}){where}"
        case ForeignKey():
            return f"({', '.join(fact.columns)}) to {fact.target} {actions(fact)}"
        case Check():
            return f"({fact.expression.text})"
        case _:
            return ""


def _counted(facts: list[Object]) -> Iterator[Row]:
    along = told.along(tuple(Drop(fact) for fact in facts))
    if along:
        said = "\n".join(line(fact.ref.shown or fact.ref.name) for fact in facts)
        yield Row(along.removeprefix(", with "), said=said)
