"""What a picture says, before anybody decides how it looks: units, boxes with rows, and edges.

Values only. No file format, no size and no place on a page is known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from sqlplumb.changes import Change, Create, Drop
from sqlplumb.render.paint import one_line, visible
from sqlplumb.render.words import deed, sides
from sqlplumb.schema import (
    Column,
    ForeignKey,
    Head,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Unique,
    Unit,
)

Mark = Literal["", "+", "-", "~"]  # what a difference does to it
BoxKind = Literal["table", "view", "virtual table", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A column, another fact of a table, or what a view reads: `reads` is the key of that box.
    `tooltip` is its author's text, and what changed."""

    name: str
    type: str = ""
    keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mark: Mark = ""
    tooltip: str = ""
    column: str = ""  # its name as edges have it; empty where it is no column
    reads: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A table, a view, a virtual table, or a table that is referred to and does not exist."""

    key: str
    kind: BoxKind
    name: str
    label: str = ""
    columns: tuple[Row, ...] = ()
    facts: tuple[Row, ...] = ()
    more: int = 0  # columns that are left out
    mark: Mark = ""
    tooltip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A foreign key, or what a view `reads`: the view is the child. `required`: each child has a
    parent. `single`: each parent has one child at most."""

    child: str
    parent: str
    columns: tuple[str, ...]
    targets: tuple[str, ...]
    required: bool = False
    single: bool = False
    actions: str = ""
    mark: Mark = ""
    tooltip: str = ""
    reads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of one source, or of the difference of two: then `current` is the name of the
    other. `focus` is the key of the box that it is about."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    desired: str
    current: str = ""
    is_difference: bool = False
    focus: str = ""


# No XML can hold these, not even by number.
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def line(text: str) -> str:
    """Return a name, or a text that stands on one line, with its controls escaped."""
    return _legal(one_line(text))


def several_lines(text: str) -> str:
    return _legal(visible(text.replace("\r\n", "\n")))


def in_one_line(text: str) -> str:
    """Return a text whose blanks and ends of lines are only layout, on one line."""
    return line(" ".join(text.split()))


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _legal(text: str) -> str:
    return _NOT_IN_XML.sub(lambda match: repr(match[0])[1:-1], text)


Kind = TypeVar("Kind", bound=Object)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnUnit:
    """A table, view or virtual table with all that belongs to it, and the changes of a schema.

    An object that is renamed may be altered too, so it may have several changes.
    """

    key: str
    head: Head
    unit: Unit
    changes: Mapping[Ref, Sequence[Change]]

    @property
    def columns(self) -> Iterable[Column]:
        return self.unit.columns.values()

    def beside(self, column: Column, kind: type[Kind]) -> list[Kind]:
        """Return the rules that exist when this column does: a dropped column had dropped rules."""
        stays = self.mark(column) != "-"
        return [fact for fact in self.unit.of(kind) if not (stays and self.mark(fact) == "-")]

    def changes_of(self, fact: Object) -> Sequence[Change]:
        return self.changes.get(fact.ref, ())

    def mark(self, fact: Object) -> Mark:
        match self.changes_of(fact):
            case [Create()]:
                return "+"
            case [Drop()]:
                return "-"
            case []:
                return ""
            case _:
                return "~"

    def tooltip(self, fact: Object) -> str:
        """Return the author's text; of what changes, what is done to it and both texts."""
        changes = self.changes_of(fact)
        if not changes:
            return several_lines(fact.text)
        pairs = zip("-+", sides(changes[-1]), strict=True)
        texts = [f"{sign} {side.text}" for sign, side in pairs if side]
        return several_lines("\n".join((*map(deed, changes), *texts)))

    def may_be_null(self, column: Column) -> bool:
        return not column.not_null and not any(
            key.options.refuses_null and column.ref.name in terms(key.columns)
            for key in self.beside(column, PrimaryKey)
        )


def drawn_units(schema: Schema, changes: Iterable[Change]) -> list[DrawnUnit]:
    """Return the units of the schema in its order, and after them what the difference drops."""
    by_ref: dict[Ref, list[Change]] = {}
    dropped: dict[str, list[Object]] = {name: [] for name in schema.by_unit}
    for change in changes:
        by_ref.setdefault(change.ref, []).append(change)
        if isinstance(change, Drop):
            dropped.setdefault(change.ref.unit, []).append(change.current)
    return [
        DrawnUnit(key=key, head=unit.head, unit=unit, changes=by_ref)
        for name, gone in dropped.items()
        for key, unit in _halves(Unit(name, schema, (*schema.unit(name).facts, *gone)), gone)
        if unit.head
    ]


def _halves(unit: Unit, gone: Sequence[Object]) -> Iterator[tuple[str, Unit]]:
    """Cut a unit in two where a view takes the name of a table: each is a box of its own."""
    if len([fact for fact in unit.facts if isinstance(fact, Head)]) <= 1:
        yield unit.name, unit
        return
    here = tuple(fact for fact in unit.facts if fact not in gone)
    yield unit.name, Unit(unit.name, unit.schema, here)
    # No other key ends with the end of a line and a sign.
    yield f"{unit.name}\n-", Unit(unit.name, unit.schema, tuple(gone))


def unique_terms(facts: Iterable[Unique | Index]) -> Iterator[tuple[str, ...]]:
    """Return the columns that no two rows share."""
    for fact in facts:
        match fact:
            case Unique():
                yield terms(fact.columns)
            case Index(unique=True, predicate=None):
                if not any(key.is_expression for key in fact.keys):
                    yield terms(fact.keys)


def terms(parts: tuple[KeyPart, ...]) -> tuple[str, ...]:
    return tuple(part.term for part in parts)


def actions(key: ForeignKey) -> str:
    clauses = (("on delete", key.on_delete), ("on update", key.on_update))
    return " ".join(f"{when} {what}".lower() for when, what in clauses if what)
