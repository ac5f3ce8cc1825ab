"""A table as a box: its columns, each with its keys and notes, and what happens to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.changes import Alter, Drop, Rename
from sqlplumb.render import words
from sqlplumb.render.picture.values import (
    Box,
    BoxKind,
    DrawnUnit,
    Edge,
    Row,
    actions,
    in_one_line,
    line,
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


def box_of(unit: DrawnUnit, reads: Mapping[str, str]) -> Box:
    """`reads` are the names of what a view reads, by their keys."""
    rows = [_column(column, unit) for column in unit.columns]
    if isinstance(unit.head, VirtualTable):
        rows = [Row(name=in_one_line(argument)) for argument in unit.head.arguments]
    rows += [Row(name=f"reads {line(name)}", reads=key) for key, name in reads.items()]
    kind, labels = _kind_and_labels(unit.head)
    is_altered = any(unit.mark(fact) for fact in unit.unit.facts)
    return Box(
        key=unit.key,
        kind=kind,
        name=line(unit.head.ref.display),
        label=line(", ".join((*labels, *_differences(unit.head, unit)))),
        columns=tuple(rows),
        facts=tuple(_other_facts(unit)),
        mark=unit.mark(unit.head) or ("~" if is_altered else ""),
        tooltip=unit.tooltip(unit.head),
    )


def _kind_and_labels(head: Head) -> tuple[BoxKind, list[str]]:
    match head:
        case Table():
            return "table", [label.lower() for label in head.options.words_of_flags()]
        case View():
            return "view", ["view"]
        case VirtualTable():
            return "virtual table", [f"virtual {head.module}"]


def _column(column: Column, unit: DrawnUnit) -> Row:
    type_ = column.type
    for change in unit.changes_of(column):
        if isinstance(change, Alter):
            current = change.current
            if isinstance(current, Column) and current.type != column.type:
                type_ = f"{current.type or 'untyped'} → {column.type or 'untyped'}"
            break
    return Row(
        name=line(column.ref.display),
        type=in_one_line(type_),
        keys=tuple(_keys(column, unit)),
        notes=tuple(dict.fromkeys(_notes(column, unit))),
        mark=unit.mark(column),
        tooltip=unit.tooltip(column),
        column=column.ref.name,
    )


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
    if column.ref.table == unit.head.ref.name and unit.may_be_null(column):
        yield "null"
    if column.generated:
        yield "generated"
    if any(name in check.expression.columns for check in unit.beside(column, Check)):
        yield "check"
    for index in unit.beside(column, Index):
        if index.predicate and name in terms(index.keys):
            yield "partial unique" if index.unique else "partial"
    for key in unit.beside(column, ForeignKey):
        if name in key.columns and actions(key):
            yield actions(key)
    yield from _differences(column, unit)


def _differences(fact: Object, unit: DrawnUnit) -> Iterator[str]:
    for change in unit.changes_of(fact):
        if isinstance(change, Rename):
            yield line(f"was {change.current.ref.display}")
        if isinstance(change, Alter):
            yield line(f"changed: {words.listed(change)}")


def _other_facts(unit: DrawnUnit) -> Iterator[Row]:
    """Return what says more than a mark beside a column can, and what changes; count the rest."""
    counted: list[Object] = []
    for fact in unit.unit.facts:
        if isinstance(fact, Column | Table | View | VirtualTable):
            continue
        is_changed = unit.mark(fact) and unit.mark(unit.head) not in ("+", "-")
        if is_changed or _says_more(fact):
            name = _fact_in_words(fact, unit)
            yield Row(name=name, mark=unit.mark(fact), tooltip=unit.tooltip(fact))
        elif isinstance(fact, Index | Trigger):
            counted.append(fact)
    if along := words.along(tuple(Drop(fact) for fact in counted)):
        names = "\n".join(line(fact.ref.display) for fact in counted)
        yield Row(name=along.removeprefix(", with "), tooltip=names)


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


def _fact_in_words(fact: Object, unit: DrawnUnit) -> str:
    """Name what changes: the reader of a difference looks for names."""
    content = ""
    match fact:
        case Unique() | PrimaryKey():
            content = f"({', '.join(terms(fact.columns))})"
        case Index():
            where = f" where {fact.predicate.text}" if fact.predicate else ""
            content = f"({', '.join(terms(fact.keys))}){where}"
        case ForeignKey():
            content = f"({', '.join(fact.columns)}) to {fact.target} {actions(fact)}"
        case Check():
            content = f"({fact.expression.text})"
    kind = "unique index" if isinstance(fact, Index) and fact.unique else fact.ref.kind
    name = fact.ref.shown if unit.mark(fact) or isinstance(fact, Trigger) else ""
    former = "".join(
        f", was {change.current.ref.shown}"
        for change in unit.changes_of(fact)
        if isinstance(change, Rename)
    )
    return in_one_line(" ".join(filter(None, (kind, name, content))) + former)


def edges(units: Sequence[DrawnUnit], boxes: Sequence[Box]) -> list[Edge]:
    """Return an edge for each foreign key, and for each thing that a view reads."""
    by_key = {unit.key: unit for unit in units}
    keys = [_edge(key, unit, by_key) for unit in units for key in unit.unit.of(ForeignKey)]
    return keys + [
        Edge(
            child=box.key,
            parent=row.reads,
            columns=(row.reads,),
            targets=(),
            tooltip=f"{box.name} {row.name}",
            mark=box.mark if box.mark in ("+", "-") else "",
            reads=True,
        )
        for box in boxes
        for row in box.columns
        if row.reads
    ]


def _edge(key: ForeignKey, unit: DrawnUnit, units: Mapping[str, DrawnUnit]) -> Edge:
    columns = [column for column in unit.columns if column.ref.name in key.columns]
    unique: list[Unique | Index] = [*unit.unit.of(Unique), *unit.unit.of(Index)]
    parent = units.get(key.target)
    return Edge(
        child=unit.key,
        parent=key.target,
        columns=key.columns,
        targets=key.target_columns or (_primary(parent) if parent else ()),
        required=not any(unit.may_be_null(column) for column in columns),
        single=any(
            parts and set(parts) <= set(key.columns)
            for parts in (_primary(unit), *unique_terms(unique))
        ),
        actions=actions(key),
        mark=unit.mark(key),
        tooltip=unit.tooltip(key),
    )


def _primary(unit: DrawnUnit) -> tuple[str, ...]:
    return next((terms(key.columns) for key in unit.unit.of(PrimaryKey)), ())


def missing(boxes: Sequence[Box], links: Sequence[Edge], names: Mapping[str, str]) -> list[Box]:
    """Return a box for each table that is referred to and does not exist."""
    keys = {box.key for box in boxes}
    absent = dict.fromkeys(edge.parent for edge in links if edge.parent not in keys)
    return [
        Box(key=key, kind="missing", name=line(names.get(key, key)), label="not here")
        for key in absent
    ]
