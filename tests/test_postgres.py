"""A second engine enters by its folder and one line: databases on a real server are compared."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

NOBODY = 65534
TABLES = "CREATE TABLE tasks (id bigint NOT NULL, name varchar(20) DEFAULT 'x', done boolean)"


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or next(map(str, installed), "")
    if not found:
        pytest.skip("no PostgreSQL is installed here")
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server of our own, without the name of a database; it refuses to be root's."""
    owner: dict[str, Any] = {}
    with TemporaryDirectory(prefix="sqlplumb") as folder:
        if os.geteuid() == 0:
            owner = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(folder, NOBODY, NOBODY)

        def run(*command: str) -> None:
            quiet = subprocess.DEVNULL
            subprocess.run(command, check=True, stdout=quiet, stderr=quiet, cwd=folder, **owner)

        control = (_program("pg_ctl"), "-D", "data", "-w")
        run(_program("initdb"), "-D", "data", "-U", "owner", "-A", "trust", "-N")
        run(*control, "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "start")
        yield f"postgresql://owner@/{{}}?host={folder}"
        run(*control, "-m", "immediate", "stop")


@pytest.fixture
def sides(server: str) -> Iterator[tuple[str, str]]:
    """Two databases, each with the same table."""
    import psycopg

    names = ("present", "wanted")
    with closing(psycopg.connect(server.format("postgres"), autocommit=True)) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
        for name in names:
            with closing(psycopg.connect(server.format(name), autocommit=True)) as inside:
                inside.execute(TABLES)
        yield server.format("present"), server.format("wanted")
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, sql: str) -> None:
    import psycopg

    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(sql)


def test_equal_databases(sides: tuple[str, str], run: Run) -> None:
    assert run("diff", *sides).code == 0


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("ALTER TABLE tasks ALTER name TYPE varchar(30)", ("alter", "public.tasks.name")),
        ("ALTER TABLE tasks ALTER done SET DEFAULT true", ("alter", "public.tasks.done")),
        ("ALTER TABLE tasks ADD priority integer", ("create", "public.tasks.priority")),
        ("CREATE SCHEMA more CREATE TABLE tasks (id int)", ("create", "more.tasks")),
        ("DROP TABLE tasks", ("drop", "public.tasks")),
    ],
)
def test_what_differs(sql: str, changed: tuple[str, str], sides: tuple[str, str], run: Run) -> None:
    execute(sides[1], sql)
    ran = run("diff", *sides, "--format", "json")
    assert ran.code == 1
    found = [(one["verb"], one["object"]) for one in ran.json["changes"]]
    assert found[0] == changed
    assert all(name.startswith(changed[1]) for _, name in found)


def test_tables_of_one_name_in_two_schemas(sides: tuple[str, str], run: Run) -> None:
    for url in sides:
        execute(url, "CREATE SCHEMA more CREATE TABLE tasks (id int)")
    execute(sides[1], "ALTER TABLE more.tasks ADD x int; ALTER TABLE tasks ADD y int")
    told = run("diff", *sides).out
    assert [line for line in told.splitlines() if line.endswith("tasks")] == [
        "more.tasks",
        "public.tasks",
    ]


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("CREATE INDEX tasks_name ON tasks (name)", "index public.tasks_name"),
        ("CREATE VIEW v AS SELECT 1 AS x", "view public.v"),
        ("ALTER TABLE tasks ADD CONSTRAINT c CHECK (id > 0)", "constraint public.c"),
        ("ALTER TABLE tasks ADD PRIMARY KEY (id)", "tasks_pkey"),
    ],
)
def test_what_it_cannot_read_it_refuses(
    sql: str, what: str, sides: tuple[str, str], run: Run
) -> None:
    execute(sides[1], sql)
    ran = run("diff", *sides)
    assert ran.code == 3
    assert what in ran.err


def test_what_is_not_offered_is_refused_with_words(sides: tuple[str, str], run: Run) -> None:
    execute(sides[1], "ALTER TABLE tasks ADD priority integer")
    ran = run("diff", *sides, "--format", "sql")
    assert (ran.code, ran.out) == (3, "")
    assert "PostgreSQL" in ran.err


def test_a_server_that_is_not_there(run: Run) -> None:
    ran = run("diff", "postgresql://me:secret@localhost:1/x", "empty")
    assert ran.code == 4
    assert "secret" not in ran.err


def test_two_engines_have_no_words_in_common(
    sides: tuple[str, str], project: Project, run: Run
) -> None:
    project.write("a.sql", "CREATE TABLE tasks (id INTEGER);")
    ran = run("diff", "a.sql", sides[0])
    assert (ran.code, ran.out) == (2, "")
    assert "sqlite" in ran.err and "postgresql" in ran.err


def test_what_differs_is_told_apart(sides: tuple[str, str], run: Run) -> None:
    execute(sides[1], "ALTER TABLE tasks ALTER done SET NOT NULL")
    ran = run("diff", *sides)
    assert "- done boolean\n" in ran.out
    assert "+ done boolean NOT NULL\n" in ran.out
