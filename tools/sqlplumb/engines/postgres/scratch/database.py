"""A scratch database that SQLAlchemy or Alembic fills with tables, and what it can tell.

It is a database of our own on a scratch server, made empty and dropped at the end. A state of it is
kept as a copy, made from it as a template: nobody may be connected then, so a connection is open
only as long as somebody uses it. Nothing here may open a database that somebody needs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sqlplumb.changes import Rename
from sqlplumb.engines import Engine, Source
from sqlplumb.engines.moves import ASIDE
from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.postgres.parse.statements import cut
from sqlplumb.engines.postgres.plan.renames import rename_statement
from sqlplumb.engines.postgres.read.catalog import Catalog, ask
from sqlplumb.engines.postgres.read.catalog_source import AskedSource, CatalogSource
from sqlplumb.engines.postgres.scratch import ground, kept, rows
from sqlplumb.engines.postgres.scratch.created import CreatedSource, Creator, run_what_is_taken
from sqlplumb.engines.postgres.scratch.env_guard import DRIVER
from sqlplumb.engines.postgres.scratch.executed import Names, interpret, read_names
from sqlplumb.engines.postgres.scratch.roles import RolesOfServer
from sqlplumb.engines.postgres.scratch.rows import stored
from sqlplumb.engines.postgres.scratch.tracing import RecordedConnection, Recorder
from sqlplumb.engines.postgres.server.choose import SERVERS, ComparedWith, first_that_answers
from sqlplumb.engines.postgres.server.connect import told
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.engines.scratch import (
    ColumnTypes,
    Counter,
    Filled,
    Orphans,
    Rows,
    Scratch,
    Touched,
)
from sqlplumb.engines.source import Snapshot
from sqlplumb.engines.statements import Executed
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem, WrongInput
from sqlplumb.schema import Object, SpelledIn
from sqlplumb.steps import DataStep, Fill, RowCheck

if TYPE_CHECKING:
    from sqlalchemy import Dialect, MetaData
    from sqlalchemy import Engine as AlchemyEngine


@contextmanager
def open_scratch(engine: Engine, written: str = "", like: Sequence[str] = ()) -> Iterator[Scratch]:
    """Open one on the server that the settings have `written`, or on one that is like the live
    database that it will be compared with."""
    with ExitStack() as stack:
        target = SERVERS.target or first_that_answers(like)
        scratch: Any = PostgresScratch(engine, stack, written=written, compared_with=target)
        yield scratch  # what it does not offer yet is refused by name


@dataclass(frozen=True, slots=True)
class PostgresSnapshot:
    """A state of a database: a copy that nobody changes, on the server of its scratch."""

    server: ScratchServer = field(repr=False, compare=False)
    name: str

    def as_file(self) -> bytes | None:
        return None


class ScratchSource(AskedSource):
    """What a scratch database holds when it is first asked for it."""

    is_made = True

    def __init__(self, scratch: PostgresScratch, label: str, spelled_in: SpelledIn) -> None:
        self.scratch = scratch
        super().__init__(scratch.engine, label, spelled_in)

    def asked(self) -> AbstractContextManager[psycopg.Connection[Any]]:
        return self.scratch.asked()

    @property
    def target(self) -> ComparedWith | None:
        """Whatever the scratch was chosen for chooses the same one again."""
        return self.scratch.compared_with

    def prepare(self, other: Source) -> None:
        """It was filled before it was known what it is compared with."""
        target = other.target if isinstance(other, CatalogSource) else None
        major = self.scratch.major
        if target and target.major != major:
            message = f"{self.label} was made on PostgreSQL {major}, and {other.label}"
            message += f" is PostgreSQL {target.major}: two versions print one schema in two ways"
            advice = f"name a scratch of PostgreSQL {target.major}: --scratch URL"
            raise WrongInput(Problem(message, advice))

    @property
    def catalog(self) -> Catalog:
        if self._catalog is None and (rows := self.scratch.recalled):
            self._catalog = Catalog(rows, compared=self._compared, is_made=True)
        return super().catalog

    @property
    def may_bear(self) -> bool:
        return self.scratch.recalled is None and super().may_bear

    def at(self, version_table: str) -> tuple[str, ...]:
        if version_table not in self.texts:
            return ()
        query = psycopg.sql.SQL("SELECT version_num FROM public.{} ORDER BY 1")
        with self.scratch.asked() as connection:
            words = query.format(psycopg.sql.Identifier(version_table))
            return tuple(name for (name,) in connection.execute(words).fetchall())


class PostgresScratch:
    """One database on a scratch server, made when something is first to run on it; it is dropped
    with its `stack`. The server is chosen as the settings have `written` it, for what the database
    is `compared_with`."""

    connections_choose_schemas = True

    def __init__(
        self,
        engine: Engine,
        stack: ExitStack,
        *,
        written: str,
        compared_with: ComparedWith | None,
    ) -> None:
        self.engine = engine
        self.written, self.compared_with = written, compared_with
        self.runs_elsewhere = False
        self.recorder = Recorder()
        self._name = ""
        self._state: PostgresSnapshot | None = None  # what it is to be a copy of
        # The rows of catalogs that a command remembered, in place of a database.
        self.recalled: Mapping[str, list[dict[str, Any]]] | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._names_before = Names()
        self._names_after: tuple[int, Names] | None = None
        stack.callback(self._drop)

    @property
    def major(self) -> int:
        """Return the version of its server; what was recalled needs none."""
        if self.recalled is None:
            return self.server.major
        return SERVERS.version(self.written, self.compared_with)[0]

    @cached_property
    def server(self) -> ScratchServer:
        assert self.recalled is None, "what was recalled has no database"
        return SERVERS.choose(self.written, self.compared_with)

    @property
    def name(self) -> str:
        if not self._name:
            state, self._state = self._state, None
            self._name = self.server.copy(state.name) if state else self.server.create()
        return self._name

    def _drop(self) -> None:
        """Drop the database; a state that was taken of it is dropped when the command ends."""
        self._leave()
        with suppress(PlumbError):
            if self._name:
                self.server.drop(self._name)

    def _connect(self, **options: Any) -> psycopg.Connection[Any]:
        connection = RecordedConnection.connect(self.server.url(self.name), **options)
        connection.recorder, connection.roles = self.recorder, RolesOfServer(self.server)
        return connection

    @contextmanager
    def asked(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection that reads, and names everything in full."""
        with self._of_state() if self._state else self._alone() as connection:
            connection.execute("SET search_path = ''; SET jit = off")
            yield connection
            connection.execute("RESET search_path")

    @contextmanager
    def _of_state(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection to a state that nothing has run on: to read, no copy is needed."""
        assert self._state
        with told(self.server.label), closing(self.server.connect(self._state.name)) as connection:
            yield connection

    @contextmanager
    def _alone(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection that commits by itself, of which no recorder hears. It stays open
        until somebody needs the database for himself."""
        with told(self.server.label):
            if self._connection is None:
                self._connection = psycopg.connect(self.server.url(self.name), autocommit=True)
            try:
                yield self._connection
            except BaseException:
                self._leave()
                raise

    def _leave(self) -> None:
        """Let nobody of ours be connected: a database is copied and dropped by whoever is alone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @cached_property
    def alchemy(self) -> AlchemyEngine:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        return create_engine("postgresql+psycopg://", creator=self._connect, poolclass=NullPool)

    def source(self, label: str, spelled_in: SpelledIn = "sql") -> Source:
        return ScratchSource(self, label, spelled_in)

    def compiler(self) -> Dialect:
        """Nobody has to be asked for what writes DDL here."""
        dialect: Any = self.engine.dialect()
        dialect.server_version_info = SERVERS.version(self.written, self.compared_with)
        return dialect  # type: ignore[no-any-return]

    def types_left_out(self, metadata: MetaData) -> Sequence[str]:
        return tuple(ground.types_left_out(metadata, self.compiler()))

    def created(
        self,
        statements: Sequence[str],
        label: str,
        *,
        spelled_in: SpelledIn,
        files: Mapping[str, str],
        use_cache: bool,
    ) -> Source | None:
        creator = Creator(
            engine=self.engine,
            statements=statements,
            written=self.written,
            compared_with=self.compared_with,
            use_cache=use_cache,
        )
        made = creator.made(files)
        return CreatedSource(creator, label, spelled_in=spelled_in, made=made) if made else None

    def lay_ground(
        self, files: Mapping[str, str], statements: Sequence[str], types: Sequence[str]
    ) -> bool:
        laid = ground.ground_of(files, statements)
        with self._alone() as connection:
            for texts in (laid, types, laid):  # a function may need a type, and a type a schema
                run_what_is_taken(connection, texts)
        return bool(laid or types)

    def run(self, script: str) -> None:
        try:
            is_heard = self.recorder.statements is not None
            pieces = [piece.text for piece in cut(script)] if is_heard else [script]
            with self._connect(autocommit=True) as connection:
                for piece in pieces:
                    connection.execute(piece.encode())
        except psycopg.Error as error:
            said = (error.diag.message_primary or str(error)).partition("\n")[0]
            raise DatabaseFailed(Problem(said, "it ran on a scratch: nothing is lost")) from error

    # ----------------------------------------------------------------- rows

    def fill(
        self,
        *,
        left_alone: Collection[str] = (),
        row_checks: Collection[RowCheck] = (),
        renames: Sequence[Rename] = (),
        fills: Collection[Fill | DataStep] = (),
        types: ColumnTypes = MappingProxyType({}),
    ) -> Filled:
        with self._alone() as connection:
            return rows.fill(
                connection, left_alone=left_alone, renames=renames, fills=fills, types=types
            )

    def near(self, tables: Collection[str], *, written: Collection[str]) -> Collection[str]:
        with self._alone() as connection:
            return stored.near(connection, tables, written)

    def rows(self, left_alone: Collection[str] = ()) -> Mapping[str, Rows]:
        with self._alone() as connection:
            return stored.read_rows(connection, left_alone)

    def count(self, table: str, where: str, renames: Sequence[Rename] = ()) -> int:
        with self._alone() as connection, renamed(connection, renames):
            return stored.count(connection, table, where)

    def remove(self, table: str, where: str, renames: Sequence[Rename] = ()) -> None:
        with self._alone() as connection, renamed(connection, renames):
            stored.remove(connection, table, where)

    def all_but(self, numbers: Iterable[int]) -> str:
        return stored.all_but(numbers)

    def counters(self) -> Mapping[str, Counter]:
        with self._alone() as connection:
            return stored.counters(connection)

    def orphans(self) -> Sequence[Orphans]:
        with self._alone() as connection:
            return stored.find_orphans(connection)

    def unsound(self) -> Sequence[str]:
        with self._alone() as connection:
            return stored.invalid_indexes(connection)

    # ----------------------------------------------------------------- what ran

    def record(self, statements: list[str] | None) -> None:
        self.recorder.begin(statements)
        if statements is not None:
            self._names_before, self._names_after = self._names(), None

    def _names(self) -> Names:
        with self._alone() as connection:
            return read_names(connection)

    def executed(self, statements: Iterable[str]) -> Executed:
        """Ask once for the names at the end, as long as nothing more has run."""
        recorder = self.recorder
        count = len(recorder.moments)
        if self._names_after is None or self._names_after[0] != count:
            self._names_after = (count, self._names())
        done = interpret(
            statements,
            recorder.moments,
            before=self._names_before,
            after=self._names_after[1],
        )
        done.written |= recorder.written
        done.transactions = recorder.transactions
        done.in_transactions = _in_transactions(recorder)
        return done

    def tables_of(self, statement: str) -> frozenset[str]:
        """Return what it locks, or the names in it; of a partition also the whole table."""
        names = (self._names(), self._names_before)
        known = [(each, oid, table) for each in names for oid, table in each.tables.items()]
        locked = [one.tables for one in self.recorder.moments if one.statement == statement]
        words = {token.name for token in lex(statement) if token.is_name}
        found = {unit for tables in locked for unit in tables} or {
            table.unit for _, _, table in known if table.unit.rpartition(".")[2] in words
        }
        for each, oid, table in known:
            if table.unit in found:
                found |= {each.tables[above].unit for above in each.above(oid)}
        return frozenset(found)

    def touched(self) -> Touched:
        return self.recorder.touched

    def add_recorded(self, statements: Iterable[str], touched: Touched) -> None:
        if self.recorder.statements is not None:
            self.recorder.statements += statements
            self.recorder.read |= touched.read
            self.recorder.written |= touched.written

    # ----------------------------------------------------------------- states

    def snapshot(self) -> Snapshot:
        """Give the database away; whoever runs something here does so on a copy of it."""
        if self._state is None:
            name = self.name
            self._leave()
            self._name, self._state = "", PostgresSnapshot(self.server, name)
        return self._state

    def restore(self, snapshot: Snapshot) -> None:
        assert isinstance(snapshot, PostgresSnapshot), "it is of another engine"
        self._leave()
        if self._name:
            self.server.drop(self._name)
        self._name, self._state, self._names_after = "", snapshot, None

    @property
    def remembered_by(self) -> str:
        server = SERVERS.identity(self.written, self.compared_with)
        return "-" + kept.key_of({}, server, rows_allowed=False)

    def remembered(self) -> bytes | None:
        with self.asked() as connection:
            return json.dumps(ask(connection)).encode()

    def recall(self, remembered: bytes) -> None:
        self.recalled = json.loads(remembered)

    @contextmanager
    def lent(self, scheme: str) -> Iterator[str]:
        """The driver is always psycopg, whose connections can be watched."""
        state = self.snapshot()
        assert isinstance(state, PostgresSnapshot)
        copy = self.server.copy(state.name)
        try:
            yield _alchemy_url(self.server.url(copy))
        except BaseException:
            self.server.drop(copy)
            raise
        self.restore(PostgresSnapshot(self.server, copy))

    def session_settings(self) -> str:
        return "the settings of a new connection"

    def is_settled(self) -> bool:
        """Each connection is a new one, so nothing that was set on one outlives it."""
        return True


def _alchemy_url(conninfo: str) -> str:
    parts = {name: str(value) for name, value in conninfo_to_dict(conninfo).items()}
    who = ":".join(quote(parts.pop(name), "") for name in ("user", "password") if name in parts)
    database = quote(parts.pop("dbname"), "")
    return f"postgresql+{DRIVER}://{who}@/{database}?{urlencode(parts)}"


def _in_transactions(recorder: Recorder) -> str:
    """Say how the statements were put into transactions."""
    outside = sum(not moment.trace.is_measured for moment in recorder.moments)
    count = recorder.transactions
    words = [f"{count} transaction{'' if count == 1 else 's'}"] if count else []
    statements = f"{outside} statement{'' if outside == 1 else 's'} outside of one"
    return " and ".join([*words, *([statements] if outside else [])]) or "no statement"


@contextmanager
def renamed(connection: psycopg.Connection[Any], renames: Sequence[Rename]) -> Iterator[None]:
    """Let tables and columns have their names to come meanwhile; what has one of these, and none to
    go to, steps aside."""
    known = [change for change in renames if change.ref.kind in ("table", "column")]
    moving = {change.current.ref for change in known}
    done: list[tuple[Object, str]] = []
    try:
        for change in known:
            if change.ref not in moving:
                with suppress(psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable):
                    _rename(connection, done, change.desired, name=ASIDE + change.ref.name)
            _rename(connection, done, change.current, name=change.ref.name)
        yield
    finally:
        for fact, name in reversed(done):
            now = replace(fact, ref=replace(fact.ref, name=name))
            connection.execute(rename_statement(now, fact.ref.name).encode())


def _rename(
    connection: psycopg.Connection[Any],
    done: list[tuple[Object, str]],
    fact: Object,
    *,
    name: str,
) -> None:
    connection.execute(rename_statement(fact, name).encode())
    done.append((fact, name))
