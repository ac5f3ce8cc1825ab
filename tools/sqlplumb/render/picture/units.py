"""The facts of a schema by table, each with what a difference does to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlplumb.changes import Change, Create, Drop
from sqlplumb.render.picture.values import Mark
from sqlplumb.render.words import deed
from sqlplumb.render.words import sides as both
from sqlplumb.schema import (
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Unique,
    View,
    VirtualTable,
)

Head = Table | View | VirtualTable
Kind = TypeVar("Kind", bound=Object)
Changes = Mapping[Ref, Sequence[Change]]  # what has another name may differ in more than that


@dataclass(frozen=True, slots=True)
class Unit:
    """A table, view or virtual table with all that belongs to it."""

    key: str
    head: Head
    facts: tuple[Object, ...]
    changes: Changes = field(default_factory=dict)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def beside(self, column: Column, kind: type[Kind]) -> list[Kind]:
        """Those that are there at the time of this column: what is dropped had what is dropped."""
        stays = self.mark(column) != "-"
        return [fact for fact in self.of(kind) if not (stays and self.mark(fact) == "-")]

    @property
    def columns(self) -> list[Column]:
        return sorted(self.of(Column), key=lambda column: column.position)

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

    def said(self, fact: Object) -> str:
        """The author's text; of what changes, what is done to it and the text of both sides."""
        changes = self.changes_of(fact)
        if not changes:
            return fact.text
        sides = zip("-+", both(changes[-1]), strict=True)
        texts = [f"{sign} {side.text}" for sign, side in sides if side]
        return "\n".join((*map(deed, changes), *texts))


def units(schema: Schema, changes: Iterable[Change]) -> list[Unit]:
    """All of the schema in its own order, and behind it what the difference drops."""
    by_ref: dict[Ref, list[Change]] = {}
    for change in changes:
        by_ref.setdefault(change.ref, []).append(change)
    dropped = [one.current for found in by_ref.values() for one in found if isinstance(one, Drop)]
    facts: dict[str, list[Object]] = {}
    for fact in (*schema.objects.values(), *dropped):
        facts.setdefault(fact.ref.unit, []).append(fact)
    return [unit for name, held in facts.items() for unit in _units(name, held, by_ref)]


def _units(name: str, facts: list[Object], changes: Changes) -> list[Unit]:
    """Two where a view takes the name of a table: what is dropped goes with what was."""
    heads = [fact for fact in facts if isinstance(fact, Table | View | VirtualTable)]
    if len(heads) < 2:
        return [Unit(name, head, tuple(facts), changes) for head in heads]
    gone = [fact for fact in facts if any(isinstance(c, Drop) for c in changes.get(fact.ref, ()))]
    here = [fact for fact in facts if fact not in gone]
    halves = ((name, here), (f"{name}\n-", gone))  # no key of another has an end of line behind it
    return [unit for key, held in halves for unit in _alone(key, held, changes)]


def _alone(key: str, facts: list[Object], changes: Changes) -> list[Unit]:
    heads = [fact for fact in facts if isinstance(fact, Table | View | VirtualTable)]
    return [Unit(key, heads[0], tuple(facts), changes)] if heads else []


def unique_terms(facts: Iterable[Unique | Index]) -> Iterator[tuple[str, ...]]:
    """The columns that no two rows share."""
    for fact in facts:
        match fact:
            case Unique():
                yield terms(fact.columns)
            case Index(unique=True, predicate=None):
                if not any(key.is_expression for key in fact.keys):
                    yield terms(fact.keys)


def terms(parts: tuple[KeyPart, ...]) -> tuple[str, ...]:
    return tuple(part.term for part in parts)


def may_be_null(column: Column, unit: Unit) -> bool:
    """SQLite alone lets the columns of most primary keys be NULL."""
    is_rowid = any(
        key.rowid_alias and column.ref.name in terms(key.columns)
        for key in unit.beside(column, PrimaryKey)
    )
    return not column.not_null and not is_rowid


def actions(key: ForeignKey) -> str:
    said = (("on delete", key.on_delete), ("on update", key.on_update))
    return " ".join(f"{when} {what}".lower() for when, what in said if what)
