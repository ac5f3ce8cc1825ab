"""Everything we know about each engine, one folder each: SQLite, and the
beginning of PostgreSQL.

A new engine is a folder whose `__init__` has a class that offers what `Engine` names, and one line
in `ENGINES`. Nothing outside may reach deeper than that.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sqlplumb.changes import Change
from sqlplumb.engines.location import Location
from sqlplumb.engines.source import (
    DerivedSource,
    EmptySource,
    KnownRenames,
    LiveDatabase,
    RefusedRows,
    Remark,
    Snapshot,
    Source,
    Weight,
)
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import (
    Column,
    Expr,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Trigger,
    Unique,
    Unit,
    View,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from sqlplumb.config import Style
    from sqlplumb.engines.editing import Editing
    from sqlplumb.engines.env_guard import EnvGuard
    from sqlplumb.engines.locked import (
        Content,
        Copy,
        Heard,
        LockedDatabase,
        Need,
        Patience,
        Progress,
        ReadersStay,
        Restoring,
        RowsOf,
    )
    from sqlplumb.engines.outline import Outline
    from sqlplumb.engines.queries import Queries
    from sqlplumb.engines.scratch import (
        ColumnType,
        ColumnTypes,
        Filled,
        Orphans,
        Rows,
        Scratch,
        Touched,
    )
    from sqlplumb.engines.statements import (
        BodyPart,
        Effect,
        Executed,
        Named,
        RevisionBody,
        Segment,
        TableLock,
        Trace,
        Trial,
        refuse_losses,
    )
    from sqlplumb.findings import Rule
    from sqlplumb.python_layout import Argument, Call, Words
    from sqlplumb.steps import Plan, RowCheck, Step, Target
    from sqlplumb.understanding.evaluator import Evaluator

__all__ = [
    "ENGINES",
    "BodyPart",
    "ColumnType",
    "ColumnTypes",
    "Content",
    "Copy",
    "DerivedSource",
    "Effect",
    "EmptySource",
    "Engine",
    "Executed",
    "Filled",
    "Heard",
    "KnownRenames",
    "LiveDatabase",
    "Location",
    "LockedDatabase",
    "Named",
    "Need",
    "Orphans",
    "Patience",
    "Progress",
    "ReadersStay",
    "RefusedRows",
    "Remark",
    "Restoring",
    "RevisionBody",
    "Rows",
    "RowsOf",
    "Scratch",
    "Segment",
    "Snapshot",
    "Source",
    "TableLock",
    "Touched",
    "Trace",
    "Trial",
    "Weight",
    "engine",
    "refuse_losses",
]

# What a check that only reads has no use for is imported when it is first named.
_HOMES = {
    "sqlplumb.engines.scratch": (
        *("ColumnType", "ColumnTypes", "Filled", "Orphans", "Rows", "Scratch", "Touched"),
    ),
    "sqlplumb.engines.locked": (
        *("Content", "Copy", "Heard", "LockedDatabase", "Need", "Patience"),
        *("Progress", "ReadersStay", "Restoring", "RowsOf"),
    ),
    "sqlplumb.engines.statements": (
        *("BodyPart", "Effect", "Named", "RevisionBody", "Executed", "Segment", "TableLock"),
        *("Trace", "Trial", "refuse_losses"),
    ),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'sqlplumb.engines' has no attribute {name!r}")


class Engine(Protocol):
    """What every engine offers, by the `name` that begins its URLs."""

    name: str
    title: str  # as people write it
    main_schema: str  # the namespace of tables that name none
    session_settings: tuple[str, ...]  # what env.py may set on a connection, by its name there
    makes_anew: bool  # a table is altered by making another one of its rows
    applies: bool  # live databases are changed by sqlplumb itself
    adopting: str  # the command that says where in the history the database at `{url}` is
    upgrading: str  # the command that brings the database at `{url}` to the head
    units_called: tuple[str, str]  # one unit of a schema, and several
    example_url: str  # of a database beside the project's own
    example_schema: str  # for a new project
    types_say_all: bool  # what values are is said by types, and not by CHECKs beside them
    rows_change_meanwhile: bool  # others write while a plan waits to run: it looks at rows again
    plans_read_all: bool  # a plan must see all objects: what needs a changed one is in its way

    def open_script(
        self,
        label: str,
        files: Mapping[str, str],
        *,
        rows_allowed: bool = ...,
        scratch: str = ...,
        use_cache: bool = ...,
    ) -> Source:
        """Open hand-written SQL, which is tried on a scratch: on the server that `scratch` names,
        where an engine needs one."""

    def locate(self, url: str, base: Path) -> Location:
        """Return where the database of this URL is; relative paths start from `base`."""

    def absolute(self, url: str, base: Path) -> str:
        """Return the same URL for whoever stands in another folder."""

    def url_of(self, scheme: str, file: Path) -> str:
        """Return the URL of a file, which begins with this scheme."""

    def open_database(
        self, location: Location, wait: float | None = ...
    ) -> AbstractContextManager[LiveDatabase]:
        """Open a live database, read-only; `wait` for whoever lets nobody read."""

    def is_database(self, file: Path) -> bool:
        """Is this file one of its databases? Asking takes nobody's lock away."""

    def reader(self, location: Location) -> Any:
        """Return a read-only connection of its driver to a live database, which leaves no trace."""

    def wording(self, texts: Mapping[str, Iterable[str]], own: str) -> str:
        """Return one short text for the very words of a schema, without Alembic's own table."""

    def refuse_to_change(self, label: str, deed: Literal["apply", "adopt"]) -> None:
        """Raise Refused, with the way on, where it is somebody else who changes its databases."""

    def open_locked(self, location: Location) -> AbstractContextManager[LockedDatabase]:
        """Open a live database that is about to be changed."""

    def recover(self, location: Location, patience: Patience) -> None:
        """Roll back a live database that a killed process left half written."""

    def restore(self, wish: Restoring) -> None:
        """Put a copy in the place of a live database, which is set aside first."""

    def open_connection(self, label: str, connection: object) -> LiveDatabase:
        """Read a connection that somebody else has opened, and closes."""

    def open_beside(
        self, label: str, connection: object, url: str
    ) -> AbstractContextManager[LiveDatabase]:
        """Read the database of a driver's connection, that one or another one; `url` is what it was
        opened by."""

    def snapshot_from(self, file: bytes) -> Snapshot:
        """Return the snapshot that gave this file."""

    def open_scratch(
        self, server: str = ..., like: Sequence[str] = ...
    ) -> AbstractContextManager[Scratch]:
        """Open a scratch that SQLAlchemy or Alembic fills: on this server, where an engine needs
        one, or on one of the version that the first of these URLs has, which it is `like`."""

    def settle(self, current: Schema, desired: Schema) -> tuple[Schema, Schema]:
        """Return two schemas in the words that both of their sources have."""

    def hints_kept(self, schema: Schema) -> frozenset[tuple[Ref, str]]:
        """Return the former names that the texts of its tables keep, as they were when made."""

    def rename_hint(self, former: str) -> str:
        """Return the comment of a schema that says what something was called; empty for a name
        that no comment can hold."""

    def renames(self, current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
        """Return the current schema under the names that hints of the desired one give it."""

    def plan_steps(
        self,
        current: Schema,
        desired: Schema,
        changes: Collection[Change],
        *,
        target: Target,
    ) -> tuple[Step, ...]:
        """Return the steps, in order, that make these changes on this target."""

    def creates(self, schema: Schema) -> str:
        """Return the whole schema as a script for an empty database."""

    def laid_out(self, schema: Schema) -> str:
        """Return the whole schema as a file for people, in the words of who wrote it."""

    def script(self, plan: Plan) -> str:
        """Return a plan as a script for the engine's client, which opens its own transaction."""

    def stand_in(self, column: Column, schema: Schema) -> str:
        """Return a value of this column's kind, for rows whose own is lost; the schema has the
        types that somebody made."""

    def segments(self, steps: Sequence[Step]) -> Sequence[Segment]:
        """Cut steps where a revision must end, so that each may run again after a failure."""

    def revision_body(
        self, up: Sequence[Step], down: Sequence[Step], *, style: Style, trial: Trial
    ) -> RevisionBody:
        """Write these steps as the body of an Alembic revision, which stands alone and is done as a
        whole or not at all. What batch mode cannot say by this trial is said in SQL."""

    def core_type(self, column: Column, types: Mapping[str, str] = ...) -> Argument | None:
        """Return SQLAlchemy's own type for a column, if its dialect declares that by the same
        words; `types` are the names of those that the code has made, by these words."""

    def core_default(self, column: Column) -> Words | Call | None:
        """Return the default of a column where the engine prints it in words of its own."""

    def core_rule(self, fact: Object) -> Call | None:
        """Return a rule of a kind that the engine alone has."""

    def core_index_keys(self, index: Index) -> Sequence[Argument]:
        """Return the terms of an index, where they say more than a `KeyPart` holds."""

    def core_outline(self, schema: Schema, in_sql: Collection[str]) -> Outline:
        """Return what a module of SQLAlchemy Core holds; tables that are `in_sql` are made by their
        own statements, by the names of their units."""

    def core_imports(self) -> Mapping[str, Sequence[str]]:
        """Return the names, by modules of SQLAlchemy, that these calls have beyond its own."""

    def core_options(self, fact: Object, key: PrimaryKey | None = ...) -> Iterable[Argument]:
        """Return the arguments of SQLAlchemy Core that only its dialect for this engine takes: of
        a table with this key, of a column that is in this key, of a rule."""

    def core_option_fields(self) -> Mapping[str, str]:
        """Return the field of a table or its key that each of those arguments sets."""

    def dialect(self) -> Dialect:
        """Return SQLAlchemy's dialect for it, which connects to nothing."""

    def alembic_env(self) -> str:
        """Return the env.py of a new project."""

    def env_guard(self) -> EnvGuard:
        """Return what keeps an env.py to its scratch, in the process that runs it."""

    def refuses_rows(self, kind: str, statement: str) -> bool:
        """Does an error of this kind, of SQLAlchemy's, say that a rule or a type takes no such
        rows: that no expression has failed on them?"""

    def says_rows_are_lost(self, message: str) -> bool:
        """Did a guard of a revision of ours say that its copy forgets rows?"""

    def row_number_column(self, table: Unit) -> str:
        """Return the column that is the number by which the database finds a row; empty where
        there is none."""

    def counts_keys(self, table: Unit) -> bool:
        """Does the database remember how far it has counted the keys of this table, so that it
        gives none twice?"""

    def stored_as(self, table: Unit, column: Column) -> Hashable:
        """Return what decides in which form this column stores a value."""

    def effects(self, statements: Iterable[str]) -> Iterable[Effect]:
        """Return what each of these does, of those that change something."""

    def named(self, statements: Iterable[str]) -> Named:
        """Return what these statements create, drop or alter by name."""

    def verb_and_names(self, statement: str) -> tuple[str, frozenset[str]]:
        """Return the verb in upper case ("UPDATE", "DROP INDEX") and every name in a statement, as
        the engine folds it: no string, number or comment is one."""

    def units_named(self, statements: Iterable[str], units: Collection[str]) -> frozenset[str]:
        """Return those of these units that the statements may speak of: by a name, or by a string
        that is one. Rather one too many: of a statement that ran, a database does not tell what it
        only refers to, and nothing can be asked where a table is gone."""

    def names_rule(self, message: str, row_check: RowCheck) -> bool:
        """Does this message of the database say that the rule of a row check refused rows?"""

    def moved_columns(self, schema: Schema, statements: Sequence[str]) -> Iterable[tuple[str, str]]:
        """Return the tables and columns of this schema whose values these statements put into other
        columns, where they run one after another. Of a statement that cannot run on this schema
        alone, each name is returned, with no table."""

    def statements(self, steps: Iterable[Step]) -> list[str]:
        """Return the statements of these steps, framed for a transaction that is open already."""

    def loses_data(self, change: Change) -> bool:
        """Is stored data lost by this change?"""

    def clauses(self, fact: View | Trigger) -> Mapping[str, Sequence[BodyPart]]:
        """Return the clauses of a view or a trigger by their names, each in its parts."""

    def known_reads(self, schema: Schema) -> Mapping[str, frozenset[str]] | None:
        """Return the tables and views that each view reads itself, where the facts tell them; None
        where only a scratch does."""

    def evaluator(self, current: Unit, desired: Unit) -> Evaluator:
        """Return what tries rules over the columns that two states of a table have alike."""

    def type_family(self, declared: str) -> str:
        """Return what a declared type means for stored values: integer, real, numeric, text, blob,
        or a family that only this engine has."""

    def holds_for_values(self, condition: Expr, column: str) -> bool:
        """Is a condition true of each row that has a value in this column?"""

    def search_keys(self, fact: Index | Unique | PrimaryKey) -> tuple[KeyPart, ...]:
        """Return the terms by which an index finds rows, each with all that decides which searches
        it serves."""

    def quoted(self, name: str) -> str:
        """Return a name as an identifier in quotes."""

    def spelled_type(self, declared: str) -> str:
        """Return a declared type as a CREATE must say it: in quotes, where it is no plain words."""

    def open_queries(self, schema: Schema) -> AbstractContextManager[Queries]:
        """Open a scratch that holds this schema, to prepare queries of an application on it."""

    def editing(self) -> Editing:
        """Return how it reads the text of a schema for an editor."""

    def rules(self) -> Sequence[Rule]:
        """Return the lint rules that only this engine needs."""

    def target(self, version: str = ..., instant: bool = ...) -> Target:
        """Return the target for a version as people write it, or for the library in use."""


ENGINES = {  # the first is that of a project which names no database
    "sqlite": ("sqlplumb.engines.sqlite", "SQLite"),
    "postgresql": ("sqlplumb.engines.postgres", "PostgreSQL"),
}
IN_FILES = ("sqlite",)  # whose databases are files: the others are not imported to look at one


@cache
def engine(name: str) -> Engine:
    """Return the engine whose URLs begin with this name, imported when it is first asked for."""
    if name not in ENGINES:
        advice = "write sqlite:///relative/path or sqlite:////absolute/path"
        known = " and ".join(ENGINES)
        raise WrongInput(Problem(f"sqlplumb knows {known} so far, not {name}", advice))
    module, door = ENGINES[name]
    found: Engine = getattr(import_module(module), door)()
    return found
