"""`prove --env` on PostgreSQL: env.py runs the revisions, and reaches its scratch alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.postgres import MAJORS
from tests.test_postgres_proofs import begin, concurrently, empty, schema, sql, write

if TYPE_CHECKING:
    from tests.conftest import Project, Run

ENV = """\
{first}
from alembic import context
from sqlalchemy import create_engine

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url).connect() as connection:
    connection.exec_driver_sql("SET statement_timeout = '9s'")
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""
LOSES = "DELETE FROM tasks WHERE person IN (SELECT id FROM people)"


@pytest.fixture
def begun(project: Project) -> Project:
    begin(project, MAJORS[-1])
    project.write("migrations/env.py", ENV.format(first=""))
    return project


def test_it_runs_them_under_its_own_settings(begun: Project, run: Run) -> None:
    index = "CREATE INDEX CONCURRENTLY by_title ON tasks (title)"
    begun.write("schema.sql", schema(more="CREATE INDEX by_title ON tasks (title);"))
    write(begun, "second", "first", concurrently(index), sql("DROP INDEX by_title"))
    ran = run("prove", "second", "--env")
    assert ran.code == 0, ran.out + ran.err
    assert "by env.py: statement_timeout '9s', one transaction for each revision" in ran.out
    write(begun, "second", "first", [*concurrently(index), *sql(LOSES)], sql("DROP INDEX by_title"))
    ran = run("prove", "second", "--env")
    assert "rows of tasks; the downgrade does not bring them back" in ran.out, ran.out + ran.err


REACHES = {
    "another database": ("import psycopg\npsycopg.connect({other!r})", "it connects to sqlplumb_"),
    "in an async way": (
        "import asyncio, psycopg\nasyncio.run(psycopg.AsyncConnection.connect({other!r}))",
        "AsyncConnection of psycopg",
    ),
    "a driver that nobody watches": (
        "import sqlalchemy\nsqlalchemy.create_engine('sqlite://').connect()",
        "it connects by sqlite+pysqlite",
    ),
}


@pytest.mark.parametrize("name", REACHES)
def test_it_reaches_the_scratch_alone(begun: Project, run: Run, name: str) -> None:
    code, words = REACHES[name]
    first = code.format(other=empty(MAJORS[-1]))
    begun.write("migrations/env.py", ENV.format(first=first))
    ran = run("prove", "first", "--env")
    assert ran.code == 2
    assert words in ran.err, ran.err


def test_a_revision_does_not_change_the_server(begun: Project, run: Run) -> None:
    write(begun, "second", "first", sql("ALTER SYSTEM SET work_mem = '1GB'"), [])
    ran = run("prove", "second", "--env")
    assert ran.code != 0
    assert "would change the server of the scratch" in ran.out + ran.err
