"""Listen to one connection: which statements ran on it, and what each of them locked, rewrote and
scanned, as the server itself tells it.

Inside of a transaction the locks of a statement are still held behind it, a table that was
rewritten has another file, and scans are counted: nothing is declared, and triggers, views and
foreign keys are seen as well. A statement that commits by itself gets a transaction of its own for
that; one that cannot run in any is recorded and not traced. Must never change what a statement
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus

from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.postgres.scratch.roles import RolesOfServer
from sqlplumb.engines.postgres.scratch.rows.shape import unit_of
from sqlplumb.engines.scratch import Touched
from sqlplumb.engines.statements import TableLock, Trace

_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_LOCKS = f"""
    SELECT n.nspname, c.relname, c.relkind::text, c.oid::bigint, c.relfilenode::bigint,
        coalesce(pg_stat_get_xact_numscans(c.oid), 0), l.modes,
        CASE WHEN c.relkind IN ('r', 'p') THEN (SELECT array_agg(a.attname::text ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) END
    FROM (SELECT relation, array_agg(mode) AS modes FROM pg_locks
        WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted GROUP BY 1) l
    JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN pg_stat_force_next_flush()
    WHERE {_OURS}
"""  # counts that are not flushed when a transaction ends would be those of the next one as well
_FILES = f"""
    SELECT c.oid::bigint, c.relfilenode::bigint FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'i', 'v', 'f') AND {_OURS}
"""
_READS = frozenset(("AccessShareLock", "RowShareLock"))
_RELATIONS = frozenset("rpvmf")
_STOP_WRITERS = 4  # from SHARE on
_STOP_READERS = 7
_IDLE = TransactionStatus.IDLE
MODES = {  # the weakest first, as statements call them
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
_STRENGTH = {words: number for number, words in enumerate(MODES.values())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A statement that ran, what it did, and the tables in its reach as they were then: each by its
    name, with its oid and its columns, in the order in which they were made."""

    trace: Trace
    tables: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def statement(self) -> str:
        return self.trace.statement


@dataclass(slots=True, kw_only=True)
class Recorder:
    """What ran since it was told to record. `statements` is the list of whoever asked; so many
    `transactions` were begun."""

    statements: list[str] | None = None
    moments: list[Moment] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    transactions: int = 0
    _files: dict[int, int] = field(default_factory=dict)
    _known: frozenset[int] = frozenset()
    _scans: dict[int, int] = field(default_factory=dict)
    _held: dict[str, int] = field(default_factory=dict)

    def begin(self, statements: list[str] | None) -> None:
        self.statements = statements
        if statements is not None:
            self.moments, self.read, self.written = [], set(), set()
            self.transactions = 0
            self._files = {}

    @property
    def touched(self) -> Touched:
        return Touched(read=frozenset(self.read), written=frozenset(self.written))

    def before(self, connection: psycopg.Connection[Any]) -> None:
        """Know the files of relations before the first statement, and that of each transaction."""
        status = connection.info.transaction_status
        if not self._files and status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            self._files = {0: 0, **dict(psycopg.Cursor(connection).execute(_FILES).fetchall())}
            self._known = frozenset(self._files)
            if status == TransactionStatus.IDLE and not connection.autocommit:
                connection.rollback()  # what was asked has begun one
        if status == TransactionStatus.IDLE:
            self._held, self._scans = {}, {}

    def after(self, connection: psycopg.Connection[Any], statement: str) -> None:
        assert self.statements is not None
        self.statements.append(statement)
        if connection.info.transaction_status != TransactionStatus.INTRANS:
            self.moments.append(Moment(trace=Trace(statement=statement, is_measured=False)))
            if connection.autocommit and connection.info.transaction_status == _IDLE:
                psycopg.Cursor(connection).execute("SELECT pg_stat_force_next_flush()")
            return
        self.transactions += not self._held
        self._held.setdefault("", 0)
        found = psycopg.Cursor(connection).execute(_LOCKS).fetchall()
        self.moments.append(self._moment(statement, [_Touch._make(row) for row in found]))

    def _moment(self, statement: str, touches: Sequence[_Touch]) -> Moment:
        """Say what is new in what the transaction has touched so far."""
        locks = list[TableLock]()
        rewrites, indexes, scans = set[str](), set[str](), set[str]()
        for one in touches:
            is_new = one.oid not in self._known  # by this revision: nobody uses it
            is_stronger = one.strength > self._held.get(one.unit, -1)
            self._held[one.unit] = max(one.strength, self._held.get(one.unit, -1))
            is_table = one.kind in _RELATIONS
            has_rows_touched = False
            if one.file and self._files.setdefault(one.oid, one.file) != one.file:
                (rewrites if is_table else indexes).add(one.unit)
                self._files[one.oid] = one.file
                has_rows_touched = True
            if one.scans > self._scans.get(one.oid, 0):
                self._scans[one.oid] = one.scans
                scans |= {one.unit} if is_table and not is_new else set()
                has_rows_touched = True
            # Whoever goes through the rows does so under what was locked before as well.
            if is_table and not is_new and (is_stronger or has_rows_touched):
                locks.append(TableLock(one.unit, one.mode, _blocks(one.strength)))
            if one.kind in _RELATIONS:
                (self.read if {*one.modes} <= _READS else self.written).add(one.unit)
                if {*one.modes} & _READS:
                    self.read.add(one.unit)
        trace = Trace(
            statement=statement,
            locks=tuple(sorted(locks, key=lambda lock: lock.table)),
            rewrites=tuple(sorted(rewrites)),
            indexes=tuple(sorted(indexes)),
            scans=tuple(sorted(scans)),
        )
        tables = {
            one.unit: (one.oid, tuple(one.columns)) for one in touches if one.columns is not None
        }
        return Moment(trace=trace, tables=tables)


class _Touch(NamedTuple):
    """A relation on which the transaction holds locks."""

    namespace: str
    name: str
    kind: str
    oid: int
    file: int
    scans: int
    modes: Sequence[str]
    columns: Sequence[str] | None

    @property
    def unit(self) -> str:
        return unit_of(self.namespace, self.name)

    @property
    def mode(self) -> str:
        return max((MODES[mode] for mode in self.modes), key=_STRENGTH.__getitem__)

    @property
    def strength(self) -> int:
        return _STRENGTH[self.mode]


def _blocks(strength: int) -> Literal["", "writers", "readers and writers"]:
    if strength >= _STOP_READERS:
        return "readers and writers"
    return "writers" if strength >= _STOP_WRITERS else ""


class RecordedConnection(psycopg.Connection[Any]):
    """A connection whose statements a recorder hears of."""

    recorder: Recorder | None = None
    roles: RolesOfServer | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cursor_factory = RecordedCursor


_CONTROLS = frozenset("BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE PREPARE".split())
_ONLY_OUTSIDE = (
    psycopg.errors.ActiveSqlTransaction,
    psycopg.errors.InvalidTransactionTermination,
)


@contextmanager
def _in_transaction(connection: psycopg.Connection[Any], statement: str) -> Iterator[bool]:
    """Let a statement that would commit by itself hold its locks until they are seen; yield
    whether it has a transaction of its own now. What cannot run so is run without."""
    is_alone = connection.info.transaction_status == TransactionStatus.IDLE
    first = next(lex(statement), None)
    is_ours = is_alone and connection.autocommit and first and first.upper not in _CONTROLS
    if is_ours:
        psycopg.Cursor(connection).execute("BEGIN")
    try:
        yield bool(is_ours)
    except BaseException:
        if is_ours and connection.info.transaction_status != TransactionStatus.IDLE:
            psycopg.Cursor(connection).execute("ROLLBACK")
        raise
    if is_ours and connection.info.transaction_status != TransactionStatus.IDLE:
        psycopg.Cursor(connection).execute("COMMIT")


class RecordedCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        recorder, roles = self._recorder, getattr(self.connection, "roles", None)
        if roles and not roles.allows(_words(self.connection, query, None)):
            return super().execute("SELECT", **options)
        if recorder is None:
            return super().execute(query, params, **options)
        recorder.before(self.connection)
        with _in_transaction(self.connection, _words(self.connection, query, None)) as is_inside:
            try:
                result = super().execute(query, params, **options)
            except _ONLY_OUTSIDE:
                if not is_inside:
                    raise
                psycopg.Cursor(self.connection).execute("ROLLBACK")
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
