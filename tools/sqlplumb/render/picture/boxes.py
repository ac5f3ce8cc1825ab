"""A table as a box: its columns, each with its keys and notes, and what happens to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.changes import Alter, Drop, Rename
from sqlplumb.render import words as told
from sqlplumb.render.picture.values import (
    Box,
    BoxKind,
    DrawnUnit,
    Edge,
    Mark,
    Row,
    actions,
    in_one_line,
    line,
    may_be_null,
    several_lines,
    terms,
    unique_terms,
)
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Head,
    Index,
    Object,
    PrimaryKey,
    Table,
    Trigger,
    Unique,
    View,
    VirtualTable,
)


def box(unit: DrawnUnit) -> Box:
    rows = tuple(_column(column, unit) for column in unit.columns)
    if isinstance(unit.head, VirtualTable):
        rows = tuple(Row(name=in_one_line(argument)) for argument in unit.head.arguments)
    facts = tuple(other_facts(unit))
    return Box(
        key=unit.key,
        kind=_kind(unit.head),
        name=line(unit.head.ref.display),
        label=line(", ".join((*_kinds(unit.head), *_differing(unit.head, unit)))),
        columns=rows,
        facts=facts,
        mark=_mark(unit),
        said=several_lines(unit.said(unit.head)),
    )


def _kind(head: Head) -> BoxKind:
    match head:
        case Table():
            return "table"
        case View():
            return "view"
        case VirtualTable():
            return "virtual table"


def _kinds(head: Head) -> Iterator[str]:
    match head:
        case Table():
            yield from ["strict"] * head.options.flag("strict")
            yield from ["without rowid"] * head.options.flag("without_rowid")
        case View():
            yield "view"
        case VirtualTable():
            yield f"virtual {head.module}"


def _mark(unit: DrawnUnit) -> Mark:
    """What happens to the whole of it, or else that something in it changes."""
    whole = unit.mark(unit.head)
    return whole or ("~" if any(unit.mark(fact) for fact in unit.unit.facts) else "")


def _column(column: Column, unit: DrawnUnit) -> Row:
    return Row(
        name=line(column.ref.display),
        type=_type(column, unit),
        keys=tuple(_keys(column, unit)),
        notes=tuple(dict.fromkeys(_notes(column, unit))),
        mark=unit.mark(column),
        said=several_lines(unit.said(column)),
        column=column.ref.name,
    )


def _type(column: Column, unit: DrawnUnit) -> str:
    altered = [one for one in unit.changes_of(column) if isinstance(one, Alter)]
    was = altered[0].current if altered else column
    if isinstance(was, Column) and was.type != column.type:
        return in_one_line(f"{was.type or 'untyped'} → {column.type or 'untyped'}")
    return in_one_line(column.type)


def _keys(column: Column, unit: DrawnUnit) -> Iterator[str]:
    name = column.ref.name
    if any(name in terms(key.columns) for key in unit.beside(column, PrimaryKey)):
        yield "PK"
    if any(name in key.columns for key in unit.beside(column, ForeignKey)):
        yield "FK"
    unique: list[Unique | Index] = [*unit.beside(column, Unique), *unit.beside(column, Index)]
    if (name,) in unique_terms(unique):
        yield "UQ"


def _notes(column: Column, unit: DrawnUnit) -> Iterator[str]:
    name = column.ref.name
    if column.ref.table == unit.head.ref.name and may_be_null(column, unit):
        yield "null"
    if column.generated:
        yield "generated"
    if any(name in check.expression.columns for check in unit.beside(column, Check)):
        yield "check"
    for index in unit.beside(column, Index):
        if index.predicate and name in terms(index.keys):
            yield "partial unique" if index.unique else "partial"
    yield from (
        actions(key)
        for key in unit.beside(column, ForeignKey)
        if name in key.columns and actions(key)
    )
    yield from _differing(column, unit)


def _differing(fact: Object, unit: DrawnUnit) -> Iterator[str]:
    for change in unit.changes_of(fact):
        if isinstance(change, Rename):
            yield line(f"was {change.current.ref.display}")
        if isinstance(change, Alter):
            yield line(f"changed: {told.listed(change)}")


def other_facts(unit: DrawnUnit) -> Iterator[Row]:
    """What says more than a mark beside a column can, and whatever changes; the rest is counted."""
    counted: list[Object] = []
    for fact in unit.unit.facts:
        if isinstance(fact, Column | Table | View | VirtualTable):
            continue
        changed = unit.mark(fact) and unit.mark(unit.head) not in ("+", "-")
        if changed or _says_more(fact):
            yield Row(
                name=_fact(fact, unit), mark=unit.mark(fact), said=several_lines(unit.said(fact))
            )
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
            return not fact.expression.columns
        case _:
            return False


def _fact(fact: Object, unit: DrawnUnit) -> str:
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
        said = "\n".join(line(fact.ref.display) for fact in facts)
        yield Row(name=along.removeprefix(", with "), said=said)


def edges(units: Sequence[DrawnUnit]) -> Iterator[Edge]:
    by_key = {unit.key: unit for unit in units}
    for unit in units:
        for key in unit.of(ForeignKey):
            yield _edge(key, unit, by_key)


def _edge(key: ForeignKey, unit: DrawnUnit, units: Mapping[str, DrawnUnit]) -> Edge:
    parent = units.get(key.target)
    columns = [column for column in unit.columns if column.ref.name in key.columns]
    return Edge(
        child=unit.key,
        parent=key.target,
        columns=key.columns,
        targets=key.target_columns or (_primary(parent) if parent else ()),
        required=not any(may_be_null(column, unit) for column in columns),
        single=any(parts and set(parts) <= set(key.columns) for parts in _unique(unit)),
        actions=actions(key),
        mark=unit.mark(key),
        said=several_lines(unit.said(key)),
    )


def _unique(unit: DrawnUnit) -> Iterator[tuple[str, ...]]:
    yield _primary(unit)
    yield from unique_terms((*unit.of(Unique), *unit.of(Index)))


def _primary(unit: DrawnUnit) -> tuple[str, ...]:
    return next((terms(key.columns) for key in unit.of(PrimaryKey)), ())


def missing(boxes: Sequence[Box], found: Sequence[Edge], names: Mapping[str, str]) -> list[Box]:
    """A box for each table that is referred to and is not there: SQLite lets that be."""
    here = {box.key for box in boxes}
    gone = dict.fromkeys(edge.parent for edge in found if edge.parent not in here)
    return [
        Box(key=key, kind="missing", name=line(names.get(key, key)), label="not here")
        for key in gone
    ]
