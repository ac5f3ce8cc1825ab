"""A scratch that SQLAlchemy or Alembic fills with tables, and we with rows; what it can tell.

It is one connection in memory. How rows are made up stands in `rows`; nothing here may open a
database that somebody needs.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlplumb.changes import Rename
from sqlplumb.engines import Engine, Source
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
from sqlplumb.engines.sqlite.live.contents import orphans as count_orphans
from sqlplumb.engines.sqlite.live.opening import ConnectionSource, CreatedSource
from sqlplumb.engines.sqlite.parse.expressions import verb_and_names
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, in_quotes, tokens
from sqlplumb.engines.sqlite.parse.queries import tables_named, with_plain_parameters
from sqlplumb.engines.sqlite.read import memory
from sqlplumb.engines.sqlite.read.body_check import says_missing
from sqlplumb.engines.sqlite.read.catalog import ROWID, any_text, damages, list_statements, renamed
from sqlplumb.engines.sqlite.read.touched import Listener
from sqlplumb.engines.sqlite.scratch.env_guard import settings_in_words
from sqlplumb.engines.sqlite.scratch.executed import interpret
from sqlplumb.engines.statements import Executed
from sqlplumb.errors import DatabaseFailed, Problem
from sqlplumb.schema import SpelledIn
from sqlplumb.steps import DataStep, Fill, RowCheck

if TYPE_CHECKING:
    from sqlalchemy import Dialect, MetaData
    from sqlalchemy import Engine as AlchemyEngine

_INITIAL_SETTINGS = {
    "foreign_keys": 0,
    "legacy_alter_table": 0,
    "recursive_triggers": 0,
    "ignore_check_constraints": 0,
    "writable_schema": 0,
    "defer_foreign_keys": 0,
}


@contextmanager
def open_scratch(engine: Engine) -> Iterator[Scratch]:
    with ExitStack() as stack:
        yield SQLiteScratch(engine, stack)


class SQLiteScratch:
    """One connection in memory. What it has opened is closed with its `stack`."""

    connections_choose_schemas = False

    def __init__(self, engine: Engine, stack: ExitStack) -> None:
        self.engine = engine
        self.stack = stack
        self.runs_elsewhere = False
        self.recorded: list[str] | None = None
        self.listener = Listener()
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

    def compiler(self) -> Dialect:
        with self.alchemy.connect():
            return self.alchemy.dialect  # it has learned the version of SQLite

    def types_left_out(self, metadata: MetaData) -> Sequence[str]:
        return ()

    def created(
        self,
        statements: Sequence[str],
        label: str,
        *,
        spelled_in: SpelledIn,
        files: Mapping[str, str],
        use_cache: bool,
    ) -> Source | None:
        if self.source("", "core").texts:
            return None  # whoever listens to a connection has made something
        source = CreatedSource.build(self.engine, statements, label=label, spelled_in=spelled_in)
        if source:
            self.stack.callback(source.close)
        return source

    def lay_ground(
        self, files: Mapping[str, str], statements: Sequence[str], types: Sequence[str]
    ) -> bool:
        return False

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
        query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr"
        without_rowid = {name for (name,) in self.connection.execute(query)}
        return {
            fold(part.name): self._table_rows(part.name, part.name not in without_rowid)
            for part in list_statements(self.connection)
            if part.kind == "table" and part.unit not in left_alone
        }

    def _table_rows(self, table: str, has_rowid: bool) -> Rows:
        """Read all rows of a table; a generated column is no value of its own."""
        info = self.connection.execute(f"PRAGMA table_xinfo({in_quotes(table)})").fetchall()
        columns = [name for _, name, _, _, _, _, hidden in info if hidden == 0]
        taken = {fold(row[1]) for row in info}  # a generated one as well
        rowid = next((name for name in ROWID_NAMES if name not in taken), "")
        is_numbered = bool(rowid) and has_rowid
        keys = [rowid] if is_numbered else [in_quotes(row[1]) for row in info if row[5]]
        selected = ", ".join([*keys, *(in_quotes(name) for name in columns)])
        with any_text(self.connection):
            query = f"SELECT {selected} FROM {in_quotes(table)}"
            values = self.connection.execute(query).fetchall()
        width = len(keys)
        by_key: dict[Hashable, tuple[object, ...]] = {
            row[:width] or (*row, number): row[width:] for number, row in enumerate(values)
        }
        return Rows(tuple(fold(name) for name in columns), by_key, is_numbered)

    def count(self, table: str, where: str, renames: Sequence[Rename] = ()) -> int:
        with renamed(self.connection, renames), suppress(sqlite3.OperationalError):
            query = f"SELECT count(*) FROM {in_quotes(table)} WHERE {where}"
            return int(self.connection.execute(query).fetchone()[0])
        return 0

    def remove(self, table: str, where: str, renames: Sequence[Rename] = ()) -> None:
        connection = self.connection
        keys = connection.execute("PRAGMA foreign_keys").fetchone()[0]
        connection.execute("PRAGMA foreign_keys = OFF")
        triggers = [part for part in list_statements(connection) if part.kind == "trigger"]
        for trigger in triggers:
            connection.execute(f"DROP TRIGGER {in_quotes(trigger.name)}")
        # A condition that this table cannot answer removes nothing.
        with suppress(sqlite3.OperationalError), renamed(connection, renames) as former:
            if table in former:
                where = f"rowid IN (SELECT {ROWID} FROM {in_quotes(table)} WHERE {where})"
            delete = f"DELETE FROM main.{in_quotes(former.get(table, table))} WHERE {where}"
            while connection.execute(delete).rowcount > 0:
                pass  # a row may refer to one that is gone now
        with suppress(sqlite3.OperationalError):  # SQLite cannot say who refers to whom here
            while orphans := connection.execute("PRAGMA foreign_key_check").fetchall():
                for name, rowid in {(name, rowid) for name, rowid, *_ in orphans}:
                    only = "1" if rowid is None else f"rowid = {rowid}"
                    connection.execute(f"DELETE FROM {in_quotes(name)} WHERE {only}")
        for trigger in triggers:
            connection.execute(trigger.text)
        connection.execute(f"PRAGMA foreign_keys = {keys}")

    def all_but(self, numbers: Iterable[int]) -> str:
        return f"rowid NOT IN ({', '.join(map(str, numbers))})"

    def counters(self) -> Mapping[str, Counter]:
        exists = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
        if not self.connection.execute(exists).fetchone():
            return {}
        tables = [part.name for part in list_statements(self.connection) if part.kind == "table"]
        counters = dict(self.connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        counted = (name for name in tables if counters.get(name))
        return {fold(name): Counter(last=int(counters[name])) for name in counted}

    def orphans(self) -> Sequence[Orphans]:
        try:
            rows = self.connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.OperationalError:  # a parent without the key that is named
            return []
        query = """SELECT "table", "from", "to" FROM pragma_foreign_key_list(?) WHERE id = ?"""
        orphans = []
        for table, key in sorted({(table, key) for table, _, _, key in rows}):
            pairs = self.connection.execute(f"{query} ORDER BY seq", (table, key)).fetchall()
            broken = Orphans(
                table=fold(table),
                columns=tuple(fold(column) for _, column, _ in pairs),
                target=fold(pairs[0][0]),
                target_columns=tuple(fold(target) for *_, target in pairs if target is not None),
            )
            orphans.append(broken)
        return orphans

    def orphan_rows(self) -> Mapping[Any, int]:
        return count_orphans(self.connection)

    def unsound(self) -> Sequence[str]:
        lines = islice(damages(self.connection, "integrity_check"), 5)
        return [*(f"integrity_check: {line}" for line in lines), *self._unreadable_views()]

    def _unreadable_views(self) -> Iterator[str]:
        """SQLite takes any body in a CREATE VIEW, and leaves it when a table goes."""
        views = [part.name for part in list_statements(self.connection) if part.kind == "view"]
        for name in views:
            try:
                self.connection.execute(f"EXPLAIN SELECT * FROM main.{in_quotes(name)}")
            except sqlite3.Error as error:
                if says_missing(error):
                    yield f"view {name} cannot be read: {error}"

    def record(self, statements: list[str] | None) -> None:
        self.recorded = statements
        self.listener = self.listener if statements is None else Listener()
        hear = None if statements is None or self.runs_elsewhere else statements.append
        with suppress(sqlite3.ProgrammingError):  # SQLAlchemy closed it when the time was over
            self.connection.set_trace_callback(hear)
            memory.keep_inside(self.connection, self.listener.hear if hear else None)

    def touched(self) -> Touched:
        heard = self.listener
        return Touched(read=frozenset(heard.read), written=frozenset(heard.written))

    def tables_of(self, statement: str) -> frozenset[str]:
        listener = Listener()
        text, count = with_plain_parameters(statement)
        memory.keep_inside(self.connection, listener.hear)
        try:
            self.connection.execute(f"EXPLAIN {text}", [None] * count).close()
        except (sqlite3.Error, sqlite3.Warning):
            return tables_named(tokens(statement)) or verb_and_names(statement)[1]
        finally:
            memory.keep_inside(self.connection)
        return frozenset(listener.read | listener.written)

    def executed(self, statements: Iterable[str]) -> Executed:
        return interpret(statements)

    def snapshot(self) -> Snapshot:
        return memory.snapshot(self.connection)

    def session_settings(self) -> str:
        return settings_in_words(self.connection.execute("PRAGMA foreign_keys").fetchone()[0])

    def is_settled(self) -> bool:
        """Return whether the connection is as it was opened. What a revision has set on it, or put
        beside the database, is no part of an image; guards of our own revisions do not count."""
        if self.connection.in_transaction:
            return False
        beside = self.connection.execute("SELECT tbl_name FROM sqlite_temp_master").fetchall()
        return all(name.startswith("_plumb_") for (name,) in beside) and all(
            self.connection.execute(f"PRAGMA {name}").fetchone() == (value,)
            for name, value in _INITIAL_SETTINGS.items()
        )

    def restore(self, snapshot: Snapshot) -> None:
        """SQLite crashes where statements outlive the database that they were prepared for, so what
        other processes leave is another connection each time."""
        assert isinstance(snapshot, memory.SQLiteSnapshot), "it is of another engine"
        if self.runs_elsewhere:
            self._connect()
        memory.restore(self.connection, snapshot)

    @property
    def remembered_by(self) -> str:
        return ""  # the version of SQLite is known to whoever remembers

    def remembered(self) -> bytes | None:
        return self.snapshot().as_file()

    def recall(self, remembered: bytes) -> None:
        self.restore(memory.SQLiteSnapshot(remembered))

    def add_recorded(self, statements: Iterable[str], touched: Touched) -> None:
        if self.recorded is not None:
            self.recorded += statements
            self.listener.read |= touched.read
            self.listener.written |= touched.written

    @contextmanager
    def lent(self, scheme: str) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="sqlplumb-env-") as folder:
            file = Path(folder, "scratch.db")
            file.write_bytes(memory.snapshot(self.connection).as_file())
            yield self.engine.url_of(scheme, file)
            self.restore(memory.SQLiteSnapshot(file.read_bytes()))
