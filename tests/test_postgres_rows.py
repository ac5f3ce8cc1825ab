"""Rows that are there before a plan on PostgreSQL: what a hint gives them, and which of them a new
rule would refuse."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres import MAJORS, database, server

from sqlplumb.commands.planning import measured_for_plan, plan_of
from sqlplumb.engines import engine
from sqlplumb.engines.postgres.parse.statements import cut
from sqlplumb.engines.postgres.server.connect import connect, conninfo_of
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.proof.statements import renames_of
from sqlplumb.steps import Plan, Target

Seen = dict[str, tuple[int, tuple[str, ...]]]


@pytest.fixture(params=MAJORS)
def a_server(request: pytest.FixtureRequest) -> ScratchServer:
    return server(request.param)


def planned(url: str, sql: str, *, online: bool = True) -> tuple[Plan, Seen]:
    """Plan the way to a file, and ask the rows of the database what its rules would refuse."""
    postgres = engine("postgresql")
    with postgres.open_database(postgres.locate(url, Path())) as live:
        file = postgres.open_script("schema.sql", {"schema.sql": sql})
        comparison = measured_for_plan(live, file, "alembic_version")
        plan = plan_of(comparison, Target(version=(), online=online))
        renames = renames_of(plan)
        seen = [(check.rule, live.count_refused(check, renames)) for check in plan.row_checks]
    assert not [found.why_not for _, found in seen if found.why_not]
    return plan, {rule: (found.count, tuple(sorted(found.values))) for rule, found in seen}


def run(url: str, plan: Plan) -> None:
    with closing(connect(conninfo_of(url))) as connection:
        for piece in cut(engine("postgresql").script(plan)):
            connection.execute(piece.text.encode())


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(connect(conninfo_of(url))) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("online", [True, False], ids=["online", "offline"])
def test_a_hint_gives_rows_their_values(a_server: ScratchServer, online: bool) -> None:
    """It reads what goes by the same plan, and calls what comes by it."""
    current = """
    CREATE TABLE t (id integer PRIMARY KEY, first text, last text, page integer);
    CREATE TABLE p (a integer) PARTITION BY LIST (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    INSERT INTO t VALUES (1, 'a', 'b', NULL), (2, 'c', 'd', 5);
    INSERT INTO p VALUES (1);
    """
    desired = """
    CREATE FUNCTION joined(x text, y text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT x || y';
    CREATE TABLE t (
        id integer PRIMARY KEY,
        page integer NOT NULL, -- @backfill id * 10
        name text NOT NULL CHECK (name <> ''), -- @backfill joined(first, last)
        state text NOT NULL DEFAULT 'new', -- @backfill 'old'
        note text -- @backfill 'none'
    );
    CREATE TABLE p (
        a integer,
        b integer NOT NULL -- @backfill a + 1
    ) PARTITION BY LIST (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    """
    with database(a_server) as url:
        run_all(url, current)
        plan, seen = planned(url, desired, online=online)
        assert not any(count for count, _ in seen.values())
        run(url, plan)
        assert planned(url, desired)[0].steps == ()
        run_all(url, "INSERT INTO t VALUES (3, 4, 'e')")
        assert rows(url, "SELECT id, page, name, state, note FROM t ORDER BY id") == [
            (1, 10, "ab", "old", "none"),
            (2, 5, "cd", "old", "none"),
            (3, 4, "e", "new", None),
        ]
        assert rows(url, "SELECT a, b FROM p") == [(1, 2)]


def run_all(url: str, sql: str) -> None:
    with closing(connect(conninfo_of(url))) as connection:
        connection.execute(sql.encode())


CURRENT = """
CREATE SCHEMA s;
CREATE TABLE people (id integer PRIMARY KEY, name text, nick text, size bigint, boss integer);
CREATE TABLE s.teams (id integer PRIMARY KEY);
INSERT INTO people VALUES (1, 'ann', 'x', 1, 7), (2, 'ann', NULL, 3000000000, 1),
    (3, NULL, NULL, 2, NULL), (4, 'bob', 'x', -1, 8);
INSERT INTO s.teams VALUES (7);
"""
DESIRED = """
CREATE SCHEMA s;
CREATE TABLE s.teams (id integer PRIMARY KEY);
-- @renamed from=people
CREATE TABLE persons (
    id integer PRIMARY KEY,
    name varchar(2) NOT NULL,
    nick text,
    amount integer, -- @renamed from=size
    boss integer CONSTRAINT led REFERENCES s.teams,
    added text NOT NULL,
    kept text NOT NULL DEFAULT 'x',
    CONSTRAINT positive CHECK (amount > 0),
    CONSTRAINT one UNIQUE NULLS NOT DISTINCT (nick)
);
CREATE UNIQUE INDEX by_name ON persons (upper(name)) WHERE id < 4;
"""


def test_rows_are_asked_before_a_rule_comes(a_server: ScratchServer) -> None:
    with database(a_server) as url:
        run_all(url, CURRENT)
        _, seen = planned(url, DESIRED)
    assert seen == {
        "persons.name NOT NULL": (1, ("NULL",)),
        "persons.name character varying(2)": (3, ("'ann'", "'bob'")),
        "persons.amount integer": (1, ("3000000000",)),
        "persons.added NOT NULL": (4, ("1", "2", "3")),
        "CHECK persons.positive": (1, ("-1",)),
        "UNIQUE persons.one": (4, ("'x'", "NULL")),
        "UNIQUE INDEX by_name": (2, ("1", "2")),
        "FOREIGN KEY persons.led": (2, ("1", "8")),
    }


def test_rules_that_rows_satisfy_are_not_asked_of_them(a_server: ScratchServer) -> None:
    sql = "CREATE TABLE t (a integer NOT NULL);"
    proved = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"
    with database(a_server, sql) as url:
        run_all(url, f"{proved} NOT VALID; INSERT INTO t SELECT 1")
        assert planned(url, f"{sql} {proved};")[1] == {"CHECK t.c": (0, ())}
        new = "CREATE TABLE n (x integer UNIQUE);"
        assert planned(url, f"{sql} {proved} NOT VALID; {new}")[1] == {}
