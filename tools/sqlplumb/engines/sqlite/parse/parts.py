"""What a CREATE statement says, part by part, with the span of each part in its text.

Owns the shapes only. Spans let the author's own words be shown. What two parts mean when compared
is decided in `facts`, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlplumb.engines.sqlite.parse.lexer import Token

Tokens = tuple[Token, ...]
Deferrable = Literal["", "deferrable", "deferred"]


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a key or an index: tokens of the expression, its collation, its direction."""

    tokens: Tokens
    collation: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    span: Span
    name: str = ""  # of the CONSTRAINT before it


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull(Part):
    on_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Default(Part):
    tokens: Tokens
    bracketed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Collate(Part):
    collation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated(Part):
    tokens: Tokens
    stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyClause(Part):
    """PRIMARY KEY or UNIQUE; in a column's definition `terms` is that column."""

    primary: bool
    terms: tuple[Term, ...]
    in_column: bool = False
    on_conflict: str = ""
    autoincrement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckClause(Part):
    tokens: Tokens
    on_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class References(Part):
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    match: str = ""
    deferrable: Deferrable = ""


ColumnPart = NotNull | Default | Collate | Generated | KeyClause | CheckClause | References
TablePart = KeyClause | CheckClause | References


@dataclass(frozen=True, slots=True)
class ColumnDef:
    name: str
    type: Tokens
    parts: tuple[ColumnPart, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TableText:
    columns: tuple[ColumnDef, ...]
    constraints: tuple[TablePart, ...]
    strict: bool
    without_rowid: bool


@dataclass(frozen=True, slots=True)
class IndexText:
    terms: tuple[Term, ...]
    unique: bool
    predicate: Tokens


@dataclass(frozen=True, slots=True)
class VirtualText:
    module: str
    arguments: tuple[Tokens, ...]
