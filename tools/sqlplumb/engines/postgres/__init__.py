"""PostgreSQL: everything we know about it. `PostgreSQL` is the door, and the only name the rest
may use.

Each method asks a room below: `parse` reads the text of statements, `server` makes databases of our
own, `read` makes facts of a catalog, `live` opens a database with rows that count, `scratch` loads
files. They are imported through `rooms` when they are first asked for, since all of them need the
driver. What is not offered yet is refused by name.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from sqlplumb.engines.location import Location
from sqlplumb.engines.postgres import rooms
from sqlplumb.engines.source import LiveDatabase, Source
from sqlplumb.errors import Problem, Refused
from sqlplumb.hiding import without_password
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

    from sqlplumb.changes import Change
    from sqlplumb.config import Style
    from sqlplumb.engines import Engine, RevisionBody, Scratch, Segment, Trial
    from sqlplumb.engines.env_guard import EnvGuard
    from sqlplumb.engines.outline import Outline
    from sqlplumb.engines.statements import BodyPart, Effect, Named
    from sqlplumb.findings import Rule
    from sqlplumb.python_layout import Argument, Call, Words
    from sqlplumb.steps import Plan, RowCheck, Step, Target
    from sqlplumb.understanding.evaluator import Evaluator


_NONE: Mapping[str, str] = {}
_BY_ALEMBIC = {
    "apply": "run `alembic upgrade head`: each revision stands alone, waits for no lock for long,"
    " and may be run again after a failure",
    "adopt": "see `sqlplumb diff URL history@REV`: if nothing differs, `alembic stamp REV` says so",
}


_EXAMPLE = """\
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    role text NOT NULL DEFAULT 'reader',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_users_role CHECK (role IN ('reader', 'editor', 'admin'))
);
CREATE UNIQUE INDEX uq_users_email ON users (lower(email));"""


class PostgreSQL:
    name = "postgresql"
    title = "PostgreSQL"
    main_schema = "public"
    session_settings: tuple[str, ...] = ("search_path", "session_replication_role")
    makes_anew = False
    applies = False
    adopting = "alembic stamp head"
    upgrading = "alembic upgrade head"
    units_called = ("object", "objects")
    example_url = "postgresql+psycopg://user@host/other"
    example_schema = _EXAMPLE
    plans_read_all = True
    types_say_all = True
    rows_change_meanwhile = True

    def locate(self, url: str, base: Path) -> Location:
        return Location(engine=self._door, url=url, label=without_password(url))

    def absolute(self, url: str, base: Path) -> str:
        return url

    def is_database(self, file: Path) -> bool:
        """A server keeps no database in one file."""
        return False

    def open_script(
        self,
        label: str,
        files: Mapping[str, str],
        *,
        rows_allowed: bool = False,
        scratch: str = "",
        use_cache: bool = True,
    ) -> Source:
        return rooms.script_source.open_script(
            self._door,
            label,
            files,
            rows_allowed=rows_allowed,
            scratch=scratch,
            use_cache=use_cache,
        )

    def open_database(
        self, location: Location, wait: float | None = None
    ) -> AbstractContextManager[LiveDatabase]:
        return rooms.live_database.open_database(location, wait)

    def open_beside(
        self, label: str, connection: object, url: str
    ) -> AbstractContextManager[LiveDatabase]:
        return rooms.beside.open_beside(self._door, label, connection=connection, url=url)

    def open_scratch(
        self, server: str = "", like: Sequence[str] = ()
    ) -> AbstractContextManager[Scratch]:
        return rooms.scratch_database.open_scratch(self._door, server, like)

    def refuse_to_change(self, label: str, deed: Literal["apply", "adopt"]) -> NoReturn:
        """Revisions stand alone here, and a server keeps its own backups."""
        message = f"{label}: sqlplumb changes no database of PostgreSQL; Alembic does"
        raise Refused(Problem(message, _BY_ALEMBIC[deed]))

    def core_type(self, column: Column, types: Mapping[str, str] = _NONE) -> Argument:
        return rooms.core.core_type(column, types)

    def core_default(self, column: Column) -> Words | Call | None:
        return rooms.core.default(column)

    def core_rule(self, fact: Object) -> Call | None:
        return rooms.core.rule(fact)

    def core_index_keys(self, index: Index) -> Sequence[Argument]:
        return tuple(rooms.core.index_keys(index))

    def core_outline(self, schema: Schema, in_sql: Collection[str]) -> Outline:
        return rooms.outline.outline(schema, in_sql)

    def core_imports(self) -> Mapping[str, Sequence[str]]:
        return rooms.core.IMPORTS

    def core_options(self, fact: Object, key: PrimaryKey | None = None) -> Iterable[Argument]:
        return rooms.core.options(fact, key)

    def core_option_fields(self) -> Mapping[str, str]:
        """Revisions here say nothing in Core."""
        return {}

    def dialect(self) -> Dialect:
        from sqlalchemy.dialects.postgresql import psycopg

        made: Any = psycopg.dialect
        dialect: Dialect = made(paramstyle="named")  # which writes % as it is
        return dialect

    def env_guard(self) -> EnvGuard:
        return rooms.env_guard.PostgresEnvGuard()

    def known_reads(self, schema: Schema) -> Mapping[str, frozenset[str]]:
        return rooms.graph.known_reads(schema)

    def evaluator(self, current: Unit, desired: Unit) -> Evaluator:
        from sqlplumb.engines.postgres.evaluator import UnknowingEvaluator

        return UnknowingEvaluator()

    def renames(self, current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
        return rooms.renamed.renames(current, desired)

    def hints_kept(self, schema: Schema) -> frozenset[tuple[Ref, str]]:
        """The server keeps no text of an author."""
        return frozenset()

    def settle(self, current: Schema, desired: Schema) -> tuple[Schema, Schema]:
        return rooms.core_words.settle_for_core(*rooms.settling.settle(current, desired))

    def rename_hint(self, former: str) -> str:
        return rooms.hints.rename_hint(former)

    def loses_data(self, change: Change) -> bool:
        return rooms.losses.loses_data(change)

    def target(self, version: str = "", instant: bool = False) -> Target:
        return rooms.target.target(version, instant)

    def plan_steps(
        self, current: Schema, desired: Schema, changes: Collection[Change], *, target: Target
    ) -> tuple[Step, ...]:
        return rooms.renamed.plan_steps(current, desired, changes, target=target)

    def creates(self, schema: Schema) -> str:
        return rooms.script.creates(schema)

    def laid_out(self, schema: Schema) -> str:
        return rooms.script.laid_out(schema)

    def script(self, plan: Plan) -> str:
        return rooms.script.script(plan)

    def statements(self, steps: Iterable[Step]) -> list[str]:
        return [statement for step in steps for statement in step.statements]

    def alembic_env(self) -> str:
        return (Path(__file__).parent / "alembic" / "env.py").read_text("utf-8")

    def segments(self, steps: Sequence[Step]) -> Sequence[Segment]:
        return rooms.segments.segments(steps)

    def revision_body(
        self, up: Sequence[Step], down: Sequence[Step], *, style: Style, trial: Trial
    ) -> RevisionBody:
        return rooms.body.revision_body(up, down, style)

    def stand_in(self, column: Column, schema: Schema) -> str:
        return rooms.casts.stand_in(column, schema)

    def wording(self, texts: Mapping[str, Iterable[str]], own: str) -> str:
        words = sorted((unit, sorted(text)) for unit, text in texts.items() if unit != own)
        return blake2b(repr(words).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def row_number_column(self, table: Unit) -> str:
        """A row has no number that outlives it."""
        return ""

    def type_family(self, declared: str) -> str:
        """Return one of the families that all engines know; else the type itself, without what
        limits it."""
        name = declared.partition("(")[0].strip()
        return _FAMILIES.get(name, name)

    def counts_keys(self, table: Unit) -> bool:
        return any(map(rooms.sequences.is_counted, table.columns.values()))

    def stored_as(self, table: Unit, column: Column) -> Hashable:
        """Rows are compared as the server prints their values, which these types print alike."""
        declared = column.type.partition("(")[0]
        return _PRINTED_ALIKE.get(declared, column.type)

    def refuses_rows(self, kind: str, statement: str) -> bool:
        """A value that another type does not take is refused as well."""
        is_of_type = kind == "DataError" and statement.lstrip()[:5].upper() == "ALTER"
        return kind == "IntegrityError" or is_of_type

    def says_rows_are_lost(self, message: str) -> bool:
        """No revision of ours has a guard here: nothing is copied."""
        return False

    def holds_for_values(self, condition: Expr, column: str) -> bool:
        return rooms.words.is_not_null_test(condition.canonical, column)

    def search_keys(self, fact: Index | Unique | PrimaryKey) -> tuple[KeyPart, ...]:
        return rooms.indexes.search_keys(fact)

    def effects(self, statements: Iterable[str]) -> Iterable[Effect]:
        return rooms.effects.effects(statements)

    def named(self, statements: Iterable[str]) -> Named:
        return rooms.effects.named(statements)

    def verb_and_names(self, statement: str) -> tuple[str, frozenset[str]]:
        return rooms.effects.verb_and_names(statement)

    def clauses(self, fact: View | Trigger) -> Mapping[str, Sequence[BodyPart]]:
        """The server prints a body anew: it is shown whole."""
        return {}

    def quoted(self, name: str) -> str:
        return rooms.names.quoted(name)

    def spelled_type(self, declared: str) -> str:
        """The server prints types as it reads them."""
        return declared

    def units_named(self, statements: Iterable[str], units: Collection[str]) -> frozenset[str]:
        return rooms.words.units_named(statements, units)

    def names_rule(self, message: str, row_check: RowCheck) -> bool:
        return row_check.ref.name in rooms.words.names_in_quotes(message)

    def moved_columns(self, schema: Schema, statements: Sequence[str]) -> Iterable[tuple[str, str]]:
        """No statement is tried: each name in one that may move values is returned."""
        return rooms.words.columns_in_data_steps(statements)

    def rules(self) -> Sequence[Rule]:
        return rooms.rules.RULES

    @property
    def _door(self) -> Engine:
        found: Any = self  # it offers what it offers; __getattr__ refuses the rest with words
        return found  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        message = f"sqlplumb cannot do this on PostgreSQL yet: it has no `{name}` there"
        advice = "check, diff, lint, revise, prove, review, log and tables can; Alembic upgrades"
        raise Refused(Problem(message, advice))


_FAMILIES = {
    **dict.fromkeys(("smallint", "integer", "bigint"), "integer"),
    **dict.fromkeys(("real", "double precision"), "real"),
    **dict.fromkeys(("text", "character varying", "character", "citext"), "text"),
    "bytea": "blob",
}
_PRINTED_ALIKE = {
    **dict.fromkeys(("smallint", "integer", "bigint"), "integer"),
    **dict.fromkeys(("text", "character varying", "name"), "text"),
}
