"""Every kind of thing a schema can hold, at the grain of one object."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Literal, get_args

from sqlplumb.places import Place
from sqlplumb.schema.refs import Ref


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every object has: its address, and, not compared, the author's text and its place,
    and what its hints say: the name it had, and the value for rows that have none."""

    ref: Ref
    text: str = field(compare=False)
    place: Place | None = field(default=None, compare=False)
    renamed_from: str = field(default="", compare=False)
    backfill: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Fact):
    strict: bool = False
    without_rowid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Fact):
    type: str
    not_null: bool = False
    not_null_name: str = ""
    not_null_conflict: str = ""
    default: Expr | None = None
    default_name: str = ""
    collation: str = ""
    generated: Expr | None = None
    stored: bool = False
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryKey(Fact):
    columns: tuple[KeyPart, ...]
    name: str = ""
    rowid_alias: bool = False
    autoincrement: bool = False
    on_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(Fact):
    columns: tuple[KeyPart, ...]
    on_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey(Fact):
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...] = ()  # empty: the target's primary key, whatever it is
    shown: tuple[str, ...] = field(default=(), compare=False)  # the two, as they are written
    on_delete: str = ""
    on_update: str = ""
    match: str = ""
    deferrable: Literal["", "deferrable", "deferred"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Fact):
    expression: Expr
    on_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Fact):
    keys: tuple[KeyPart, ...]
    unique: bool = False
    predicate: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Fact):
    body: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Fact):
    body: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualTable(Fact):
    module: str
    arguments: tuple[str, ...]


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
)


_COMPARED: dict[type, tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(kind) if f.compare and f.name != "ref")
    for kind in get_args(Object)
}


def compared_fields(fact: Object) -> tuple[str, ...]:
    """The fields in which two objects of this kind can differ."""
    return _COMPARED[type(fact)]
