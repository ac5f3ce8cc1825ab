"""A scratch database that SQLAlchemy or Alembic fills with tables, and what it can tell.

It is a database of our own on a scratch server, made empty and dropped at the end. A state of it is
kept as a copy, made from it as a template: nobody may be connected then, so a connection is open
only as long as somebody uses it. Nothing here may open a database that somebody needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from sqlplumb.engines import Engine, Source
from sqlplumb.engines.postgres.read.catalog import Catalog, ask
from sqlplumb.engines.postgres.read.catalog_source import CatalogSource
from sqlplumb.engines.postgres.scratch.tracing import RecordedConnection, Recorder
from sqlplumb.engines.postgres.server.choose import SERVERS, ComparedWith, first_that_answers
from sqlplumb.engines.postgres.server.connect import told
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.engines.scratch import Scratch, Touched
from sqlplumb.engines.source import Snapshot
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem, Refused, WrongInput
from sqlplumb.schema import SpelledIn

if TYPE_CHECKING:
    from sqlalchemy import Engine as AlchemyEngine


@contextmanager
def open_scratch(engine: Engine, written: str = "", like: Sequence[str] = ()) -> Iterator[Scratch]:
    """Open one on the server that the settings have `written`, or on one that is like the live
    database that it will be compared with."""
    with ExitStack() as stack:
        server = SERVERS.choose(written, SERVERS.target or first_that_answers(like))
        scratch: Any = PostgresScratch(engine, server, stack)
        yield scratch  # what it does not offer yet is refused by name


@dataclass(frozen=True, slots=True)
class PostgresSnapshot:
    """A state of a database: a copy that nobody changes, on the server of its scratch."""

    server: ScratchServer = field(repr=False, compare=False)
    name: str

    def as_file(self) -> bytes | None:
        return None


class ScratchSource(CatalogSource):
    """What a scratch database holds when it is first asked for it."""

    def __init__(self, scratch: PostgresScratch, label: str, spelled_in: SpelledIn) -> None:
        self.scratch = scratch
        super().__init__(scratch.engine, label, spelled_in)

    @cached_property
    def catalog(self) -> Catalog:
        with self.scratch.asked() as connection:
            return Catalog(ask(connection))

    @property
    def target(self) -> ComparedWith:
        server = self.scratch.server
        return ComparedWith(server.url(self.scratch.name), server.label, server.version)

    def prepare(self, other: Source) -> None:
        """It was filled before it was known what it is compared with."""
        target = other.target if isinstance(other, CatalogSource) else None
        if target and target.major != self.target.major:
            message = f"{self.label} was made on PostgreSQL {self.target.major}, and {other.label}"
            message += f" is PostgreSQL {target.major}: two versions print one schema in two ways"
            advice = f"name a scratch of PostgreSQL {target.major}: --scratch URL"
            raise WrongInput(Problem(message, advice))

    def at(self, version_table: str) -> tuple[str, ...]:
        if version_table not in self.texts:
            return ()
        query = psycopg.sql.SQL("SELECT version_num FROM public.{} ORDER BY 1")
        with self.scratch.asked() as connection:
            words = query.format(psycopg.sql.Identifier(version_table))
            return tuple(name for (name,) in connection.execute(words).fetchall())


class PostgresScratch:
    """One database on a scratch server; it is dropped with its `stack`."""

    def __init__(self, engine: Engine, server: ScratchServer, stack: ExitStack) -> None:
        self.engine, self.server = engine, server
        self.runs_elsewhere = False
        self.recorder = Recorder()
        self.name = server.create()
        stack.callback(self._drop)

    def _drop(self) -> None:
        """Drop the database; a state that was taken of it is dropped when the command ends."""
        with suppress(PlumbError):
            self.server.drop(self.name)

    def _connect(self, **options: Any) -> psycopg.Connection[Any]:
        connection = RecordedConnection.connect(self.server.url(self.name), **options)
        connection.recorder = self.recorder
        return connection

    @contextmanager
    def asked(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection that reads, of which no recorder hears."""
        with told(self.server.label), psycopg.connect(self.server.url(self.name)) as connection:
            connection.execute("SET search_path = ''; SET jit = off")
            yield connection

    @cached_property
    def alchemy(self) -> AlchemyEngine:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        return create_engine("postgresql+psycopg://", creator=self._connect, poolclass=NullPool)

    def source(self, label: str, spelled_in: SpelledIn = "sql") -> Source:
        return ScratchSource(self, label, spelled_in)

    def created(
        self, statements: Sequence[str], label: str, spelled_in: SpelledIn
    ) -> Source | None:
        """A second database would be no faster."""
        return None

    def run(self, script: str) -> None:
        try:
            with psycopg.connect(self.server.url(self.name), autocommit=True) as connection:
                connection.execute(script.encode())
        except psycopg.Error as error:
            said = (error.diag.message_primary or str(error)).partition("\n")[0]
            raise DatabaseFailed(Problem(said, "it ran on a scratch: nothing is lost")) from error

    # ----------------------------------------------------------------- what ran

    def record(self, statements: list[str] | None) -> None:
        self.recorder.begin(statements)

    def touched(self) -> Touched:
        return self.recorder.touched

    def add_recorded(self, statements: Iterable[str], touched: Touched) -> None:
        if self.recorder.statements is not None:
            self.recorder.statements += statements
            self.recorder.read |= touched.read
            self.recorder.written |= touched.written

    # ----------------------------------------------------------------- states

    def snapshot(self) -> Snapshot:
        return PostgresSnapshot(self.server, self.server.copy(self.name))

    def restore(self, snapshot: Snapshot) -> None:
        assert isinstance(snapshot, PostgresSnapshot), "it is of another engine"
        self.server.drop(self.name)
        self.name = self.server.copy(snapshot.name)

    def session_settings(self) -> str:
        return "the settings of a new connection"

    def is_settled(self) -> bool:
        """Each connection is a new one, so nothing that was set on one outlives it."""
        return True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        message = f"sqlplumb makes no rows on PostgreSQL yet: no `{name}` on its scratch"
        raise Refused(Problem(message, "check and diff work without"))
