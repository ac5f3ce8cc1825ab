"""Listen to one connection: which statements ran on it, and what each of them locked, rewrote and
scanned, as the server itself tells it.

Inside of a transaction the locks of a statement are still held behind it, a table that was
rewritten has another file, and scans are counted: nothing is declared, and triggers, views and
foreign keys are seen as well. What runs outside of a transaction is recorded and not traced. Must
never change what a statement does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from sqlplumb.engines.scratch import Touched
from sqlplumb.schema import Ref

_LOCKS = """
    SELECT n.nspname, c.relname, c.relkind::text, c.oid::bigint, c.relfilenode::bigint,
        coalesce(pg_stat_get_xact_numscans(c.oid), 0),
        (SELECT array_agg(l.mode) FROM pg_locks l
            WHERE l.relation = c.oid AND l.pid = pg_backend_pid() AND l.granted)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid IN (SELECT l.relation FROM pg_locks l WHERE l.pid = pg_backend_pid()
        AND l.locktype = 'relation') AND n.nspname !~ '^pg_'
        AND n.nspname <> 'information_schema'
"""
_FILES = """
    SELECT c.oid::bigint, c.relfilenode::bigint FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname !~ '^pg_'
        AND n.nspname <> 'information_schema'
"""
_READS = frozenset(("AccessShareLock", "RowShareLock"))
_RELATIONS = frozenset("rpvmf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What one statement did to relations: the locks that it took and nothing before it held, the
    relations that it gave another file, and those that it scanned. Keys are units, and indexes by
    their names."""

    statement: str
    locks: frozenset[tuple[str, str]] = frozenset()
    rewrites: frozenset[str] = frozenset()
    scans: frozenset[str] = frozenset()
    is_traced: bool = True


@dataclass(slots=True, kw_only=True)
class Recorder:
    """What ran since it was told to record. `statements` is the list of whoever asked."""

    statements: list[str] | None = None
    traces: list[Trace] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    _files: dict[int, int] = field(default_factory=dict)
    _scans: dict[int, int] = field(default_factory=dict)
    _held: set[tuple[str, str]] = field(default_factory=set)

    def begin(self, statements: list[str] | None) -> None:
        self.statements = statements
        if statements is not None:
            self.traces, self.read, self.written = [], set(), set()

    @property
    def touched(self) -> Touched:
        return Touched(read=frozenset(self.read), written=frozenset(self.written))

    def before(self, connection: psycopg.Connection[Any]) -> None:
        """Remember the files of relations when a transaction begins."""
        if connection.info.transaction_status != TransactionStatus.INTRANS or not self._held:
            cursor = psycopg.Cursor(connection)
            self._held, self._scans = set(), {}
            if connection.info.transaction_status == TransactionStatus.IDLE:
                return  # psycopg begins one with the statement itself
            self._files = dict(cursor.execute(_FILES).fetchall())

    def after(self, connection: psycopg.Connection[Any], statement: str) -> None:
        assert self.statements is not None
        self.statements.append(statement)
        if connection.info.transaction_status != TransactionStatus.INTRANS:
            self.traces.append(Trace(statement=statement, is_traced=False))
            return
        locks, rewrites, scans = set(), set(), set()
        for row in psycopg.Cursor(connection).execute(_LOCKS).fetchall():
            namespace, name, kind, oid, file, scanned, modes = row
            unit = _unit(namespace, name)
            locks |= {(unit, mode) for mode in modes or ()} - self._held
            if self._files.setdefault(oid, file) != file:
                rewrites.add(unit)
                self._files[oid] = file
            if scanned > self._scans.get(oid, 0):
                scans.add(unit)
                self._scans[oid] = scanned
            if kind in _RELATIONS:
                modes_of = set(modes or ())
                (self.read if modes_of <= _READS else self.written).add(unit)
                if modes_of & _READS:
                    self.read.add(unit)
        self._held |= locks
        self.traces.append(
            Trace(
                statement=statement,
                locks=frozenset(locks),
                rewrites=frozenset(rewrites),
                scans=frozenset(scans),
            )
        )


def _unit(namespace: str, name: str) -> str:
    return Ref("table", "", name, namespace="" if namespace == "public" else namespace).unit


class RecordedConnection(psycopg.Connection[Any]):
    """A connection whose statements a recorder hears of."""

    recorder: Recorder | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cursor_factory = RecordedCursor


class RecordedCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        recorder = self._recorder
        if recorder is None:
            return super().execute(query, params, **options)
        recorder.before(self.connection)
        result = super().execute(query, params, **options)
        recorder.after(self.connection, _words(self.connection, query, params))
        return result

    def executemany(self, query: Any, params_seq: Iterable[Any], **options: Any) -> None:
        recorder = self._recorder
        rows: Sequence[Any] = list(params_seq)
        if recorder is None:
            super().executemany(query, rows, **options)
            return
        recorder.before(self.connection)
        super().executemany(query, rows, **options)
        for params in rows:
            recorder.after(self.connection, _words(self.connection, query, params))

    @property
    def _recorder(self) -> Recorder | None:
        recorder = getattr(self.connection, "recorder", None)
        return recorder if recorder is not None and recorder.statements is not None else None


def _words(connection: psycopg.Connection[Any], query: Any, params: Any) -> str:
    """Return the statement with its values in it."""
    if params:
        return psycopg.ClientCursor(connection).mogrify(query, params)
    return query.decode() if isinstance(query, bytes) else str(getattr(query, "_obj", query))
