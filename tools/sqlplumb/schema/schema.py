"""All the objects of one source: what is compared, the same by table, and one text for all of it.

A fingerprint begins with a version: what two versions say of one schema cannot be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, field, replace
from functools import cached_property
from typing import Literal, TypeVar

from sqlplumb.schema.objects import (
    Check,
    Column,
    Expr,
    ForeignKey,
    Index,
    Object,
    Options,
    PrimaryKey,
    Table,
    Trigger,
    Unique,
    View,
    VirtualTable,
    compared_fields,
    value_of,
)
from sqlplumb.schema.refs import Ref
from sqlplumb.values import dataclass

SpelledIn = Literal["sql", "core"]


@dataclass(frozen=True)
class Schema:
    """All the objects of one source. `spelled_in` says what wrote it: SQL, or SQLAlchemy Core,
    which cannot spell everything that SQL can. Of all the source, read or not: `quotes_in_bodies`
    says that a view or a trigger has words in double quotes, `units` are the names of tables and
    views. What the settings ignore is no part of it; `ignored` holds it where a plan must keep it.
    """

    objects: Mapping[Ref, Object]
    _: KW_ONLY
    engine: str
    source: str = ""
    spelled_in: SpelledIn = "sql"
    quotes_in_bodies: bool = False
    units: frozenset[str] = field(default=frozenset(), compare=False)
    ignored: Mapping[Ref, Object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def whole(self) -> Schema:
        """With what is ignored, which nobody may lose."""
        return with_ignored(self, self.ignored)

    @cached_property
    def by_unit(self) -> Mapping[str, Unit]:
        """Tables, views and virtual tables by their folded names, each with what belongs to it."""
        return gathered(self)

    @cached_property
    def tables(self) -> Mapping[str, Unit]:
        """`schema.tables["tasks"].columns["status"]`; names are folded as the engine does."""
        units = self.by_unit.items()
        return {name: unit for name, unit in units if isinstance(unit.head, Table)}

    def unit(self, name: str) -> Unit:
        """An empty one where there is none of this name."""
        return self.by_unit.get(name) or Unit(name, self)


def with_ignored(schema: Schema, ignored: Mapping[Ref, Object]) -> Schema:
    """Return the schema with these objects, as if they were part of it."""
    if not ignored:
        return schema
    units = schema.units | {ref.unit for ref in ignored}
    return replace(schema, objects={**schema.objects, **ignored}, units=units, ignored={})


Kind = TypeVar("Kind", bound=Object)
Head = Table | View | VirtualTable


@dataclass(frozen=True, eq=False)
class Unit:
    """A table, a view or a virtual table with all that is inside it and hangs on it, in the order
    of its schema. `name` is folded; it has no `head` where the schema holds only what hangs on
    it, or nothing of it."""

    name: str
    schema: Schema
    facts: tuple[Object, ...] = ()

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        return tuple(fact for fact in self.facts if isinstance(fact, kind))

    @cached_property
    def head(self) -> Head | None:
        return next((fact for fact in self.facts if isinstance(fact, Head)), None)

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """By name, in the order in which the table has them."""
        ordered = sorted(self.of(Column), key=lambda column: column.position)
        return {column.ref.name: column for column in ordered}

    @cached_property
    def primary_key(self) -> PrimaryKey | None:
        return next(iter(self.of(PrimaryKey)), None)

    @cached_property
    def unique(self) -> tuple[Unique, ...]:
        return self.of(Unique)

    @cached_property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        return self.of(ForeignKey)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        return self.of(Check)

    @cached_property
    def indexes(self) -> tuple[Index, ...]:
        return self.of(Index)

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        return self.of(Trigger)

    @cached_property
    def inside(self) -> tuple[Object, ...]:
        """What stands in the CREATE TABLE itself."""
        return tuple(fact for fact in self.facts if fact.ref.inline)

    @property
    def dependents(self) -> tuple[Index | Trigger, ...]:
        """What has a statement of its own, and goes with it."""
        return (*self.indexes, *self.triggers)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(part.term for part in self.primary_key.columns) if self.primary_key else ()

    @property
    def ref(self) -> Ref:
        return self.head.ref if self.head else Ref("table", "", self.name)

    @property
    def text(self) -> str:
        """Its own CREATE statement."""
        return self.head.text if self.head else ""

    @property
    def options(self) -> Options:
        return self.head.options if self.head else Options()

    @property
    def display(self) -> str:
        """Its name as its author spells it."""
        return self.ref.display

    def spelled(self, column: str) -> str:
        """Return a column's name as its author spells it; what is no column stays as it is."""
        known = self.columns.get(column)
        return known.ref.display if known else column


def gathered(schema: Schema) -> dict[str, Unit]:
    facts: dict[str, list[Object]] = {}
    for ref, fact in schema.objects.items():
        facts.setdefault(ref.unit, []).append(fact)
    return {name: Unit(name, schema, tuple(held)) for name, held in facts.items()}


FINGERPRINT_VERSION = "2"


def fingerprint(schema: Schema) -> str:
    """Return one short text for a whole schema: equal schemas have equal ones, however written."""
    from hashlib import blake2b  # not needed where nothing is asked but equality

    lines = []
    for ref, fact in schema.objects.items():
        values = (value_of(fact, name) for name in compared_fields(fact))
        compared = tuple(v.canonical if isinstance(v, Expr) else v for v in values)
        namespace = (ref.namespace,) if ref.namespace else ()
        address = (*namespace, ref.kind, ref.table, ref.name)
        lines.append(repr((address, compared)) + "\n")
    digest = blake2b(schema.engine.encode(), digest_size=16)
    for line in sorted(lines):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return f"{FINGERPRINT_VERSION}:{digest.hexdigest()}"


def of_this_version(text: str) -> bool:
    """Was it made as `fingerprint` makes it now?"""
    return text.startswith(f"{FINGERPRINT_VERSION}:")
