"""What the pages of a site are made of: what is known of a schema, and what each page says.

Values only. Every text of them is hostile until a template has escaped it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from sqlplumb.log import Log
from sqlplumb.places import Place
from sqlplumb.render.comments import Comments
from sqlplumb.render.picture.view import Reads
from sqlplumb.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedQuery:
    """A query of the application: what it reads, and the indexes that the engine uses for it, by
    folded names."""

    place: Place
    text: str
    tables: frozenset[str]
    indexes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSource:
    """All that a site is made from. `log` and `queries` are None where a project has none.
    `view_columns` are those of each view, by its key, with where each comes from. Files are called
    as they are from `root`."""

    title: str
    root: Path
    schema: Schema
    comments: Comments
    reads: Reads = field(default_factory=dict)
    view_columns: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    log: Log | None = None
    queries: tuple[UsedQuery, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a sentence: words, something that is written in code, a link."""

    text: str
    is_code: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a constraint says, and how its author writes it."""

    anchor: str
    pieces: tuple[Piece, ...]
    sql: str
    comment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    anchor: str
    name: str
    type: str
    keys: tuple[str, ...]
    may_be_null: bool
    default: str
    facts: tuple[tuple[Piece, ...], ...]
    comment: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRow:
    place: str
    text: str
    indexes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """An index or a trigger: a statement of its own. `used` are queries, and None where nobody
    named any."""

    anchor: str
    name: str
    pieces: tuple[Piece, ...]
    sql: str
    comment: tuple[str, ...]
    used: tuple[QueryRow, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """What one revision did; `href` leads to it on the page of the history."""

    revision: str
    date: str
    message: str
    href: str
    deeds: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPage:
    """The page of a table, a view or a virtual table. `root` leads from it to the first page."""

    key: str
    file: str
    name: str
    kind: str
    labels: tuple[str, ...]
    place: str
    comment: tuple[str, ...]
    columns: tuple[ColumnRow, ...]
    rules: tuple[Rule, ...]
    arguments: tuple[str, ...]
    parents: tuple[tuple[Piece, ...], ...]
    children: tuple[tuple[Piece, ...], ...]
    reads: tuple[Piece, ...]
    read_by: tuple[Piece, ...]
    indexes: tuple[Dependent, ...]
    triggers: tuple[Dependent, ...]
    queries: tuple[QueryRow, ...] | None
    log: tuple[LogRow, ...] | None
    sql: str
    picture: Markup | None = None

    @property
    def summary(self) -> str:
        return next(filter(None, self.comment), "")
