"""Every kind of thing a schema can hold, at the grain of one object."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import KW_ONLY, field, fields, replace
from typing import Any, ClassVar, Literal, TypeVar

from sqlplumb.places import Place
from sqlplumb.schema.refs import Ref
from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression: `canonical` is what compares, `text` is the author's own, `columns` are those
    of its table that it reads."""

    canonical: str
    text: str = field(compare=False)
    columns: frozenset[str] = field(default=frozenset(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One term of a key or an index: a column's name, or an expression in canonical form. `text`
    is the author's own, without collation and direction; what has none is not from an index.
    `columns` are those that it reads, of a term of an index."""

    term: str
    _: KW_ONLY
    collation: str = ""
    descending: bool = False
    is_expression: bool = False
    text: str = field(default="", compare=False, repr=False)
    columns: frozenset[str] = field(default=frozenset(), compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What one engine alone knows of an object.

    An engine derives its own: a frozen dataclass whose fields are compared and reported like those
    of the object itself. `words` are how people write a field, where its name does not say it.
    The fields follow the object's field `follow`, or all of them: a fingerprint keeps the order.
    `summary` is an option that says what other fields say: where one of them differs, it is told
    and the summary is not.
    """

    words: ClassVar[Mapping[str, str]] = {}
    follow: ClassVar[str] = ""
    summary: ClassVar[str] = ""

    @property
    def refuses_null(self) -> bool:
        """Whether the columns of a key with these options are never NULL, whatever they declare."""
        return False

    @property
    def comes_with_parent(self) -> bool:
        """Whether it is there because another table has it, of which its own is a part."""
        return False

    @property
    def fills_itself(self) -> bool:
        """Whether a column with these options gets a value where nobody says one."""
        return False

    def words_of_flags(self) -> list[str]:
        """Return how people write the flags that are set."""
        names = [option.name for option in fields(self) if getattr(self, option.name) is True]
        return [self.words.get(name, name.replace("_", " ")) for name in names]

    def flag(self, name: str) -> bool:
        return bool(getattr(self, name, False))

    def word(self, name: str) -> str:
        return str(getattr(self, name, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every object has: its address, what its engine alone knows of it, and, not compared, the
    author's text and its place, and what its hints say: the name it had, and the value for rows
    that have none."""

    ref: Ref
    options: Options = Options()
    text: str = field(compare=False)
    place: Place | None = field(default=None, compare=False)
    renamed_from: str = field(default="", compare=False)
    backfill: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Fact):
    """A table itself; its columns, keys and rules are objects of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Fact):
    """A column. `position` is its place in the table, which is not compared."""

    type: str
    not_null: bool = False
    not_null_name: str = ""
    default: Expr | None = None
    default_name: str = ""
    collation: str = ""
    generated: Expr | None = None
    stored: bool = False
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey(Fact):
    """The primary key of a table, by whatever name."""

    columns: tuple[KeyPart, ...]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(Fact):
    """A UNIQUE constraint; a unique index is an `Index`."""

    columns: tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey(Fact):
    """A foreign key. What an action does anyway is left empty."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...] = ()  # empty: the target's primary key, whatever it is
    shown: tuple[str, ...] = field(default=(), compare=False)  # the two, as they are written
    on_delete: str = ""
    on_update: str = ""
    match: str = ""
    deferrable: Literal["", "deferrable", "deferred"] = ""

    @property
    def target_ref(self) -> Ref:
        return self.ref.neighbor(self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Fact):
    """A CHECK constraint, of a column or of its table."""

    expression: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Fact):
    """An index with a CREATE of its own."""

    keys: tuple[KeyPart, ...]
    unique: bool = False
    predicate: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Fact):
    """A view: all behind its name."""

    body: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Fact):
    """A trigger: all behind its name."""

    body: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualTable(Fact):
    """A virtual table: what its module is called with."""

    module: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineObject(Fact):
    """An object of a kind that one engine alone has: what is compared of it are its options."""


Object = (
    Table
    | Column
    | PrimaryKey
    | Unique
    | ForeignKey
    | Check
    | Index
    | View
    | Trigger
    | VirtualTable
    | EngineObject
)


Kept = TypeVar("Kept", bound=Object)
_COMPARED: dict[tuple[type, type], tuple[str, ...]] = {}


def compared_fields(fact: Object) -> tuple[str, ...]:
    """Return the fields in which two objects of this kind, and its options, can differ."""
    kinds = type(fact), type(fact.options)
    if kinds not in _COMPARED:
        names = [described.name for described in fields(fact) if described.compare]
        names = [name for name in names if name not in ("ref", "options")]
        place = names.index(fact.options.follow) + 1 if fact.options.follow else len(names)
        own = [described.name for described in fields(fact.options) if described.compare]
        names[place:place] = own
        _COMPARED[kinds] = tuple(names)
    return _COMPARED[kinds]


def value_of(fact: Object, field: str) -> Any:
    """Return a field of the object, or else of its options; None where neither has it."""
    value = getattr(fact, field, fact)
    return getattr(fact.options, field, None) if value is fact else value


_FIELD_WORDS = {
    "collation": "COLLATE",
    "not_null": "NOT NULL",
    "not_null_name": "name of NOT NULL",
    "default": "DEFAULT",
    "default_name": "name of DEFAULT",
    "generated": "generated expression",
    "stored": "STORED",
    "on_delete": "ON DELETE",
    "on_update": "ON UPDATE",
    "match": "MATCH",
    "deferrable": "DEFERRABLE",
    "unique": "UNIQUE",
    "predicate": "WHERE",
}


def field_words(field: str, *facts: Object) -> str:
    """Return how people write a field of these objects, or an option that one of them has."""
    if field in _FIELD_WORDS:
        return _FIELD_WORDS[field]
    words = (fact.options.words[field] for fact in facts if field in fact.options.words)
    return next(words, field.replace("_", " "))


def with_values(fact: Kept, values: Mapping[str, Any]) -> Kept:
    """Return the object with these values in its fields and in its options."""
    own = {name: value for name, value in values.items() if hasattr(fact, name)}
    other = {name: value for name, value in values.items() if name not in own}
    return replace(fact, options=replace(fact.options, **other), **own)
