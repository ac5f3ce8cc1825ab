"""`sqlplumb tables` on PostgreSQL: the module makes what schema.sql makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from tests.postgres import MAJORS, database, server

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = r"""
CREATE SCHEMA app;
CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
CREATE TYPE app.pair AS (a integer, b text);
CREATE DOMAIN email AS text NOT NULL CHECK (VALUE LIKE '%@%');
CREATE DOMAIN small AS integer CONSTRAINT low CHECK (VALUE > 0) CONSTRAINT high CHECK (VALUE < 9);
CREATE SEQUENCE numbers START 7;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE people (
    id bigserial PRIMARY KEY,
    name text NOT NULL DEFAULT 'x:y',
    mail email,
    moods mood[] DEFAULT '{}',
    feeling mood DEFAULT 'sad',
    doc jsonb DEFAULT '{"a":1}',
    at timestamptz(3) DEFAULT now(),
    c varchar(20) COLLATE "C",
    nr integer GENERATED ALWAYS AS IDENTITY (START 10 CYCLE) UNIQUE,
    other integer DEFAULT nextval('numbers'),
    both_of app.pair,
    size small,
    age integer CHECK (age > 0 AND age % 2 = 0),
    twice integer GENERATED ALWAYS AS (age * 2) STORED,
    code "char"
);
COMMENT ON TABLE people IS 'all of them';
COMMENT ON COLUMN people.name IS 'the name';
CREATE TABLE app.pets (
    id integer,
    owner bigint REFERENCES people ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    n numeric(8, 2) DEFAULT 1.50,
    friend integer,
    PRIMARY KEY (id) INCLUDE (owner),
    UNIQUE NULLS NOT DISTINCT (owner, n),
    CONSTRAINT of_a_friend FOREIGN KEY (friend) REFERENCES app.pets ON DELETE SET NULL (friend)
);
CREATE INDEX people_name ON people (lower(name) text_pattern_ops DESC, age NULLS FIRST)
    INCLUDE (mail) WHERE age > 10;
CREATE INDEX people_ops ON people (name text_pattern_ops);
CREATE INDEX people_doc ON people USING gin (doc jsonb_path_ops) WITH (fastupdate = off);
COMMENT ON INDEX people_name IS 'by name';
CREATE UNLOGGED TABLE room (during tsrange, EXCLUDE USING gist (during WITH &&) WHERE (true));
CREATE TABLE events (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_24 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX events_at ON events (at);
CREATE TABLE animals (legs integer) WITH (fillfactor = 70);
CREATE TABLE dogs (name text) INHERITS (animals);
CREATE FUNCTION grown() RETURNS SETOF people LANGUAGE sql AS 'SELECT * FROM people WHERE age > 20';
CREATE VIEW elders AS SELECT name FROM grown() WHERE name LIKE '%a%';
CREATE MATERIALIZED VIEW ages AS SELECT age FROM people;
CREATE INDEX ages_age ON ages (age);
CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people ALTER name SET STORAGE EXTERNAL;
CREATE POLICY own ON people USING (name = current_user);
"""


@pytest.fixture(params=MAJORS)
def url(request: pytest.FixtureRequest, project: Project) -> Iterator[str]:
    """The URL of an empty database, which the project names."""
    with database(server(request.param)) as made:
        settings = f'[tool.sqlplumb]\ndatabases = ["{made}"]\n'
        name = f"tables_of_postgres_{request.param}"
        project.write("pyproject.toml", f'{settings}metadata = "{name}:metadata"\n')
        project.write("schema.sql", SCHEMA)
        yield made


def test_the_module_is_the_schema(
    url: str, project: Project, run: Run, request: pytest.FixtureRequest
) -> None:
    name = f"tables_of_postgres_{request.node.callspec.id}"
    ran = run("tables", "-o", f"{name}.py")
    assert ran.code == 0, ran.out + ran.err
    assert run("check", f"{name}:metadata", "--strict").code == 0
    assert run("tables", "--check", "-o", f"{name}.py").code == 0
    text = (project.root / f"{name}.py").read_text("utf-8")
    assert text.count("made_by(") == 2  # one is its definition, and the other what inherits
    module: dict[str, Any] = {"__name__": name}
    exec(compile(text, name, "exec"), module)  # noqa: S102
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    metadata = module["metadata"]
    metadata.create_all(engine)
    assert run("check", url).code == 0
    metadata.create_all(engine)  # nothing is made twice
    assert run("check", url).code == 0
    with engine.connect() as connection:
        people = metadata.tables["people"]
        assert set(people.c.feeling.type.enums) == {"sad", "it's ok"}
        assert connection.execute(sa.select(people.c.doc)).all() == []
    engine.dispose()


# `a` is made by SQL, for what it inherits; `b` refers to it, and it to `b` and to itself.
CIRCLE = """
CREATE TABLE kinds (kind text);
CREATE TABLE a (id bigint PRIMARY KEY, self bigint REFERENCES a, b bigint) INHERITS (kinds);
CREATE TABLE b (id bigint PRIMARY KEY, a bigint REFERENCES a ON DELETE CASCADE, UNIQUE (id, a));
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b DEFERRABLE;
"""


def test_tables_of_a_circle_may_be_made_by_sql(
    url: str, project: Project, run: Run, request: pytest.FixtureRequest
) -> None:
    name = f"circle_of_postgres_{request.node.callspec.id}"
    project.write("schema.sql", CIRCLE)
    ran = run("tables", "-o", f"{name}.py")
    assert ran.code == 0, ran.out + ran.err
    text = (project.root / f"{name}.py").read_text("utf-8")
    assert text.count("\nmade_by(") == 1
    assert run("check", f"{name}:metadata", "--strict").code == 0
