"""A scratch database that somebody else fills, and what can be seen of it. Owns the protocol that
each engine answers; must never say how one keeps its bytes.

Imported when one is filled: a check that only reads fills none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Engine, MetaData

    from sqlplumb.changes import Rename
    from sqlplumb.engines.source import Snapshot, Source
    from sqlplumb.engines.statements import Executed
    from sqlplumb.schema import SpelledIn
    from sqlplumb.steps import DataStep, Fill, RowCheck


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What an application keeps in a column that is `declared` so: `values` of its type, as they
    are stored, and whether its type `reads` a value that is stored."""

    declared: str
    values: tuple[Any, ...]
    reads: Callable[[object], bool]


ColumnTypes = Mapping[tuple[str, str], ColumnType]


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows put into each table, and the tables for which none was found, with the reason; `unmet`
    are the data steps that none of the rows is for, by their words."""

    counts: Mapping[str, int]
    unfilled: Mapping[str, str]
    unmet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of a table, by their numbers where rows are `numbered`, else by the primary key, or
    by their places, which tell which row is meant as long as nothing is written: where a table
    `has_places`, `all_but` takes the numbers of these."""

    columns: tuple[str, ...]
    rows: Mapping[Hashable, tuple[object, ...]]
    numbered: bool
    _: KW_ONLY
    has_places: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """The tables and views that statements read and wrote, as the engine resolved their names: by
    views, triggers and cascades as well."""

    read: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """A foreign key that rows break: the table they stand in, and what they miss in which."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The `last` key that was given, and the `highest` that rows have. Only the same counter, `by`
    which they are given, can go on where it was, and only from `least` to `most`."""

    last: int
    highest: int = 0
    by: Hashable = ""
    least: int = 0
    most: int = 2**63 - 1


class Scratch(Protocol):
    """A database of our own: SQLAlchemy or Alembic fills it with tables, `fill` with rows.

    `runs_elsewhere`: another process runs the statements, on what it is `lent`; they are recorded
    by `add_recorded`. `connections_choose_schemas`: what a connection was set to says which schema
    an unqualified name is in.
    """

    runs_elsewhere: bool
    connections_choose_schemas: bool

    @property
    def alchemy(self) -> Engine:
        """Return an engine of SQLAlchemy's that opens this database and no other."""

    def source(self, label: str, spelled_in: SpelledIn = "sql") -> Source:
        """Return its schema, as it is now."""

    def compiler(self) -> Dialect:
        """Return the dialect that writes DDL as this engine takes it."""

    def types_left_out(self, metadata: MetaData) -> Sequence[str]:
        """Return the statements that make what a MetaData names and leaves to others to make."""

    def created(
        self,
        statements: Sequence[str],
        label: str,
        *,
        spelled_in: SpelledIn,
        files: Mapping[str, str],
        use_cache: bool,
    ) -> Source | None:
        """Return what these CREATE statements make, in databases of its own; None where they must
        run here. They may stand on what these files of a schema say."""

    def lay_ground(
        self, files: Mapping[str, str], statements: Sequence[str], types: Sequence[str]
    ) -> bool:
        """Make these types, and what the statements stand on and do not make, as files of a schema
        say it: extensions, schemas, types, functions. Return whether there is any."""

    def run(self, script: str) -> None:
        """Run a whole script. Raises DatabaseFailed."""

    def fill(
        self,
        *,
        left_alone: Collection[str] = (),
        row_checks: Collection[RowCheck] = (),
        renames: Sequence[Rename] = (),
        fills: Collection[Fill | DataStep] = (),
        types: ColumnTypes = MappingProxyType({}),
    ) -> Filled:
        """Put rows into all tables but those that are `left_alone`: rows that satisfy the schema,
        and if they can the rules to come (`row_checks`); rows that hints and data steps (`fills`)
        are about. Both speak the names that `renames` give. `types` are those that an application
        has for columns, by table and column."""

    def near(self, tables: Collection[str], *, written: Collection[str]) -> Collection[str]:
        """Return the tables that must hold rows for what happens to these to be seen, views left
        out; some of them are `written`."""

    def rows(self, left_alone: Collection[str] = ()) -> Mapping[str, Rows]:
        """Return all rows of each table but those that are `left_alone`."""

    def count(self, table: str, where: str, renames: Sequence[Rename] = ()) -> int:
        """Count the rows of a table for which a condition holds, under the names to come."""

    def remove(self, table: str, where: str, renames: Sequence[Rename] = ()) -> None:
        """Remove the rows for which a condition holds, and the rows that refer to them."""

    def all_but(self, numbers: Iterable[int]) -> str:
        """Return the condition of all rows of a table but those of these numbers."""

    def counters(self) -> Mapping[str, Counter]:
        """Return how far each table has counted its keys."""

    def orphans(self) -> Sequence[Orphans]:
        """Return each foreign key whose rows refer to nothing."""

    def orphan_rows(self) -> Mapping[Any, int]:
        """Count rows without a parent, by table, row and parent."""

    def unsound(self) -> Sequence[str]:
        """Return the engine's own complaints about what is stored."""

    def record(self, statements: list[str] | None) -> None:
        """Append every statement that runs from now on to this list; None: no more."""

    def touched(self) -> Touched:
        """Return what statements touched since `record` was called last."""

    def tables_of(self, statement: str) -> frozenset[str]:
        """Return the tables and views that a statement would touch here, by views, triggers and
        cascades as well; where it cannot be prepared as things stand, the names in it."""

    def executed(self, statements: Iterable[str]) -> Executed:
        """Return what these statements did to tables, columns and rows."""

    def snapshot(self) -> Snapshot:
        """Return all of it, for another scratch to begin with."""

    def session_settings(self) -> str:
        """Return the settings of its connection on which the outcome of a revision depends."""

    def is_settled(self) -> bool:
        """Does a snapshot hold all that later statements could meet? What is set on a connection,
        or lies beside the database, is no part of it."""

    def restore(self, snapshot: Snapshot) -> None:
        """Become what another database was."""

    @property
    def remembered_by(self) -> str:
        """Return what a schema that other commands remember depends on, besides what made it."""

    def remembered(self) -> bytes | None:
        """Return what other commands need to `recall` its schema; None where nothing does."""

    def recall(self, remembered: bytes) -> None:
        """Let `source` be what a command remembered. Nothing need be able to run then."""

    def add_recorded(self, statements: Iterable[str], touched: Touched) -> None:
        """Record what another process ran, and what that touched."""

    def lent(self, scheme: str) -> AbstractContextManager[str]:
        """Yield the URL of a copy for another process, which begins with this scheme; then become
        what that process left there. After an exception, stay as it was."""
