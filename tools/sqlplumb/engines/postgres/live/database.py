"""Open a live database, and look at what it holds besides its schema: rows, sizes, revisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from sqlplumb.engines.location import Location
from sqlplumb.engines.postgres.names import full_name, listed
from sqlplumb.engines.postgres.plan.row_checks import always_quoted
from sqlplumb.engines.postgres.read.catalog_source import AskedSource
from sqlplumb.engines.postgres.server.choose import SERVERS, ComparedWith, compared_with
from sqlplumb.engines.postgres.server.connect import Connection, connect, conninfo_of, told
from sqlplumb.engines.source import LiveDatabase, RefusedRows, Weight
from sqlplumb.errors import DatabaseFailed, Problem, shortened

if TYPE_CHECKING:
    from sqlplumb.changes import Rename
    from sqlplumb.engines import Engine, Snapshot
    from sqlplumb.steps import RowCheck

_PATIENCE = 5.0  # seconds, for whoever holds a lock: a drift check must not hang behind a migration
_BEGIN = """
    SET lock_timeout = {wait};
    SET jit = off;
    BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL search_path = ''
"""
_HOLDERS = """
    SELECT l.pid, l.relation::regclass::text, a.usename, a.application_name, a.state
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.relation >= 16384
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.pid <> pg_backend_pid()
    ORDER BY a.xact_start, l.relation
    LIMIT 1
"""
_SEEN = 50  # rows, and of the values in them these are shown
_FIRST = 3
_WIDEST = 60
_PATIENT = "SET LOCAL statement_timeout = '60s'"  # what takes longer is no question any more
_WEIGHT = """
    SELECT sum(c.reltuples)::bigint, sum(pg_total_relation_size(c.oid))::bigint
    FROM pg_class r CROSS JOIN LATERAL (SELECT r.oid AS oid UNION
        SELECT t.relid FROM pg_partition_tree(r.oid) t WHERE t.isleaf) part
    JOIN pg_class c ON c.oid = part.oid AND c.relkind IN ('r', 'm', 'f')
    WHERE r.oid = to_regclass(%s)
    HAVING min(c.reltuples) >= 0
"""  # of what was never analysed, nobody knows


class PostgresDatabase(AskedSource, LiveDatabase):
    """A database behind a connection, which is in a transaction that reads."""

    is_made = False

    def __init__(self, engine: Engine, label: str, *, url: str, connection: Connection) -> None:
        self.url, self.connection = url, connection
        super().__init__(engine, label)

    @property
    def target(self) -> ComparedWith:
        return compared_with(self.connection, self.url)

    @contextmanager
    def asked(self) -> Iterator[Connection]:
        """Tell who holds a lock that the server did not get in time, and whatever else it says."""
        try:
            with told(self.label):
                yield self.connection
        except DatabaseFailed as failed:
            if self.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                with suppress(psycopg.Error):
                    self.connection.execute("ROLLBACK")
                    if holder := self.connection.execute(_HOLDERS).fetchone():
                        raise self._is_locked(*holder) from None
            raise failed

    def _is_locked(self, pid: int, table: str, *who: str | None) -> DatabaseFailed:
        shown = ", ".join(filter(None, who))
        shown = f"process {pid} ({shown})" if shown else f"process {pid}"
        message = f"{self.label}: {table} is locked by {shown}: nobody else may even read it"
        return DatabaseFailed(Problem(message, "try again when that is done; nothing was changed"))

    def count_refused(self, row_check: RowCheck, renames: Sequence[Rename] = ()) -> RefusedRows:
        where = f"FROM {always_quoted(row_check.table)} WHERE {row_check.where}"
        tables = listed(self._tables_in(where, renames))
        try:
            with self.connection.transaction():  # what fails leaves the moment that is read
                self.connection.execute(_PATIENT)
                count = self._ask(f"WITH {tables} SELECT count(*) {where}")[0][0]
                query = f"WITH {tables} SELECT {row_check.shows} {where} LIMIT {_SEEN}"
                rows = self._ask(query) if count else []
        except psycopg.Error as error:
            said = error.diag.message_primary or str(error)
            return RefusedRows(0, why_not=said.partition("\n")[0])
        values = dict.fromkeys(", ".join(map(_shown, row)) for row in rows)
        return RefusedRows(count, tuple(values)[:_FIRST])

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()

    def _tables_in(self, text: str, renames: Sequence[Rename]) -> Iterator[str]:
        """Yield each table that a question names, as it is called behind these renames."""
        formers = {change.ref: change.current.ref for change in renames}
        places = {former: ref for ref, former in formers.items()}
        schemas = {former.name: ref.name for ref, former in formers.items() if ref.kind == "schema"}
        for refs in self.catalog.units.values():
            head = next((ref for ref in refs if ref.kind == "table"), None)
            if head is None:
                continue
            now = replace(head, namespace=schemas.get(head.namespace, head.namespace))
            now = places.get(now, now)
            if (name := always_quoted(now.unit)) not in text:
                continue
            columns = []
            for ref in (ref for ref in refs if ref.kind == "column"):
                moved = now.column_ref(ref.name)
                latter = places.get(moved, moved).name
                columns.append(f"{always_quoted(ref.name)} AS {always_quoted(latter)}")
            rows = f"SELECT {listed(columns)} FROM {full_name(head)}"
            yield f"{name} AS NOT MATERIALIZED ({rows})"

    def weigh(self, table: str) -> Weight | None:
        with self.asked():
            row = self.connection.execute(_WEIGHT, (self._full_name(table),)).fetchone()
        return Weight(rows=row[0], bytes=row[1]) if row else None

    def _full_name(self, unit: str) -> str:
        """Return the name of a table for a query; `unit` has its schema, if that is not public."""
        head = next((ref for ref in self.catalog.units.get(unit, ()) if not ref.table), None)
        names = (head.namespace or "public", head.name) if head else ("public", unit)
        return sql.Identifier(*names).as_string(self.connection)

    def scanned(self, query: str) -> frozenset[str]:
        return frozenset()

    def revisions(self, version_table: str) -> tuple[str, ...] | None:
        unit = next((unit for unit in self.texts if unit.split(".")[-1] == version_table), None)
        if unit is None:
            return None
        query = f"SELECT version_num FROM {self._full_name(unit)} ORDER BY 1"
        with self.asked():
            rows = self.connection.execute(query.encode()).fetchall()
        return tuple(name for (name,) in rows)

    def snapshot(self, most: int) -> Snapshot | None:
        return None

    def waits(self) -> str:
        return "each statement says whom it lets wait, as it was measured on a scratch"


def _shown(value: object) -> str:
    return "NULL" if value is None else shortened(repr(value), _WIDEST)


@contextmanager
def open_database(location: Location, wait: float | None = None) -> Iterator[PostgresDatabase]:
    """Open it in one read-only transaction, so that all is read as of one moment."""
    patience = _PATIENCE if wait is None else wait
    with told(location.label):
        connection = connect(conninfo_of(location.url))
    with closing(connection):
        with told(location.label):
            connection.execute(_BEGIN.format(wait=max(int(patience * 1000), 1)).encode())
        database = PostgresDatabase(
            location.engine, location.label, url=location.url, connection=connection
        )
        SERVERS.target = database.target
        try:
            yield database
        finally:
            SERVERS.target = None
