"""Names that hints move on PostgreSQL: all is renamed where it stands, rows stay, and the way back
gives the former names again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.postgres import MAJORS, database, server

from sqlplumb.changes import Alter, Change, Rename
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.commands.swaps import Swaps
from sqlplumb.engines import LiveDatabase, Source, engine
from sqlplumb.engines.postgres.server.connect import connect, conninfo_of
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.errors import Refused
from sqlplumb.steps import Plan

HERE = Path(__file__).parent / "postgres_renames"
CURRENT, DESIRED = ((HERE / f"{side}.sql").read_text("utf-8") for side in ("current", "desired"))
ROWS = """
INSERT INTO people ("Full Name", mood, during) VALUES ('a', 'ok', '[1,3)'), ('b', 'fine', NULL);
INSERT INTO old.jobs VALUES (1, 1);
INSERT INTO events VALUES (1, '2025-02-03');
"""


@pytest.fixture(params=MAJORS)
def a_server(request: pytest.FixtureRequest) -> ScratchServer:
    return server(request.param)


@contextmanager
def both(url: str, sql: str) -> Iterator[tuple[LiveDatabase, Source]]:
    postgres = engine("postgresql")
    with postgres.open_database(postgres.locate(url, Path())) as live:
        yield live, postgres.open_script("schema.sql", {"schema.sql": sql})


def ways(url: str, sql: str, swaps: Swaps = "") -> tuple[Plan, Plan]:
    """Plan the way to this file and the way back."""
    with both(url, sql) as (live, file):
        comparison = measured_for_plan(live, file, "alembic_version", swaps=swaps)
        return plan_of(comparison), plan_back(comparison)


def left(url: str, sql: str) -> tuple[Change, ...]:
    with both(url, sql) as (live, file):
        return compare_sources(live, file, "alembic_version", swaps="done").changes


def run(url: str, plan: Plan) -> None:
    with closing(connect(conninfo_of(url))) as connection:
        for statement in engine("postgresql").script(plan).split(";\n"):
            connection.execute(statement.encode())


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(connect(conninfo_of(url))) as connection:
        return connection.execute(query.encode()).fetchall()


def test_everything_is_renamed_where_it_stands(a_server: ScratchServer) -> None:
    with database(a_server, CURRENT) as url:
        with closing(connect(conninfo_of(url))) as connection:
            connection.execute(ROWS)
        up, down = ways(url, DESIRED)
        assert not [loss.allowance for loss in up.losses]
        assert {step.verb for step in up.steps if step.verb in ("drop", "create")} <= {"create"}
        run(url, up)
        assert left(url, DESIRED) == ()
        assert rows(url, "SELECT name, mood::text, during::text FROM persons ORDER BY id") == [
            ("a", "fine", "[1,3)"),
            ("b", "great", None),
        ]
        assert rows(url, "SELECT (SELECT count(*) FROM work.tasks), day::text FROM happenings") == [
            (1, "2025-02-03")
        ]
        run(url, down)
        assert left(url, CURRENT) == ()
        assert rows(url, 'SELECT "Full Name", mood::text FROM people ORDER BY id') == [
            ("a", "ok"),
            ("b", "fine"),
        ]


def test_names_that_change_places(a_server: ScratchServer) -> None:
    current = """
    CREATE TABLE a (x integer, y text); CREATE TABLE b (z integer);
    CREATE VIEW v AS SELECT x FROM a;
    """
    desired = """
    -- @renamed from=b
    CREATE TABLE a (z integer);
    -- @renamed from=a
    CREATE TABLE b (
        y integer, -- @renamed from=x
        x text -- @renamed from=y
    );
    CREATE VIEW v AS SELECT y AS x FROM b;
    """
    with database(a_server, current) as url:
        up, down = ways(url, desired, swaps="do")
        assert all(isinstance(change, Rename) for change in up.changes)
        run(url, up)
        assert left(url, desired) == ()
        run(url, down)
        assert left(url, current) == ()


def test_a_schema_tells_tables_of_one_name_apart(a_server: ScratchServer) -> None:
    """A hint speaks of its own schema, whatever another one holds under these names."""
    current = "CREATE SCHEMA s; CREATE TABLE s.jobs (a integer); CREATE TABLE tasks (b integer);"
    desired = """
    CREATE SCHEMA s;
    CREATE TABLE s.tasks (a integer); -- @renamed from=jobs
    CREATE TABLE tasks (b integer);
    """
    with database(a_server, current) as url:
        up, _ = ways(url, desired)
    assert [str(change.ref) for change in up.changes] == ["s.tasks"]


def test_a_name_that_was_taken_steps_aside(a_server: ScratchServer) -> None:
    current = "CREATE TABLE a (x integer); CREATE TABLE b (y integer);"
    desired = "CREATE TABLE b (x integer); -- @renamed from=a"
    with database(a_server, current) as url:
        up, _ = ways(url, desired)
        assert [loss.message for loss in up.losses] == ["table b and all its rows"]
        run(url, up)
        assert left(url, desired) == ()


def test_two_claims_are_refused(a_server: ScratchServer) -> None:
    desired = "CREATE VIEW w AS SELECT 1 AS x; -- @renamed from=v\n"
    desired += "CREATE VIEW u AS SELECT 1 AS x; -- @renamed from=v"
    with (
        database(a_server, "CREATE VIEW v AS SELECT 1 AS x") as url,
        pytest.raises(Refused, match="both say that they were called v"),
    ):
        ways(url, desired)


def test_labels_that_are_renamed_are_no_loss(a_server: ScratchServer) -> None:
    desired = "CREATE TYPE t AS ENUM (\n'a', -- @renamed from='b'\n'c'\n);"
    with database(a_server, "CREATE TYPE t AS ENUM ('b')") as url:
        up, _ = ways(url, desired)
    assert [(type(change), up.losses) for change in up.changes] == [(Alter, ()), (Alter, ())]


def test_an_extension_moves_and_what_it_holds_stays(a_server: ScratchServer) -> None:
    current = """
    CREATE SCHEMA old; CREATE EXTENSION citext SCHEMA old; CREATE EXTENSION pg_trgm;
    CREATE TABLE people (id integer PRIMARY KEY, name old.citext DEFAULT 'x'::old.citext);
    CREATE INDEX alike ON people USING gin (lower(name) gin_trgm_ops);
    CREATE VIEW names AS SELECT name FROM people;
    """
    desired = """
    CREATE SCHEMA kept; COMMENT ON SCHEMA kept IS 'of others';
    CREATE EXTENSION citext SCHEMA kept; CREATE EXTENSION pg_trgm SCHEMA kept;
    CREATE TABLE people (
        id integer PRIMARY KEY, name kept.citext DEFAULT 'x'::kept.citext, at date
    );
    CREATE INDEX alike ON people USING gin (lower(name) kept.gin_trgm_ops);
    CREATE VIEW names AS SELECT name FROM people;
    """
    with database(a_server, current) as url:
        with closing(connect(conninfo_of(url))) as connection:
            connection.execute("INSERT INTO people VALUES (1, 'Ann')")
        up, down = ways(url, desired)
        assert sorted(f"{change.verb} {change.ref}" for change in up.changes) == [
            "alter citext",
            "alter pg_trgm",
            "create kept",
            "create people.at",
            "drop old",
        ]
        run(url, up)
        assert left(url, desired) == ()
        run(url, down)
        assert left(url, current) == ()
        assert rows(url, "SELECT name::text FROM names") == [("Ann",)]


def test_an_extension_that_cannot_move_is_refused(a_server: ScratchServer) -> None:
    current = """
    CREATE SCHEMA kept; CREATE EXTENSION citext;
    CREATE FUNCTION kept.strpos(citext, citext) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    """
    desired = "CREATE SCHEMA kept; CREATE EXTENSION citext SCHEMA kept;"
    with (
        database(a_server, current) as url,
        pytest.raises(Refused, match="cannot move extension citext: function strpos"),
    ):
        ways(url, desired)
