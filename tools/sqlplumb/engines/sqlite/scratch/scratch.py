"""A scratch that SQLAlchemy or Alembic fills with tables, and we with rows; what it can tell."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlplumb.changes import Rename
from sqlplumb.engines import Engine, Source
from sqlplumb.engines.scratch import ColumnTypes, Filled, Orphans, Rows, Scratch
from sqlplumb.engines.source import Snapshot
from sqlplumb.engines.sqlite.live.opening import ConnectionSource, CreatedSource
from sqlplumb.engines.sqlite.read import memory
from sqlplumb.engines.sqlite.scratch import report
from sqlplumb.engines.sqlite.scratch.env_guard import settings_in_words
from sqlplumb.engines.sqlite.scratch.executed import interpret
from sqlplumb.engines.statements import Executed
from sqlplumb.errors import DatabaseFailed, Problem
from sqlplumb.schema import SpelledIn
from sqlplumb.steps import DataStep, Fill, RowCheck

if TYPE_CHECKING:
    from sqlalchemy import Engine as AlchemyEngine


@contextmanager
def open_scratch(engine: Engine) -> Iterator[Scratch]:
    with ExitStack() as stack:
        yield SQLiteScratch(engine, stack)


class SQLiteScratch:
    """One connection in memory. What it has opened is closed with its `stack`."""

    def __init__(self, engine: Engine, stack: ExitStack) -> None:
        self.engine = engine
        self.stack = stack
        self.runs_elsewhere = False
        self.recorded: list[str] | None = None
        self._connect()

    def _connect(self) -> None:
        self.connection = memory.scratch_for_code()
        self.stack.callback(self.connection.close)
        self.__dict__.pop("alchemy", None)

    @cached_property
    def alchemy(self) -> AlchemyEngine:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        connection = self.connection
        return create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

    def source(self, label: str, spelled_in: SpelledIn = "sql") -> Source:
        return ConnectionSource(
            self.engine, label=label, connection=self.connection, spelled_in=spelled_in
        )

    def created(
        self, statements: Sequence[str], label: str, spelled_in: SpelledIn
    ) -> Source | None:
        source = CreatedSource.build(self.engine, statements, label=label, spelled_in=spelled_in)
        if source:
            self.stack.callback(source.close)
        return source

    def run(self, script: str) -> None:
        try:
            self.connection.executescript(script)
        except sqlite3.Error as error:
            advice = "it ran on a scratch: nothing is lost"
            raise DatabaseFailed(Problem(str(error), advice)) from error

    def fill(
        self,
        *,
        left_alone: Collection[str] = (),
        row_checks: Collection[RowCheck] = (),
        renames: Sequence[Rename] = (),
        fills: Collection[Fill | DataStep] = (),
        types: ColumnTypes = MappingProxyType({}),
    ) -> Filled:
        from sqlplumb.engines.sqlite.scratch.rows import fill

        return fill(
            self.connection,
            left_alone=left_alone,
            row_checks=row_checks,
            renames=renames,
            fills=fills,
            types=types,
        )

    def near(self, tables: Collection[str], *, written: Collection[str]) -> Collection[str]:
        from sqlplumb.engines.sqlite.scratch.rows import near

        return near(self.connection, tables, written=written)

    def rows(self, left_alone: Collection[str] = ()) -> Mapping[str, Rows]:
        return report.rows(self.connection, left_alone)

    def count(self, table: str, where: str, renames: Sequence[Rename] = ()) -> int:
        return report.count(self.connection, table, where, renames=renames)

    def remove(self, table: str, where: str, renames: Sequence[Rename] = ()) -> None:
        report.remove(self.connection, table, where, renames=renames)

    def all_but(self, numbers: Iterable[int]) -> str:
        return f"rowid NOT IN ({', '.join(map(str, numbers))})"

    def counters(self) -> Mapping[str, int]:
        return report.counters(self.connection)

    def orphans(self) -> Sequence[Orphans]:
        return report.orphans(self.connection)

    def unsound(self) -> Sequence[str]:
        return report.unsound(self.connection)

    def record(self, statements: list[str] | None) -> None:
        self.recorded = statements
        hear = None if statements is None or self.runs_elsewhere else statements.append
        with suppress(sqlite3.ProgrammingError):  # SQLAlchemy closed it when the time was over
            self.connection.set_trace_callback(hear)

    def executed(self, statements: Iterable[str]) -> Executed:
        return interpret(statements)

    def snapshot(self) -> Snapshot:
        return memory.snapshot(self.connection)

    def session_settings(self) -> str:
        return settings_in_words(self.connection.execute("PRAGMA foreign_keys").fetchone()[0])

    def is_settled(self) -> bool:
        return report.settled(self.connection)

    def restore(self, snapshot: Snapshot) -> None:
        """SQLite crashes where statements outlive the database that they were prepared for, so what
        other processes leave is another connection each time."""
        assert isinstance(snapshot, memory.SQLiteSnapshot), "it is of another engine"
        if self.runs_elsewhere:
            self._connect()
        memory.restore(self.connection, snapshot)

    def add_recorded(self, statements: Iterable[str]) -> None:
        if self.recorded is not None:
            self.recorded += statements

    @contextmanager
    def lent(self, scheme: str) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="sqlplumb-env-") as folder:
            file = Path(folder, "scratch.db")
            file.write_bytes(memory.snapshot(self.connection).as_file())
            yield self.engine.url_of(scheme, file)
            self.restore(memory.SQLiteSnapshot(file.read_bytes()))
