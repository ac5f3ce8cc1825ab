"""A proof on PostgreSQL can fail: revisions that lose something are found out, and honest ones are
not. Rows are made for whatever the server lets in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.postgres import MAJORS, database, server, url

import sqlplumb
from sqlplumb.engines.postgres.parse.row_changes import row_changes
from sqlplumb.engines.postgres.scratch.roles import RolesOfServer
from sqlplumb.engines.postgres.scratch.rows import fill
from sqlplumb.engines.postgres.scratch.rows.stored import find_orphans, read_rows
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.errors import Refused

if TYPE_CHECKING:
    from tests.conftest import Project, Ran, Run

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, feeling mood);
CREATE TABLE tasks (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person bigint NOT NULL REFERENCES people ON DELETE CASCADE,
    title varchar(20) NOT NULL,
    cost numeric(10, 2) CHECK (cost > 0)
);
CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 PARTITION OF events DEFAULT;
"""
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = {name!r}
down_revision = {after!r}


def upgrade():
{up}

def downgrade():
{down}
"""


def sql(*statements: str) -> list[str]:
    return [f"op.execute({statement!r})" for statement in statements]


def concurrently(statement: str) -> list[str]:
    return ["with op.get_context().autocommit_block():", f"    op.execute({statement!r})"]


def write(project: Project, name: str, after: str | None, *bodies: list[str]) -> None:
    up, down = ("".join(f"    {line}\n" for line in body or ["pass"]) for body in bodies)
    text = REVISION.format(name=name, after=after, up=up, down=down)
    project.write(f"migrations/versions/{name}.py", text)


@pytest.fixture(params=MAJORS)
def begun(request: pytest.FixtureRequest, project: Project) -> Project:
    return begin(project, request.param)


@pytest.fixture
def begun_once(project: Project) -> Project:
    """Of a failure it is enough that one version tells it."""
    return begin(project, MAJORS[-1])


@cache
def empty(major: int) -> str:
    """A database that tells the version, and nothing else."""
    return url(server(major), server(major).create())


def begin(project: Project, major: int) -> Project:
    project.write("pyproject.toml", f'[tool.sqlplumb]\ndatabases = ["{empty(major)}"]\n')
    project.write("schema.sql", SCHEMA)
    project.alembic()
    write(project, "first", None, sql(*filter(str.strip, SCHEMA.split(";"))), [])
    return project


def proved(project: Project, run: Run, up: list[str], down: list[str]) -> Ran:
    write(project, "second", "first", up, down)
    return run("prove", "second", "--format", "json")


def schema(*changes: tuple[str, str], more: str = "") -> str:
    text = SCHEMA
    for old, new in changes:
        text = text.replace(old, new)
    return text + more


def test_an_honest_revision_is_proved_and_traced(begun: Project, run: Run) -> None:
    index = "CREATE INDEX by_title ON tasks (title)"
    new = ("(10, 2)", "(12, 2)"), ("id int", "id bigint"), ("feeling mood", "mood mood")
    begun.write("schema.sql", schema(*new, more=f"ALTER TABLE tasks ADD done boolean; {index};"))
    write(
        begun,
        "second",
        "first",
        [
            *sql(
                "CREATE ROLE reads_tasks",
                "GRANT SELECT ON tasks TO reads_tasks, writes_tasks",
                "ALTER TABLE tasks ADD done boolean",
                "UPDATE tasks SET done = cost > 5 WHERE cost IS NOT NULL",
                "ALTER TABLE tasks ALTER id TYPE bigint, ALTER cost TYPE numeric(12, 2)",
                "ALTER TABLE people RENAME feeling TO mood",
            ),
            *concurrently(index.replace("INDEX", "INDEX CONCURRENTLY")),
        ],
        [
            *concurrently("DROP INDEX CONCURRENTLY by_title"),
            *sql(
                "ALTER TABLE people RENAME mood TO feeling",
                "ALTER TABLE tasks ALTER id TYPE int, ALTER cost TYPE numeric(10, 2)",
                "ALTER TABLE tasks DROP done",
                "REVOKE ALL ON tasks FROM reads_tasks, writes_tasks",
                "DROP ROLE reads_tasks",
            ),
        ],
    )
    (second,) = run("prove", "second", "--format", "json").json["revisions"]
    assert second["proved"], second
    assert second["tables"] == 3
    assert second["losses"] == second["uncovered"] == []
    traces = {trace["statement"].partition(",")[0]: trace for trace in second["traces"]}
    widened = traces["ALTER TABLE tasks ALTER id TYPE bigint"]
    assert widened["rewrites"] == ["tasks"]
    lock = {"table": "tasks", "mode": "ACCESS EXCLUSIVE", "blocks": "readers and writers"}
    assert traces["ALTER TABLE tasks ADD done boolean"]["locks"] == [lock]
    assert traces["ALTER TABLE tasks ADD done boolean"]["rewrites"] == []
    assert not traces["CREATE INDEX CONCURRENTLY by_title ON tasks (title)"]["is_measured"]


FAILS = {
    "rows are lost": (
        sql(
            "CREATE TABLE new (LIKE people INCLUDING ALL)",
            "INSERT INTO new SELECT * FROM people WHERE feeling IS NULL",
            "ALTER TABLE tasks DROP CONSTRAINT tasks_person_fkey",
            "DROP TABLE people CASCADE",
            "ALTER TABLE new RENAME TO people",
        ),
        [],
        "rows are gone",
    ),
    "values are lost": (
        sql("ALTER TABLE tasks DROP title", "ALTER TABLE tasks ADD title varchar(20)"),
        [],
        "values changed",
    ),
    "rows go with a cascade": (
        sql("DELETE FROM people WHERE feeling IS NULL"),
        [],
        "tasks: ",
    ),
    "rows are lost where keys are at rest": (
        sql("SET LOCAL session_replication_role = replica", "DELETE FROM people"),
        [],
        "refer to rows of people that are not there",
    ),
    "the way back is another": (
        sql("ALTER TABLE tasks ALTER title TYPE varchar(20)"),
        sql("ALTER TABLE tasks ALTER title DROP NOT NULL"),
        "after the downgrade, column tasks.title is not what it should be",
    ),
    "it does not give what it says": (
        sql("CREATE INDEX by_title ON tasks (lower(title))"),
        sql("DROP INDEX by_title"),
        "after the upgrade, index by_title is not what it should be",
    ),
    "an index is left invalid": (
        [
            "from sqlalchemy.exc import IntegrityError",
            "with op.get_context().autocommit_block():",
            "    op.execute('ALTER TABLE people ADD twin int DEFAULT 1')",
            "    try:",
            "        op.execute('CREATE UNIQUE INDEX CONCURRENTLY twins ON people (twin)')",
            "    except IntegrityError:",
            "        pass",
        ],
        sql("ALTER TABLE people DROP twin"),
        "index twins is INVALID",
    ),
}


@pytest.mark.parametrize("case", FAILS)
def test_what_a_revision_loses_is_told(case: str, begun_once: Project, run: Run) -> None:
    up, down, words = FAILS[case]
    ran = proved(begun_once, run, up, down)
    assert ran.code == 1
    told = [failure["message"] for failure in ran.json["revisions"][0]["failures"]]
    assert any(words in message for message in told), told


def test_what_a_data_step_changes_is_counted(begun_once: Project, run: Run) -> None:
    begun_once.write("schema.sql", schema(("(10, 2)", "(10, 0)"), ("'sad'", "'low'")))
    ran = proved(
        begun_once,
        run,
        sql(
            "ALTER TABLE tasks ALTER cost TYPE numeric(10, 0)",
            "UPDATE people SET name = 'n' || id WHERE name = 'nobody knows this'",
            "DO $$ BEGIN DELETE FROM events WHERE at < '2000-01-01'; END $$",
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
        ),
        sql(
            "ALTER TYPE mood RENAME VALUE 'low' TO 'sad'",
            "ALTER TABLE tasks ALTER cost TYPE numeric(10, 2)",
        ),
    )
    told = ran.json["revisions"][0]
    assert told["proved"], told
    changes = {(one["table"], one["column"]): one["restored"] for one in told["changes"]}
    assert changes == {
        ("tasks", "cost"): False,
        ("people", "name"): False,
        ("people", "feeling"): True,
        ("events", ""): False,
    }


def test_rows_that_a_new_rule_refuses_are_left_out(begun_once: Project, run: Run) -> None:
    begun_once.write("schema.sql", schema(("title varchar(20)", "title integer")))
    ran = proved(
        begun_once,
        run,
        sql("ALTER TABLE tasks ALTER title TYPE integer USING title::integer"),
        sql("ALTER TABLE tasks ALTER title TYPE varchar(20)"),
    )
    told = ran.json["revisions"][0]
    assert told["proved"], told
    assert "rows of tasks" in told["uncovered"][0]


HARD = """
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN email AS text CHECK (VALUE ~ '^[a-z]+@[a-z]+\\.[a-z]{2,3}$');
CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL);
CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL REFERENCES hen);
ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg;
CREATE TABLE own (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent int NOT NULL REFERENCES own,
    mail email UNIQUE NOT NULL,
    pair pair
);
CREATE TABLE tree (id bigserial PRIMARY KEY, parent bigint REFERENCES tree, CHECK (parent <> id));
CREATE TABLE room (tenant int, id int, name varchar(3) NOT NULL CHECK (length(name) = 3),
    PRIMARY KEY (tenant, id));
CREATE TABLE booking (
    tenant int NOT NULL, room int NOT NULL, during tstzrange NOT NULL CHECK (NOT isempty(during)),
    FOREIGN KEY (tenant, room) REFERENCES room, EXCLUDE USING gist (during WITH &&)
);
CREATE TABLE span (
    since date NOT NULL, until date NOT NULL, q int, price numeric(8, 2),
    total numeric(10, 2) GENERATED ALWAYS AS (q * price) STORED,
    CHECK (until > since), CHECK (total < 100), CHECK ((q IS NULL) = (price IS NULL))
);
CREATE TABLE hashed (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE refers (id bigint NOT NULL REFERENCES hashed, ip inet NOT NULL, bits bit(3) NOT NULL);
CREATE TABLE impossible (a int NOT NULL CHECK (a > 5 AND a < 3));
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
CREATE TABLE guarded (id int);
CREATE TRIGGER no BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION no();
"""


@pytest.mark.parametrize("major", MAJORS)
def test_rows_are_made_for_whatever_the_server_lets_in(major: int) -> None:
    made = []
    for _ in range(2):
        with (
            database(server(major), HARD) as made_by,
            psycopg.connect(made_by, autocommit=True) as opened,
        ):
            filled = fill(opened)
            assert filled.unfilled == {"impossible": "no value was found that the rules of a allow"}
            assert filled.counts["booking"] > 1
            assert find_orphans(opened) == []
            made.append(read_rows(opened, ()))
            with pytest.raises(psycopg.errors.RaiseException):  # its trigger is awake again
                opened.execute("INSERT INTO guarded VALUES (1)")
    assert made[0] == made[1]
    assert any(row[1] for row in made[0]["tree"].rows.values())


SAYS = {
    "ALTER TABLE ONLY a.t ALTER COLUMN c TYPE text USING lower(c), ALTER d TYPE int USING d::int": [
        ("ALTER", ("a", "t"), ("c",), False)
    ],
    'WITH x AS (SELECT 1) UPDATE t AS a SET b = y, (c, "D") = (SELECT 1, 2) FROM x WHERE y': [
        ("UPDATE", ("t",), ("b", "c", "D"), False)
    ],
    "INSERT INTO n (a, b, c) SELECT a, b, lower(c) FROM o ON CONFLICT (a) DO UPDATE SET b = 1": [
        ("INSERT", ("n",), ("b", "c"), False)
    ],
    "DO $x$ BEGIN UPDATE t SET a = ';' ; IF true THEN DELETE FROM u; END IF; END $x$": [
        ("UPDATE", ("t",), ("a",), False),
        ("DELETE", ("u",), (), True),
    ],
    "MERGE INTO t USING s ON a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)": [
        ("MERGE", ("t",), (), True)
    ],
    "CREATE TABLE t (a int REFERENCES b ON DELETE CASCADE ON UPDATE SET NULL)": [],
    "SELECT * FROM t FOR UPDATE": [],
}


@pytest.mark.parametrize("statement", SAYS)
def test_what_a_statement_says_of_rows(statement: str) -> None:
    said = [(one.verb, one.tables[0], one.computed, one.deletes) for one in row_changes(statement)]
    assert said == SAYS[statement]


def test_a_server_that_is_not_ours_is_not_changed() -> None:
    ours = server(MAJORS[-1])
    theirs = ScratchServer(ours.conninfo, "theirs", roles_allowed=False)
    try:
        assert RolesOfServer(theirs).allows("GRANT SELECT ON t TO somebody")
        for statement in (
            "ALTER SYSTEM SET work_mem = '1GB'",
            "ALTER ROLE a LOGIN",
            "GRANT a TO b",
        ):
            assert RolesOfServer(ours).allows(statement)
            with pytest.raises(Refused):
                RolesOfServer(theirs).allows(statement)
    finally:
        theirs.close()


def test_a_plan_is_proved(begun_once: Project, run: Run) -> None:
    begun_once.write("desired.sql", schema(("title varchar(20)", "title text"), ("cost", "price")))
    current, desired = (sqlplumb.read(name) for name in ("schema.sql", "desired.sql"))
    proof = sqlplumb.prove(sqlplumb.plan(sqlplumb.diff(current, desired)))
    assert proof.holds, proof.failures
    assert proof.losses == ("column tasks.cost",)
    assert proof.rows > 10
