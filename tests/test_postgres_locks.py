"""What the online way to a schema locks, as a second connection sees it: no lock that keeps writers
out is held through a look at all rows, and what stands behind a lock gives up and may run again.

A third connection writes all the while. `SQLPLUMB_LOCKED_ROWS` says how many rows there are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

import psycopg
import pytest
from tests.postgres import MAJORS, database, server
from tests.test_postgres_rows import planned, run_all

from sqlplumb.engines import engine
from sqlplumb.engines.postgres.plan.script import segments
from sqlplumb.engines.postgres.server.connect import Connection, connect, conninfo_of

ROWS = int(os.environ.get("SQLPLUMB_LOCKED_ROWS", "1000"))
CURRENT = f"""
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE TABLE other (id integer PRIMARY KEY);
CREATE TABLE t (id bigint NOT NULL, a integer, b integer, c text, other_id integer, m mood);
CREATE INDEX t_replaced ON t (b);
CREATE INDEX t_gone ON t (c);
CREATE TABLE parted (k integer NOT NULL, v integer, o integer DEFAULT 1) PARTITION BY RANGE (k);
CREATE TABLE part_low PARTITION OF parted FOR VALUES FROM (0) TO ({ROWS});
CREATE TABLE part_rest PARTITION OF parted DEFAULT;
CREATE TABLE part_high (k integer NOT NULL, v integer, o integer DEFAULT 1);
INSERT INTO other VALUES (1);
INSERT INTO t SELECT n, n, n, 'text', 1, 'fine' FROM generate_series(1, {ROWS}) n;
INSERT INTO parted SELECT n, n FROM generate_series(0, {ROWS} - 1) n;
INSERT INTO parted VALUES (-1, 1);
INSERT INTO part_high SELECT n, n FROM generate_series({ROWS}, 2 * {ROWS} - 1) n;
"""
DESIRED = f"""
CREATE TYPE mood AS ENUM ('good', 'fine', 'bad');
CREATE TABLE other (id integer PRIMARY KEY);
CREATE TABLE t (
    id bigint PRIMARY KEY,
    a integer NOT NULL CHECK (a > 0),
    b integer UNIQUE,
    c text,
    filled integer NOT NULL, -- @backfill a * 2
    other_id integer REFERENCES other,
    m mood
);
CREATE INDEX t_replaced ON t (b, a);
CREATE INDEX t_made ON t (lower(c)) WHERE a > 10;
CREATE TABLE parted (
    k integer NOT NULL,
    v integer,
    o integer DEFAULT 1 CONSTRAINT refers REFERENCES other
) PARTITION BY RANGE (k);
CREATE TABLE part_low PARTITION OF parted FOR VALUES FROM (0) TO ({ROWS});
CREATE TABLE part_rest PARTITION OF parted DEFAULT;
CREATE TABLE part_high PARTITION OF parted FOR VALUES FROM ({ROWS}) TO ({2 * ROWS});
CREATE TABLE part_new PARTITION OF parted FOR VALUES FROM (-9) TO (-5);
CREATE INDEX parted_v ON parted (v);
"""
TABLES = ("t", "other", "part_low", "part_rest", "part_high")
BESIDE_WRITERS = {
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
}
_LOCKS = """
    SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.pid = %s AND l.granted AND l.locktype = 'relation' AND c.relname = ANY (%s)
"""
_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)"
_SCANS = "SELECT relname, pg_stat_get_xact_numscans(oid) FROM pg_class WHERE relname = ANY (%s)"


@dataclass(frozen=True)
class Watched:
    """The connection that changes the schema, and one that looks on."""

    changing: Connection
    watching: Connection
    pool: ThreadPoolExecutor

    def gives_up(self, statements: list[str], *, transactional: bool) -> None:
        """Run it behind a writer who does not end, for as long as a lock may take."""
        with self._writer_in_the_way():
            try:
                self.changing.execute("SET lock_timeout = '1ms'")
                for statement in statements:
                    if transactional and not self.changing.info.transaction_status:
                        self.changing.execute("BEGIN")
                    self.changing.execute(statement.encode())
            except psycopg.errors.LockNotAvailable:
                pass
            finally:
                self.changing.rollback()
                self.changing.execute("ROLLBACK")
                self.changing.execute("SET lock_timeout = 0")
            assert not self._held()

    def together(self, statements: list[str]) -> None:
        """No table that it looks through is locked for writers at its end, when all locks are
        held. What an earlier transaction has looked through is counted as well."""
        before = self._scans()
        self.changing.execute("BEGIN")
        for statement in statements:
            self.changing.execute(statement.encode())
        scanned = {name for name, _ in self._scans() - before}
        strict = {(name, mode) for name, mode in self._held() if mode not in BESIDE_WRITERS}
        assert not {(name, mode) for name, mode in strict if name in scanned}, statements
        self.changing.execute("COMMIT")

    def alone(self, statement: str) -> None:
        """What opens transactions of its own is looked at while it waits for a writer."""
        if not ("CONCURRENTLY" in statement or statement.startswith("DO ")):
            self.together([statement])
            return
        with self._writer_in_the_way():
            done: Future[Any] = self.pool.submit(self.changing.execute, statement.encode())
            while not done.done() and not self._ask(_WAITS, self._pid)[0][0]:
                pass
            assert {mode for _, mode in self._held()} <= BESIDE_WRITERS, statement
        done.result()

    def _scans(self) -> set[tuple[str, int]]:
        return set(self.changing.execute(_SCANS.encode(), [list(TABLES)]).fetchall())

    @contextmanager
    def _writer_in_the_way(self) -> Iterator[None]:
        with self.watching.transaction():
            for table in TABLES:
                self.watching.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
            self.watching.execute("SELECT FROM t ORDER BY id DESC LIMIT 1 FOR UPDATE")
            yield

    @property
    def _pid(self) -> int:
        return self.changing.info.backend_pid

    def _held(self) -> set[tuple[str, str]]:
        return set(self._ask(_LOCKS, self._pid, list(TABLES)))

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.watching.execute(query.encode(), values).fetchall()


def write_until(url: str, end: Event) -> int:
    """Write one row after the other; a lock that takes longer than any of ours raises."""
    count = 0
    with closing(connect(conninfo_of(url))) as connection:
        connection.execute("SET lock_timeout = '5min'")
        while not end.is_set():
            connection.execute("UPDATE t SET c = 'other' WHERE id = 1")
            connection.execute("INSERT INTO parted VALUES (5, 5)")
            count += 1
    return count


@pytest.mark.parametrize("major", MAJORS)
def test_nobody_waits_for_a_look_at_all_rows(major: int) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(database(server(major)))
        run_all(url, CURRENT)
        plan, _ = planned(url, DESIRED)
        pool = stack.enter_context(ThreadPoolExecutor(2))
        changing, watching = (
            stack.enter_context(closing(connect(conninfo_of(url)))) for _ in range(2)
        )
        end = Event()
        stack.callback(end.set)
        writer = pool.submit(write_until, url, end)
        watched = Watched(changing, watching, pool)
        for part in segments(plan.steps):
            statements = engine("postgresql").statements(part)
            transactional = all(step.transactional for step in part)
            watched.gives_up(statements, transactional=transactional)
            if transactional:
                watched.together(statements)
            for statement in () if transactional else statements:
                watched.alone(statement)
        end.set()
        assert writer.result() >= 0
        assert not planned(url, DESIRED)[0].steps
