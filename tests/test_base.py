"""Histories that begin with tables of something else, and what they ask of the application."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

import sqlplumb

if TYPE_CHECKING:
    from tests.conftest import Project, Run

BASE = "CREATE TABLE users (\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL\n);\n"
USERS = BASE.replace("NOT NULL\n", "NOT NULL,\n  admin INTEGER\n")
SCHEMA = f"{USERS}CREATE TABLE tokens (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users);\n"
FIRST = """\
from alembic import op

revision = "first"
down_revision = None


def upgrade():
    op.execute("ALTER TABLE users ADD COLUMN admin INTEGER")
    op.execute(
        "CREATE TABLE tokens (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users)"
    )


def downgrade():
    op.execute("DROP TABLE tokens")
    op.execute("ALTER TABLE users DROP COLUMN admin")
"""
ENV = """\
from alembic import context
from sqlalchemy import create_engine

url = context.get_x_argument(as_dictionary=True)["url"]
with create_engine(url).connect() as connection:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.fixture
def hub(project: Project) -> Project:
    """Like jupyterhub: create_all() made `users` before there was a history."""
    project.alembic()
    project.write("migrations/env.py", ENV)
    project.write("migrations/versions/first.py", FIRST)
    project.write("schema.sql", SCHEMA)
    project.write("base.sql", BASE)
    settings(project, 'base = "base.sql"')
    return project


def settings(project: Project, *lines: str) -> None:
    project.write("pyproject.toml", "\n".join(["[tool.sqlplumb]", *lines, ""]))


def rows(project: Project, query: str, name: str = "app.db") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(project.root / name)) as connection:
        return connection.execute(query).fetchall()


def test_without_it_every_command_tells_the_way_on(hub: Project, run: Run) -> None:
    settings(hub)
    for command in (("check",), ("prove",), ("revise", "-m", "x")):
        done = run(*command)
        assert done.code != 0, command
        assert "no such table: users" in done.out + done.err
        assert "sqlplumb init --base SOURCE" in done.out + done.err, command


def test_each_command_begins_there(hub: Project, run: Run) -> None:
    assert run("check").code == 0
    assert run("check", "history@base").code == 1
    assert run("diff", "history@base", "base.sql").code == 0
    assert run("prove").code == 0
    assert run("prove", "--env").code == 0
    assert run("lint", "base:head").code == 0
    assert "first" in run("review").out
    hub.write("schema.sql", SCHEMA + "CREATE INDEX users_name ON users (name);\n")
    assert run("revise", "-m", "index").code == 0
    assert run("check").code == 0
    assert run("check").code == 0  # from what is remembered


def test_a_database_at_base_is_upgraded_with_its_rows(hub: Project, run: Run) -> None:
    assert run("prove").code == 0
    url = hub.database(f"{BASE}INSERT INTO users VALUES (1, 'ann');")
    done = run("check", url, "--format", "json")
    assert done.json["mirrors"][0]["state"] == "behind"
    told = run("status", url, "--format", "json")
    assert told.json["databases"][0]["state"] == "behind", told.out
    assert run("adopt", url).code == 0
    assert rows(hub, "SELECT count(*) FROM sqlite_master") == [(1,)]
    assert run("apply", url, "--dry-run").code == 0
    assert run("apply", url).code == 0
    assert rows(hub, "SELECT id, name, admin FROM users") == [(1, "ann", None)]
    assert run("check", url).code == 0
    assert run("apply", url).code == 0
    assert run("status", url).code == 0


def test_an_empty_database_gets_all_of_it(hub: Project, run: Run) -> None:
    assert run("prove").code == 0
    hub.database("", "new.db")
    assert run("apply", "sqlite:///new.db", "--dry-run").code == 0
    assert run("apply", "sqlite:///new.db", "--create").code == 0
    assert run("check", "sqlite:///new.db").code == 0
    sqlplumb.require_plumb("sqlite:///new.db")


def test_a_database_that_is_not_at_base_is_refused(hub: Project, run: Run) -> None:
    assert run("prove").code == 0
    url = hub.database("CREATE TABLE users (id INTEGER PRIMARY KEY);")
    done = run("apply", url)
    assert done.code == 3
    assert "base.sql" in done.err
    assert "sqlplumb adopt" in done.err
    assert run("status", url, "--format", "json").json["databases"][0]["state"] == "unversioned"
    assert run("check", url, "--format", "json").json["mirrors"][0]["state"] == "drift"
    assert run("adopt", url).code != 0


def test_another_base_is_another_replay_and_another_proof(hub: Project, run: Run) -> None:
    assert run("check").code == 0
    assert run("prove").code == 0
    assert run("apply", "sqlite:///new.db", "--create").code == 0
    hub.write("base.sql", BASE.replace("TEXT NOT NULL", "TEXT"))
    assert run("check", "history").code == 1
    done = run("apply", "sqlite:///other.db", "--create")
    assert done.code == 3
    assert "came behind base:" in done.err
    assert run("apply", "sqlite:///new.db").code == 3
    assert run("status", "sqlite:///new.db").code == 1


def test_base_may_be_a_metadata(hub: Project, run: Run) -> None:
    lines = [
        "from sqlalchemy import Column, Integer, MetaData, Table, Text",
        "metadata = MetaData()",
        "Table('users', metadata, Column('id', Integer, primary_key=True, nullable=True),"
        " Column('name', Text, nullable=False))",
    ]
    hub.write("old_models_of_the_hub.py", "\n".join([*lines, ""]))
    settings(hub, 'base = "old_models_of_the_hub:metadata"')
    assert run("check").code == 0
    settings(hub, 'base = "history@first"')
    assert run("check").code == 2
    settings(hub, 'base = "gone.sql"')
    assert run("check").code == 2


def test_plumb_db_is_made_from_it(hub: Project) -> None:
    from sqlplumb.commands.startup import template
    from sqlplumb.config import find_settings

    image = template(find_settings(hub.root), "history")
    (hub.root / "made.db").write_bytes(image)
    assert rows(hub, "SELECT count(admin) FROM users", "made.db") == [(0,)]


# --------------------------------------------------------------------- the application's own state

ASKING = """\
from alembic import op
from app_with_state import current

revision = "first"
down_revision = None


def upgrade():
    op.execute(f"CREATE TABLE {current()} (a INTEGER)")


def downgrade():
    op.execute(f"DROP TABLE {current()}")
"""
STATE = """\
from contextlib import contextmanager

_CURRENT = []


def current():
    if not _CURRENT:
        raise RuntimeError("no instance is being upgraded")
    return _CURRENT[-1]


@contextmanager
def upgrading(connection):
    connection.exec_driver_sql("SELECT 1").all()
    _CURRENT.append("t")
    try:
        yield
    finally:
        _CURRENT.pop()


@contextmanager
def writing(connection):
    connection.exec_driver_sql("CREATE TABLE written_by_mistake (a)")
    with upgrading(connection):
        yield


@contextmanager
def running_alembic(connection):
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    with EnvironmentContext(Config(), None):
        pass
    with upgrading(connection):
        yield


@contextmanager
def hiding(connection):
    try:
        yield
    except Exception:
        pass


@contextmanager
def failing(connection):
    raise LookupError("no instance here")
    yield
"""


@pytest.fixture
def dagster(project: Project) -> Project:
    """Like dagster: a revision asks which instance is being upgraded."""
    project.alembic("prepend_sys_path = .\n")
    project.write("migrations/env.py", ENV)
    project.write("migrations/versions/first.py", ASKING)
    project.write("app_with_state.py", STATE)
    project.write("schema.sql", "CREATE TABLE t (a INTEGER);\n")
    settings(project, 'around = "app_with_state:upgrading"')
    return project


def test_what_the_application_sets_up_stands_around_each_replay(dagster: Project, run: Run) -> None:
    assert run("check").code == 0
    assert run("prove").code == 0
    assert run("prove", "--env").code == 0
    assert run("review").code == 0
    for name in ("writing", "running_alembic"):
        settings(dagster, f'around = "app_with_state:{name}"')
        assert run("check").code == 0
    settings(dagster)
    done = run("check")
    assert done.code == 2
    assert "no instance is being upgraded" in done.err
    assert "let `around` in the settings do so" in done.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("app_with_state:hiding", "hid it"),
        ("app_with_state:failing", "LookupError: no instance here"),
        ("app_with_state:gone", "has no gone"),
        ("app_with_state:current", "must be a context manager"),
        ("nowhere_at_all:x", "cannot be imported"),
    ],
)
def test_what_is_wrong_with_it_is_told(dagster: Project, run: Run, name: str, words: str) -> None:
    settings(dagster, f'around = "{name}"')
    done = run("check", "history")
    assert done.code == 2
    assert words in done.err
    if words == "hid it":
        assert run("prove").code != 0
        assert run("prove", "--env").code != 0


REFUSING = """\
from alembic import op

revision = "first"
down_revision = None


def upgrade():
    if op.get_bind().dialect.name == "sqlite":
        raise NotImplementedError("not for this")
    op.execute("CREATE TABLE t (a INTEGER)")
"""


def test_a_revision_that_refuses_the_engine_is_told_as_that(project: Project, run: Run) -> None:
    project.alembic()
    project.write("migrations/env.py", ENV)
    project.write("migrations/versions/first.py", REFUSING)
    project.write("schema.sql", "CREATE TABLE t (a INTEGER);\n")
    settings(project)
    for command in (("check",), ("prove",), ("revise", "-m", "x")):
        done = run(*command)
        assert done.code != 0
        assert "refuses this engine" in done.out + done.err, command
        assert 'alembic = "none"' in done.out + done.err


# --------------------------------------------------------------------- found by init


def without_base(project: Project) -> None:
    settings(project, "# ours", 'schema = "schema.sql"')
    (project.root / "base.sql").unlink()


def test_init_finds_it_from_a_database_at_the_end(hub: Project, run: Run) -> None:
    without_base(hub)
    table = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);"
    url = hub.database(f"{SCHEMA}{table}INSERT INTO alembic_version VALUES ('first');")
    done = run("init", "--base", url)
    assert done.code == 0, done.err
    written = (hub.root / "pyproject.toml").read_text("utf-8")
    assert written == '[tool.sqlplumb]\nbase = "base.sql"\n# ours\nschema = "schema.sql"\n'
    assert run("diff", "base.sql", "history@base").code == 0
    assert "admin" not in (hub.root / "base.sql").read_text("utf-8")
    assert run("check").code == 0
    assert run("prove").code == 0
    assert run("apply", url).code == 0
    assert run("check", url).code == 0
    assert run("init", "--base", url).code == 2


MODELS = """\
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text

metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column("name", Text, nullable=False),{admin}
)
{tokens}
"""
TOKENS = """\
tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column("user_id", ForeignKey("users.id")),
)
"""


@pytest.mark.parametrize("when", ["today", "then"])
@pytest.mark.parametrize("back", ["as it is written", "without a word", "refused"])
def test_init_finds_it_from_models(hub: Project, run: Run, when: str, back: str) -> None:
    without_base(hub)
    admin = '\n    Column("admin", Integer),' if when == "today" else ""
    tokens = TOKENS if when == "today" else ""
    name = f"models_of_{when}_{back.replace(' ', '_')}"
    hub.write(f"{name}.py", MODELS.format(admin=admin, tokens=tokens))
    if back != "as it is written":
        begin = FIRST.partition("def downgrade")[0]
        body = "pass" if back == "without a word" else "raise NotImplementedError"
        if back == "refused":  # batch mode would put the column in the place of the one there
            plain = 'op.execute("ALTER TABLE users ADD COLUMN admin INTEGER")'
            assert plain in begin
            added = "batch.add_column(sa.Column('admin', sa.Integer))"
            begin = begin.replace(
                plain, f"with op.batch_alter_table('users', recreate='always') as batch: {added}"
            )
            begin = f"import sqlalchemy as sa\n{begin}"
        hub.write("migrations/versions/first.py", f"{begin}def downgrade():\n    {body}\n")
    done = run("init", "--base", f"{name}:metadata")
    assert done.code == 0, done.err
    text = (hub.root / "base.sql").read_text("utf-8")
    assert "users" in text
    assert "admin" not in text
    assert "CREATE TABLE tokens" not in text
    assert run("check", "history").code in (0, 1)  # the models say a key in another way
    assert "differences" not in run("check", "history").out


def test_init_writes_both_from_a_history(hub: Project, run: Run) -> None:
    """Beside a history, an example would be a lie."""
    without_base(hub)
    url = hub.database(SCHEMA)
    (hub.root / "schema.sql").unlink()
    done = run("init", "--base", url)
    assert done.code == 0, done.err
    assert run("check", "history").code == 0
    assert "admin" in (hub.root / "schema.sql").read_text("utf-8")


def test_init_says_that_one_is_needed(hub: Project, run: Run) -> None:
    without_base(hub)
    (hub.root / "schema.sql").unlink()
    url = hub.database(SCHEMA)
    done = run("init", "--from", url)
    assert done.code == 0
    assert f"sqlplumb init --base {url}" in done.err
    assert not (hub.root / "base.sql").exists()
    done = run("adopt", url)
    assert done.code == 2
    assert f"sqlplumb init --base {url}" in done.err


AGAIN = """\
import sqlalchemy as sa
from alembic import op
revision, down_revision = "second", "first"
def upgrade():
    op.create_table("roles", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("role_id", sa.Integer, sa.ForeignKey("roles.id", name="fk")))
    op.create_index("ix_role", "users", ["role_id"])
    op.drop_table("proxies")
    op.drop_index("ix_users_former", table_name="users")
def downgrade():
    raise NotImplementedError
"""


def test_init_finds_what_batch_mode_adds_and_what_is_only_dropped(hub: Project, run: Run) -> None:
    """Batch mode says of a column that is there already that it depends on itself; and of a table
    or an index that a revision drops, nothing is left in the models but its name in the history."""
    without_base(hub)
    hub.write("migrations/versions/second.py", AGAIN)
    roles = "CREATE TABLE roles (id INTEGER PRIMARY KEY);"
    role = "role_id INTEGER REFERENCES roles (id), name"
    index = "CREATE INDEX ix_role ON users (role_id);"
    url = hub.database(SCHEMA.replace("name", role, 1) + roles + index)
    done = run("init", "--base", url)
    assert done.code == 0, done.err
    assert "of proxies nothing is known but its name" in done.err
    assert "of index ix_users_former nothing is known but its name" in done.err
    text = (hub.root / "base.sql").read_text("utf-8")
    assert "role_id" not in text
    assert 'CREATE TABLE "proxies"' in text
    assert run("prove").code in (0, 1)
    assert "role_id" in run("diff", "base.sql", "history").out


def test_what_begins_with_nothing_needs_none(hub: Project, run: Run) -> None:
    without_base(hub)
    url = hub.database(SCHEMA)
    text = f"op.execute({BASE!r})\n    op.execute("
    first = (hub.root / "migrations/versions/first.py").read_text("utf-8")
    hub.write("migrations/versions/first.py", first.replace("op.execute(", text, 1))
    done = run("init", "--base", url)
    assert done.code == 3
    assert "begins with nothing" in done.err
    assert not (hub.root / "base.sql").exists()


def test_what_cannot_be_found_is_refused(hub: Project, run: Run) -> None:
    without_base(hub)
    url = hub.database("CREATE TABLE others (a INTEGER);")
    done = run("init", "--base", url)
    assert done.code == 3
    assert "no such table: users" in done.err
    assert "CREATE statements that the first revision finds" in done.err
    assert not (hub.root / "base.sql").exists()
    assert "base" not in (hub.root / "pyproject.toml").read_text("utf-8")
