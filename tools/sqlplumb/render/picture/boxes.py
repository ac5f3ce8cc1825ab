"""A table as a box: its columns, each with its keys and notes, and what happens to them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Alter, Rename
from sqlplumb.render import words as told
from sqlplumb.render.picture.facts import other_facts
from sqlplumb.render.picture.keys import actions, may_be_null, terms, unique_terms
from sqlplumb.render.picture.units import Head, Unit
from sqlplumb.render.picture.values import Box, BoxKind, Mark, Row
from sqlplumb.render.picture.words import in_one_line, line, names_in, several_lines
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Object,
    PrimaryKey,
    Table,
    Unique,
    View,
    VirtualTable,
)


def box(unit: Unit) -> Box:
    rows = tuple(_column(column, unit) for column in unit.columns)
    if isinstance(unit.head, VirtualTable):
        rows = tuple(Row(in_one_line(argument)) for argument in unit.head.arguments)
    facts = tuple(other_facts(unit))
    return Box(
        key=unit.key,
        kind=_kind(unit.head),
        name=line(unit.head.ref.shown or unit.head.ref.name),
        label=_label(unit),
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


def _label(unit: Unit) -> str:
    return line(", ".join((*_kinds(unit.head), *_differing(unit.head, unit))))


def _kinds(head: Head) -> Iterator[str]:
    match head:
        case Table():
            yield from ["strict"] * head.strict
            yield from ["without rowid"] * head.without_rowid
        case View():
            yield "view"
        case VirtualTable():
            yield f"virtual {head.module}"


def _mark(unit: Unit) -> Mark:
    """What happens to the whole of it, or else that something in it changes."""
    whole = unit.mark(unit.head)
    return whole or ("~" if any(unit.mark(fact) for fact in unit.facts) else "")


def _column(column: Column, unit: Unit) -> Row:
    return Row(
        name=line(column.ref.shown or column.ref.name),
        type=_type(column, unit),
        keys=tuple(_keys(column, unit)),
        notes=tuple(dict.fromkeys(_notes(column, unit))),
        mark=unit.mark(column),
        said=several_lines(unit.said(column)),
        column=column.ref.name,
    )


def _type(column: Column, unit: Unit) -> str:
    altered = [one for one in unit.changes_of(column) if isinstance(one, Alter)]
    was = altered[0].current if altered else column
    if isinstance(was, Column) and was.type != column.type:
        return in_one_line(f"{was.type or 'untyped'} → {column.type or 'untyped'}")
    return in_one_line(column.type)


def _keys(column: Column, unit: Unit) -> Iterator[str]:
    name = column.ref.name
    if any(name in terms(key.columns) for key in unit.beside(column, PrimaryKey)):
        yield "PK"
    if any(name in key.columns for key in unit.beside(column, ForeignKey)):
        yield "FK"
    unique: list[Unique | Index] = [*unit.beside(column, Unique), *unit.beside(column, Index)]
    if (name,) in unique_terms(unique):
        yield "UQ"


def _notes(column: Column, unit: Unit) -> Iterator[str]:
    name = column.ref.name
    if column.ref.table == unit.head.ref.name and may_be_null(column, unit):
        yield "null"
    if column.generated:
        yield "generated"
    if any(name in names_in(check.expression.canonical) for check in unit.beside(column, Check)):
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


def _differing(fact: Object, unit: Unit) -> Iterator[str]:
    for change in unit.changes_of(fact):
        if isinstance(change, Rename):
            yield line(f"was {change.current.ref.shown or change.current.ref.name}")
        if isinstance(change, Alter):
            yield line(f"changed: {told.listed(change.fields)}")
