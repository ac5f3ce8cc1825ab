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
