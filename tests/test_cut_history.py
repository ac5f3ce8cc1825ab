"""Histories that begin at a later revision than their first: `base_revision`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.test_base import BASE, ENV, SCHEMA, rows, settings

if TYPE_CHECKING:
    from tests.conftest import Project, Run

LOST = """\
from alembic import op

revision = "lost"
down_revision = None


def upgrade():
    from an_application_that_is_gone import convert

    convert(op.get_bind())


def downgrade():
    op.execute("DROP TABLE tokens")
"""
SECOND = """\
from alembic import op

revision = "second"
down_revision = "lost"


def upgrade():
    op.execute("ALTER TABLE users ADD COLUMN admin INTEGER")


def downgrade():
    op.execute("ALTER TABLE users DROP COLUMN admin")
"""
TOKENS = "CREATE TABLE tokens (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users);\n"
STAMP = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);"


@pytest.fixture
def squashed(project: Project) -> Project:
    """A history whose first revision nobody can run any more, and a database from that time."""
    project.alembic()
    project.write("migrations/env.py", ENV)
    project.write("migrations/versions/lost.py", LOST)
    project.write("migrations/versions/second.py", SECOND)
    project.write("schema.sql", SCHEMA)
    stamp = f"{STAMP}INSERT INTO alembic_version VALUES ('lost');"
    project.database(f"{BASE}{TOKENS}{stamp}INSERT INTO users VALUES (1, 'ann');", "old.db")
    return project


def test_init_lets_a_history_begin_at_the_revision_of_a_database(
    squashed: Project, run: Run
) -> None:
    settings(squashed)
    assert run("check").code != 0
    done = run("init", "--base", "sqlite:///old.db")
    assert done.code == 0, done.err
    assert "an_application_that_is_gone" in done.err
    written = (squashed.root / "pyproject.toml").read_text()
    assert 'base_revision = "lost"' in written
    assert run("check").code == 0
    assert run("check", "history@base").code == 1


def test_each_command_begins_at_that_revision(squashed: Project, run: Run) -> None:
    squashed.write("base.sql", BASE + TOKENS)
    settings(squashed, 'base = "base.sql"', 'base_revision = "lost"')
    for again in range(2):
        assert run("check").code == 0, again
    assert run("prove").code == 0
    assert run("prove", "lost").code == 2
    assert run("lint", "base:head").code == 0
    assert "lost" not in run("review", "base:head", "--format", "json").json["revisions"]
    assert run("log").code == 0
    url = "sqlite:///old.db"
    told = run("status", url, "--format", "json").json["databases"][0]
    assert [revision["revision"] for revision in told["pending"]] == ["second"]
    assert run("review", "--pending", url).code == 0
    assert run("apply", url).code == 0
    assert rows(squashed, "SELECT * FROM users", "old.db") == [(1, "ann", None)]
    back = ("--allow", "drop:users.admin")
    assert run("apply", url, "--down", "base", *back).code == 0
    assert rows(squashed, "SELECT * FROM alembic_version", "old.db") == [("lost",)]
    assert run("apply", url).code == 0
    assert run("apply", url, "--down", "lost", *back).code == 0
    assert rows(squashed, "SELECT * FROM alembic_version", "old.db") == [("lost",)]
    squashed.write("schema.sql", SCHEMA + "CREATE INDEX users_name ON users (name);\n")
    assert run("revise", "-m", "index").code == 0
    assert run("check").code == 0


def test_a_new_database_is_stamped_with_that_revision(squashed: Project, run: Run) -> None:
    squashed.write("base.sql", BASE + TOKENS)
    settings(squashed, 'base = "base.sql"', 'base_revision = "lost"')
    assert run("prove").code == 0
    assert run("apply", "sqlite:///new.db", "--create").code == 0
    assert rows(squashed, "SELECT * FROM alembic_version", "new.db") == [("second",)]
    assert run("check", "sqlite:///new.db").code == 0
    settings(squashed, 'base = "schema.sql"', 'base_revision = "second"')
    assert run("apply", "sqlite:///all.db", "--create").code == 0
    assert rows(squashed, "SELECT * FROM alembic_version", "all.db") == [("second",)]
    assert run("check", "sqlite:///all.db").code == 0
    unmarked = squashed.database(SCHEMA, "unmarked.db")
    assert run("apply", unmarked).code == 3
    assert run("adopt", unmarked).code == 0
    assert rows(squashed, "SELECT * FROM alembic_version", "unmarked.db") == [("second",)]
    assert run("status", "sqlite:///old.db", "--format", "json").json["databases"][0]["to_do"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (('base_revision = "lost"',), "no base"),
        (('base = "base.sql"', 'base_revision = "los"'), "no such revision"),
        (('base = "base.sql"', 'base_revision = "second"'), "third does not come behind it"),
    ],
)
def test_a_revision_that_is_no_beginning_is_refused(
    squashed: Project, run: Run, written: tuple[str, ...], told: str
) -> None:
    squashed.write("base.sql", BASE + TOKENS)
    third = SECOND.replace('"second"', '"third"')
    squashed.write("migrations/versions/third.py", third)
    settings(squashed, *written)
    done = run("check", "history")
    assert done.code == 2
    assert told in done.err
