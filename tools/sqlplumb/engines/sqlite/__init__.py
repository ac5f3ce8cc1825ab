"""SQLite: everything we know about it. `SQLite` is the door, and the only name the rest may use.

Each method asks a room below: `parse` reads the text of statements, `read` makes a schema of a
database or a file, `live` opens, locks, backs up and restores, `scratch` makes databases of our own
with rows, `plan` finds the steps from one schema to another, `alembic` writes them as revisions,
`rules` holds the lint rules that only SQLite needs. What plans, fills, writes and lints is imported
when it is asked for; a check needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.changes import Change
from sqlplumb.engines.location import Location
from sqlplumb.engines.source import LiveDatabase, Source
from sqlplumb.engines.sqlite.live import location, opening, read_only
from sqlplumb.engines.sqlite.parse.types import affinity
from sqlplumb.engines.sqlite.read import normalize_for_core
from sqlplumb.schema import Column, Object, PrimaryKey, Ref, Schema, Unit

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from sqlplumb.config import Style
    from sqlplumb.engines.env_guard import EnvGuard
    from sqlplumb.engines.locked import LockedDatabase, Patience, Restoring
    from sqlplumb.engines.queries import Queries
    from sqlplumb.engines.scratch import Scratch
    from sqlplumb.engines.source import Snapshot
    from sqlplumb.engines.statements import Effect, Named, RevisionBody, Trial
    from sqlplumb.findings import Rule
    from sqlplumb.python_layout import Named as Keyword
    from sqlplumb.steps import Plan, Step, Target
    from sqlplumb.understanding.evaluator import Evaluator


class SQLite:
    name = "sqlite"
    title = "SQLite"
    main_schema = "main"
    session_settings: tuple[str, ...] = ("foreign_keys",)

    def open_script(
        self, label: str, files: Mapping[str, str], rows_allowed: bool = False
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

    def is_database(self, file: Path) -> bool:
        return read_only.is_database(file)

    def reader(self, location: Location) -> Any:
        return read_only.connect(location.path.resolve())

    def settle(self, current: Schema, desired: Schema) -> tuple[Schema, Schema]:
        return normalize_for_core.settle(current, desired)

    def evaluator(self, current: Unit, desired: Unit) -> Evaluator:
        from sqlplumb.engines.sqlite.evaluator import TableEvaluator

        return TableEvaluator(current, desired)

    def expression_words(self, canonical: str) -> list[str]:
        from sqlplumb.engines.sqlite.parse.expressions import words_of

        return words_of(canonical)

    def type_family(self, declared: str) -> str:
        return affinity(declared)

    def snapshot_from(self, file: bytes) -> Snapshot:
        from sqlplumb.engines.sqlite.read.memory import SQLiteSnapshot

        return SQLiteSnapshot(file)

    def open_scratch(self) -> AbstractContextManager[Scratch]:
        from sqlplumb.engines.sqlite.scratch.scratch import open_scratch as opened

        return opened(self)

    def open_locked(self, location: Location) -> AbstractContextManager[LockedDatabase]:
        from sqlplumb.engines.sqlite.live.locked_database import open_locked as opened

        return opened(location)

    def recover(self, location: Location, patience: Patience) -> None:
        from sqlplumb.engines.sqlite.live.locked_database import recover as recovered

        recovered(location, patience)

    def wording(self, texts: Mapping[str, Iterable[str]], own: str) -> str:
        from sqlplumb.engines.sqlite.parse.text_digest import wording as worded

        return worded(texts, own)

    def restore(self, wish: Restoring) -> None:
        from sqlplumb.engines.sqlite.live.restored import restore as restored

        restored(wish)

    def hints_kept(self, schema: Schema) -> frozenset[tuple[Ref, str]]:
        from sqlplumb.engines.sqlite.read.hinted import hints_kept as kept

        return frozenset(kept(schema.objects.values()))

    def rename_hint(self, former: str) -> str:
        from sqlplumb.engines.sqlite.parse.hints import rename_hint as hint

        return hint(former)

    def renames(self, current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
        if not any(fact.renamed_from for fact in desired.objects.values()):
            return current, ()
        from sqlplumb.engines.sqlite.plan.renames import renames as found

        return found(current, desired)

    def plan_steps(
        self, current: Schema, desired: Schema, changes: Collection[Change], target: Target
    ) -> tuple[Step, ...]:
        from sqlplumb.engines.sqlite.plan.plan import plan_steps as planned

        return planned(current, desired, changes, target)

    def revision_body(
        self, up: Sequence[Step], down: Sequence[Step], *, style: Style, trial: Trial
    ) -> RevisionBody:
        from sqlplumb.engines.sqlite.alembic.body import revision_body as written

        return written(tuple(up), tuple(down), style=style, trial=trial)

    def core_options(self, fact: Object, key: PrimaryKey | None = None) -> Iterable[Keyword]:
        from sqlplumb.engines.sqlite.alembic.core import options

        return options(fact, key)

    def core_option_fields(self) -> Mapping[str, str]:
        from sqlplumb.engines.sqlite.alembic.core import OPTION_FIELDS

        return OPTION_FIELDS

    def dialect(self) -> Dialect:
        from sqlalchemy.dialects import sqlite

        dialect: Dialect = sqlite.dialect()
        return dialect

    def env_guard(self) -> EnvGuard:
        from sqlplumb.engines.sqlite.scratch.env_guard import SQLiteEnvGuard

        return SQLiteEnvGuard(self)

    def alembic_env(self) -> str:
        return (files("sqlplumb.engines.sqlite.alembic") / "env.py").read_text("utf-8")

    def loses_data(self, change: Change) -> bool:
        from sqlplumb.engines.sqlite.plan.losses import loses_data as loses

        return loses(change)

    def target(self, version: str = "", instant: bool = False) -> Target:
        from sqlplumb.engines.sqlite.plan.in_place import target as chosen

        return chosen(version, instant)

    def effects(self, statements: Iterable[str]) -> Iterator[Effect]:
        from sqlplumb.engines.sqlite.scratch.statement_effects import effects as found

        return found(statements)

    def named(self, statements: Iterable[str]) -> Named:
        from sqlplumb.engines.sqlite.parse.expressions import names_in as found

        return found(statements)

    def spelled_type(self, declared: str) -> str:
        from sqlplumb.engines.sqlite.parse.types import spelled_type as spelled

        return spelled(declared)

    def verb_and_names(self, statement: str) -> tuple[str, frozenset[str]]:
        from sqlplumb.engines.sqlite.parse.expressions import verb_and_names as found

        return found(statement)

    def statements(self, steps: Iterable[Step]) -> list[str]:
        from sqlplumb.engines.sqlite.plan.script import statements as framed

        return framed(tuple(steps))

    def says_rows_are_lost(self, message: str) -> bool:
        from sqlplumb.engines.sqlite.plan import guards

        return guards.says_rows_are_lost(message)

    def stand_in(self, column: Column) -> str:
        return {"text": "''", "blob": "x''"}.get(affinity(column.type), "0")

    def creates(self, schema: Schema) -> str:
        from sqlplumb.engines.sqlite.plan.script import creates as framed

        return framed(schema)

    def laid_out(self, schema: Schema) -> str:
        from sqlplumb.engines.sqlite.read.schema_file import laid_out as written

        return written(schema)

    def script(self, plan: Plan) -> str:
        from sqlplumb.engines.sqlite.plan.script import script as framed

        return framed(plan)

    def open_queries(self, schema: Schema) -> AbstractContextManager[Queries]:
        from sqlplumb.engines.sqlite.scratch.queries import open_queries as opened

        return opened(schema, self.creates(schema))

    def rules(self) -> Sequence[Rule]:
        from sqlplumb.engines.sqlite.rules import RULES

        return RULES
