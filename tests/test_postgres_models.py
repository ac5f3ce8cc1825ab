"""Models and histories on PostgreSQL are made on a scratch, and compared as the server prints
them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.postgres import MAJORS, database, server

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (
    id bigserial PRIMARY KEY,
    name text NOT NULL,
    feeling mood,
    age integer CHECK (age > 0)
);
CREATE INDEX people_name ON people (lower(name)) WHERE age > 10;
"""
BEYOND_CORE = """
CREATE VIEW elders AS SELECT name FROM people WHERE age > 60;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people ALTER name SET STORAGE EXTERNAL;
CREATE POLICY own ON people USING (name = current_user);
COMMENT ON INDEX people_name IS 'by name';
"""
MODELS = """
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ENUM

metadata = MetaData()
people = Table(
    "people",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("feeling", ENUM("sad", "ok", name="mood")),
    Column("age", Integer, CheckConstraint("age > 0")),
)
Index("people_name", func.lower(people.c.name), postgresql_where=people.c.age > 10)
"""


@pytest.fixture(params=MAJORS)
def url(request: pytest.FixtureRequest, project: Project) -> Iterator[str]:
    """The URL of a database that holds the schema, which the project names."""
    with database(server(request.param), SCHEMA) as made:
        project.write("pyproject.toml", f'[tool.sqlplumb]\ndatabases = ["{made}"]\n')
        project.write("schema.sql", SCHEMA)
        yield made


def test_models_are_what_the_file_and_the_database_are(
    url: str, project: Project, run: Run, request: pytest.FixtureRequest
) -> None:
    name = f"models_of_postgres_{request.node.callspec.id}"
    project.write(f"{name}.py", MODELS)
    assert run("diff", url, f"{name}:metadata").code == 0
    project.write("schema.sql", SCHEMA.replace("age > 10", "age > 11"))
    ran = run("diff", f"{name}:metadata", "schema.sql", "--format", "json")
    assert [change["object"] for change in ran.json["changes"]] == ["people_name"]


def test_what_core_cannot_say_is_noted(
    url: str, project: Project, run: Run, request: pytest.FixtureRequest
) -> None:
    name = f"models_beyond_core_{request.node.callspec.id}"
    project.write(f"{name}.py", MODELS)
    project.write("schema.sql", SCHEMA + BEYOND_CORE)
    assert run("diff", f"{name}:metadata", "schema.sql").code == 0
    assert run("diff", f"{name}:metadata", "schema.sql", "--strict").code == 1
    project.write("schema.sql", SCHEMA.replace("'ok'", "'ok', 'glad'") + BEYOND_CORE)
    ran = run("diff", f"{name}:metadata", "schema.sql", "--format", "json")
    assert [change["object"] for change in ran.json["changes"]] == ["mood"]


def test_a_history_is_replayed(url: str, project: Project, run: Run) -> None:
    project.alembic()
    project.revision(
        "a1",
        None,
        "op.execute(\"CREATE TYPE mood AS ENUM ('sad')\")",
        "op.create_table('people', sa.Column('id', sa.BigInteger, primary_key=True),",
        "    sa.Column('name', sa.Text, nullable=False))",
    )
    project.revision(
        "b2",
        "a1",
        "with op.get_context().autocommit_block():",
        "    op.execute(\"ALTER TYPE mood ADD VALUE 'ok'\")",
        "op.execute('ALTER TABLE people ADD feeling mood, ADD age integer CHECK (age > 0)')",
        "with op.get_context().autocommit_block():",
        "    op.execute('CREATE INDEX CONCURRENTLY people_name'",
        "        ' ON people (lower(name)) WHERE age > 10')",
    )
    assert run("check", "history").code == 0
    assert run("diff", "history", url).code == 0
    ran = run("diff", "history@a1", "schema.sql", "--format", "json")
    assert {change["object"] for change in ran.json["changes"]} == {
        *("mood", "people.feeling", "people.age", "people.people_age_check", "people_name"),
    }
