"""What an engine says of the queries of an application. Owns the values and the protocol; must
never know where a query is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from sqlplumb.engines.source import Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a query asks of the rows of the one table that it is about: conditions in canonical
    text, all of which must hold. Those that hold a parameter are left out."""

    table: str
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFacts:
    """What a query reads, by the names of the schema as the engine folds them.

    `stars` are the tables and views whose columns a `*` stands for, or an INSERT that names no
    columns, with these columns in their order. A query with a WHERE `is_filtered`.
    """

    columns: frozenset[tuple[str, str]]
    tables: frozenset[str]
    stars: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_filtered: bool = False
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRefused:
    """What the engine says against a query, and why it does.

    `mistake`: all tables are known, and the query is wrong. `unknown table`: this schema has no
    such table; `is_ours` says that it has another of the query's tables. `unknown`: the engine
    cannot tell here, because the text is no SQL, names no table of ours, or calls functions that
    the application adds.
    `may_be_outer` says that the column that is missing may be one of a query around this one.
    """

    message: str
    why: Literal["mistake", "unknown table", "unknown"]
    name: str = ""
    is_ours: bool = False
    may_be_outer: bool = False


class Queries(Protocol):
    """A scratch that holds one schema, on which queries are prepared and never run."""

    def read(self, query: str) -> QueryFacts | QueryRefused:
        """Prepare a query whose parameters may have any style."""

    def columns_of_view(self, name: str) -> tuple[str, ...]:
        """Return the columns of a view as they are spelled; none of one that cannot be read."""

    def indexes(self, query: str, condition: str = "") -> frozenset[str]:
        """Return the indexes that the engine would use; with one condition more, if it is given."""

    def statements(self, text: str) -> Collection[tuple[int, str]]:
        """Split a text into its statements, each with the offset where it begins."""

    def is_query(self, text: str) -> bool:
        """Does a text begin as a statement that reads or writes rows?"""

    def remarks(self, file: str, text: str, mark: str) -> Iterable[Remark]:
        """Yield the comments of a file of SQL that hold this mark."""

    def alters(self, text: str) -> bool:
        """Does a statement alter a table, as migrations do?"""

    def named_tables(self, text: str) -> frozenset[str]:
        """Return the names that stand where a statement names a table."""

    def created(self, text: str) -> str:
        """Return the name that a CREATE statement makes, if this schema has nothing of that name
        with the same columns; empty for any other statement."""

    def takes_beside(self, query: str, creates: Collection[str]) -> bool:
        """Would the engine take a query if these CREATE statements had made what they name?"""
