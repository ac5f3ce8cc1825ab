"""A table's facts as a box: its columns with their marks, and below them what is not a column."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Alter, Drop, Rename
from sqlplumb.render import words as told
from sqlplumb.render.picture.units import Head, Unit
from sqlplumb.render.picture.values import Box, BoxKind, Mark, Row
from sqlplumb.render.picture.words import in_one_line, line, names_in, several_lines
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Table,
    Trigger,
    Unique,
    View,
    VirtualTable,
)


def box(unit: Unit) -> Box:
    rows = tuple(_column(column, unit) for column in unit.columns)
    if isinstance(unit.head, VirtualTable):
        rows = tuple(Row(in_one_line(argument)) for argument in unit.head.arguments)
    facts = tuple(_facts(unit))
    return Box(
        key=unit.key,
        kind=_kind(unit.head),
        name=line(unit.head.ref.shown or unit.head.ref.name),
        label=_label(unit.head),
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


def _label(head: Head) -> str:
    match head:
        case Table():
            options = ("strict" * head.strict, "without rowid" * head.without_rowid)
            return " ".join(option for option in options if option)
        case View():
            return "view"
        case VirtualTable():
            return line(f"virtual {head.module}")


def _mark(unit: Unit) -> Mark:
    """What happens to the whole of it, or else that something in it changes."""
    whole = unit.mark(unit.head)
    return whole or ("~" if any(unit.mark(fact) for fact in unit.facts) else "")


def _column(column: Column, unit: Unit) -> Row:
    return Row(
        name=line(column.ref.shown or column.ref.name),
        type=_type(column, unit),
        keys=tuple(_keys(column.ref.name, unit)),
        notes=tuple(dict.fromkeys(_notes(column, unit))),
        mark=unit.mark(column),
        said=several_lines(unit.said(column)),
        column=column.ref.name,
    )


def _type(column: Column, unit: Unit) -> str:
    change = unit.changes.get(column.ref)
    was = change.current if isinstance(change, Alter) else column
    if isinstance(was, Column) and was.type != column.type:
        return in_one_line(f"{was.type or 'untyped'} → {column.type or 'untyped'}")
    return in_one_line(column.type)


def _keys(name: str, unit: Unit) -> Iterator[str]:
    if any(name in _terms(key.columns) for key in unit.of(PrimaryKey)):
        yield "PK"
    if any(name in key.columns for key in unit.of(ForeignKey)):
        yield "FK"
    if any(terms == (name,) for terms in unique_terms(unit)):
        yield "UQ"


def unique_terms(unit: Unit) -> Iterator[tuple[str, ...]]:
    """The columns that no two rows share, without those of the primary key."""
    for unique in unit.of(Unique):
        yield _terms(unique.columns)
    for index in unit.of(Index):
        if index.unique and not index.predicate and not any(k.is_expression for k in index.keys):
            yield _terms(index.keys)


def _terms(parts: tuple[KeyPart, ...]) -> tuple[str, ...]:
    return tuple(part.term for part in parts)


def may_be_null(column: Column, unit: Unit) -> bool:
    """SQLite alone lets the columns of most primary keys be NULL."""
    is_rowid = any(
        key.rowid_alias and column.ref.name in _terms(key.columns) for key in unit.of(PrimaryKey)
    )
    return not column.not_null and not is_rowid


def _notes(column: Column, unit: Unit) -> Iterator[str]:
    name = column.ref.name
    if column.ref.table == unit.head.ref.name and may_be_null(column, unit):
        yield "null"
    if column.generated:
        yield "generated"
    if any(name in names_in(check.expression.canonical) for check in unit.of(Check)):
        yield "check"
    for index in unit.of(Index):
        if index.predicate and name in _terms(index.keys):
            yield "partial unique" if index.unique else "partial"
    yield from (actions(key) for key in unit.of(ForeignKey) if name in key.columns and actions(key))
    yield from _differing(column, unit)


def actions(key: ForeignKey) -> str:
    said = (("on delete", key.on_delete), ("on update", key.on_update))
    return " ".join(f"{when} {what}".lower() for when, what in said if what)


def _differing(column: Column, unit: Unit) -> Iterator[str]:
    change = unit.changes.get(column.ref)
    if isinstance(change, Rename):
        yield line(f"was {change.current.ref.shown or change.current.ref.name}")
    if isinstance(change, Alter):
        yield line(f"changed: {told.listed(change.fields)}")


def _facts(unit: Unit) -> Iterator[Row]:
    """What says more than a mark beside a column can, and whatever changes; the rest is counted."""
    told_by_a_mark: list[Object] = []
    for fact in unit.facts:
        if isinstance(fact, Column | Table | View | VirtualTable):
            continue
        changed = unit.mark(fact) and not unit.mark(unit.head)
        if changed or _says_more(fact):
            yield Row(_fact(fact, unit), mark=unit.mark(fact), said=several_lines(unit.said(fact)))
        elif isinstance(fact, Index | Trigger):
            told_by_a_mark.append(fact)
    yield from _counted(told_by_a_mark)


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
    change = unit.changes.get(fact.ref)
    was = f", was {change.current.ref.shown}" if isinstance(change, Rename) else ""
    match fact:
        case Unique():
            said = f"unique ({', '.join(_terms(fact.columns))})"
        case Index():
            where = f" where {fact.predicate.text}" if fact.predicate else ""
            kind = "unique index" if fact.unique else "index"
            said = f"{kind} ({', '.join(_terms(fact.keys))}){where}"
        case PrimaryKey():
            said = f"primary key ({', '.join(_terms(fact.columns))})"
        case ForeignKey():
            said = f"foreign key ({', '.join(fact.columns)}) to {fact.target} {actions(fact)}"
        case Check():
            said = f"check ({fact.expression.text})"
        case _:
            said = f"{fact.ref.kind} {fact.ref.shown or fact.ref.name}"
    return in_one_line(said + was)


def _counted(facts: list[Object]) -> Iterator[Row]:
    along = told.along(tuple(Drop(fact) for fact in facts))
    if along:
        said = "\n".join(line(fact.ref.shown or fact.ref.name) for fact in facts)
        yield Row(along.removeprefix(", with "), said=said)
