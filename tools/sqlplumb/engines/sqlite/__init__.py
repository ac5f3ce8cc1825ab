"""SQLite: everything we know about it. `SQLite` is the door, and the only name the rest may use.

Each method asks a room below: `parse` reads the text of statements, `read` makes a schema of a
database or a file, `live` opens, locks, backs up and restores, `scratch` makes databases of our own
with rows, `plan` finds the steps from one schema to another, `alembic` writes them as revisions,
`rules` holds the lint rules that only SQLite needs, `editing` reads text for an editor. What a
check does not need is imported through `rooms`.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlplumb.changes import Change
from sqlplumb.engines.location import Location
from sqlplumb.engines.source import LiveDatabase, Source
from sqlplumb.engines.sqlite import rooms
from sqlplumb.engines.sqlite.live import location, opening, read_only
from sqlplumb.engines.sqlite.parse.lexer import in_quotes
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
    from sqlplumb.engines.locked import LockedDatabase, Patience, Restoring
    from sqlplumb.engines.outline import Outline
    from sqlplumb.engines.queries import Queries
    from sqlplumb.engines.scratch import Scratch
    from sqlplumb.engines.source import Snapshot
    from sqlplumb.engines.statements import BodyPart, Effect, Named, RevisionBody, Segment, Trial
    from sqlplumb.findings import Rule
    from sqlplumb.python_layout import Argument
    from sqlplumb.python_layout import Named as Keyword
    from sqlplumb.steps import Plan, RowCheck, Step, Target
    from sqlplumb.understanding.evaluator import Evaluator


_NONE: Mapping[str, str] = {}
_EXAMPLE = """\
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE,
    role TEXT NOT NULL DEFAULT 'reader',
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,  -- UTC
    CONSTRAINT ck_users_role CHECK (role IN ('reader', 'editor', 'admin'))
);
CREATE UNIQUE INDEX uq_users_email ON users (email);"""


class SQLite:
    name = "sqlite"
    title = "SQLite"
    main_schema = "main"
    session_settings: tuple[str, ...] = ("foreign_keys",)
    makes_anew = True
    applies = True
    adopting = "sqlplumb adopt {url}"
    upgrading = "sqlplumb apply {url}"
    units_called = ("table or view", "tables and views")
    example_url = "sqlite:///other.db"
    example_schema = _EXAMPLE
    plans_read_all = False
    types_say_all = False
    rows_change_meanwhile = False

    def open_script(
        self,
        label: str,
        files: Mapping[str, str],
        *,
        rows_allowed: bool = False,
        scratch: str = "",
        use_cache: bool = True,
    ) -> Source:
        return opening.open_script(self, label, files, rows_allowed=rows_allowed)

    def locate(self, url: str, base: Path) -> Location:
        return location.locate(self, url, base)

    def absolute(self, url: str, base: Path) -> str:
        return location.absolute(url, base)

    def url_of(self, scheme: str, file: Path) -> str:
        return location.url_of(scheme, file)

    def open_database(
        self, location: Location, wait: float | None = None
    ) -> AbstractContextManager[LiveDatabase]:
        return opening.open_database(location, wait)

    def open_connection(self, label: str, connection: object) -> LiveDatabase:
        return opening.open_connection(self, label, connection)

    def open_beside(
        self, label: str, connection: object, url: str
    ) -> AbstractContextManager[LiveDatabase]:
        return nullcontext(opening.open_connection(self, label, connection))

    def is_database(self, file: Path) -> bool:
        return read_only.is_database(file)

    def reader(self, location: Location) -> Any:
        return read_only.connect(location.path.resolve())

    def settle(self, current: Schema, desired: Schema) -> tuple[Schema, Schema]:
        if not (current.objects or desired.objects):
            return current, desired
        return rooms.normalize_for_core.settle(current, desired)

    def clauses(self, fact: View | Trigger) -> Mapping[str, Sequence[BodyPart]]:
        read = rooms.bodies.read_view if isinstance(fact, View) else rooms.bodies.read_trigger
        return read(fact.body.text)

    def known_reads(self, schema: Schema) -> None:
        return None

    def evaluator(self, current: Unit, desired: Unit) -> Evaluator:
        return rooms.evaluator.TableEvaluator(current, desired)

    def type_family(self, declared: str) -> str:
        return rooms.parts.affinity(declared)

    def snapshot_from(self, file: bytes) -> Snapshot:
        return rooms.memory.SQLiteSnapshot(file)

    def open_scratch(
        self, server: str = "", like: Sequence[str] = ()
    ) -> AbstractContextManager[Scratch]:
        return rooms.scratch.open_scratch(self)

    def refuse_to_change(self, label: str, deed: Literal["apply", "adopt"]) -> None:
        return

    def open_locked(self, location: Location) -> AbstractContextManager[LockedDatabase]:
        return rooms.locked_database.open_locked(location)

    def recover(self, location: Location, patience: Patience) -> None:
        rooms.locked_database.recover(location, patience)

    def wording(self, texts: Mapping[str, Iterable[str]], own: str) -> str:
        return rooms.schema_file.wording(texts, own)

    def restore(self, wish: Restoring) -> None:
        rooms.restored.restore(wish)

    def hints_kept(self, schema: Schema) -> frozenset[tuple[Ref, str]]:
        return frozenset(rooms.hints.hints_kept(schema.objects.values()))

    def rename_hint(self, former: str) -> str:
        return rooms.hints.rename_hint(former)

    def renames(self, current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
        if not any(fact.renamed_from for fact in desired.objects.values()):
            return current, ()
        return rooms.renames.renames(current, desired)

    def plan_steps(
        self, current: Schema, desired: Schema, changes: Collection[Change], *, target: Target
    ) -> tuple[Step, ...]:
        return rooms.plan.plan_steps(current, desired, changes, target=target)

    def segments(self, steps: Sequence[Step]) -> Sequence[Segment]:
        """A revision is one transaction, whatever it does."""
        from sqlplumb.engines.statements import Segment

        return [Segment(tuple(steps))] if steps else []

    def revision_body(
        self, up: Sequence[Step], down: Sequence[Step], *, style: Style, trial: Trial
    ) -> RevisionBody:
        return rooms.body.revision_body(tuple(up), tuple(down), style=style, trial=trial)

    def core_type(self, column: Column, types: Mapping[str, str] = _NONE) -> Argument | None:
        return rooms.core.core_type(column)

    def core_default(self, column: Column) -> None:
        """Defaults are kept as they are written."""

    def core_rule(self, fact: Object) -> None:
        """Rules are of the kinds that all engines have."""

    def core_index_keys(self, index: Index) -> tuple[Argument, ...]:
        return ()

    def core_outline(self, schema: Schema, in_sql: Collection[str]) -> Outline:
        return rooms.outline.outline(schema, in_sql)

    def core_imports(self) -> Mapping[str, Sequence[str]]:
        return {}

    def core_options(self, fact: Object, key: PrimaryKey | None = None) -> Iterable[Keyword]:
        return rooms.core.options(fact, key)

    def core_option_fields(self) -> Mapping[str, str]:
        return rooms.core.OPTION_FIELDS

    def dialect(self) -> Dialect:
        from sqlalchemy.dialects import sqlite

        dialect: Dialect = sqlite.dialect()
        return dialect

    def env_guard(self) -> EnvGuard:
        return rooms.env_guard.SQLiteEnvGuard(self)

    def alembic_env(self) -> str:
        return (Path(__file__).parent / "alembic" / "env.py").read_text("utf-8")

    def loses_data(self, change: Change) -> bool:
        return rooms.losses.loses_data(change)

    def target(self, version: str = "", instant: bool = False) -> Target:
        return rooms.in_place.target(version, instant)

    def effects(self, statements: Iterable[str]) -> Sequence[Effect]:
        return rooms.executed.interpret(statements).effects

    def named(self, statements: Iterable[str]) -> Named:
        return rooms.expressions.names_in(statements)

    def holds_for_values(self, condition: Expr, column: str) -> bool:
        return rooms.evaluator.holds_for_values(condition.canonical, column)

    def search_keys(self, fact: Index | Unique | PrimaryKey) -> tuple[KeyPart, ...]:
        return fact.keys if isinstance(fact, Index) else fact.columns

    def quoted(self, name: str) -> str:
        return in_quotes(name)

    def spelled_type(self, declared: str) -> str:
        return rooms.parts.spelled_type(declared)

    def verb_and_names(self, statement: str) -> tuple[str, frozenset[str]]:
        return rooms.expressions.verb_and_names(statement)

    def units_named(self, statements: Iterable[str], units: Collection[str]) -> frozenset[str]:
        return rooms.expressions.names_or_strings(statements) & {*units}

    def names_rule(self, message: str, row_check: RowCheck) -> bool:
        return rooms.refusals.names_rule(message, row_check)

    def moved_columns(self, schema: Schema, statements: Sequence[str]) -> Iterable[tuple[str, str]]:
        return rooms.moved.moved_columns(self.creates(schema), statements)

    def statements(self, steps: Iterable[Step]) -> list[str]:
        return rooms.script.statements(tuple(steps))

    def row_number_column(self, table: Unit) -> str:
        key = table.primary_key
        return table.key[0] if key and key.options.flag("rowid_alias") else ""

    def counts_keys(self, table: Unit) -> bool:
        key = table.primary_key
        return key is not None and key.options.flag("autoincrement")

    def stored_as(self, table: Unit, column: Column) -> Hashable:
        keeps_all = column.type == "any" and table.options.flag("strict")
        return (column.type, column.generated, keeps_all)

    def refuses_rows(self, kind: str, statement: str) -> bool:
        return kind == "IntegrityError"

    def says_rows_are_lost(self, message: str) -> bool:
        return rooms.guards.says_rows_are_lost(message)

    def stand_in(self, column: Column, schema: Schema) -> str:
        return {"text": "''", "blob": "x''"}.get(rooms.parts.affinity(column.type), "0")

    def creates(self, schema: Schema) -> str:
        return rooms.script.creates(schema)

    def laid_out(self, schema: Schema) -> str:
        return rooms.schema_file.laid_out(schema)

    def script(self, plan: Plan) -> str:
        return rooms.script.script(plan)

    def open_queries(self, schema: Schema) -> AbstractContextManager[Queries]:
        return rooms.queries.open_queries(schema, self.creates(schema))

    def editing(self) -> Editing:
        return rooms.editing.SQLiteEditing()

    def rules(self) -> Sequence[Rule]:
        return rooms.rules.RULES
