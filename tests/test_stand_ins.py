"""What an application adds to its connections: collations and functions that no scratch has.

The settings name them; the schema is then read, planned and proved, it is said, and nothing that
only they could decide is taken for decided.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.stand_ins import StandIns, read_stand_ins, standing_in

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

SCHEMA = """
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE unicase UNIQUE,
    tag TEXT CHECK (tag REGEXP '^[a-z]+$'),
    part TEXT AS (field_at(name, 2)) STORED
);
CREATE INDEX ix ON notes (field_at(name, 1), tag COLLATE unicase);
"""
SETTINGS = 'schema = "schema.sql"\ncollations = ["unicase"]\nfunctions = ["regexp/2", "field_at"]\n'
TOLD = "stood in for collation unicase and functions regexp/2, field_at"


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    history = History(project, run)
    history.begin("CREATE TABLE other (id INTEGER PRIMARY KEY);")
    project.write("pyproject.toml", f"[tool.sqlplumb]\n{SETTINGS}")
    project.write("schema.sql", "CREATE TABLE other (id INTEGER PRIMARY KEY);" + SCHEMA)
    return history


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("CREATE TABLE t (a TEXT COLLATE unicase)", 'collations = ["unicase"]'),
        ("CREATE TABLE t (a TEXT, CHECK (a REGEXP 'x'))", 'functions = ["REGEXP"]'),
        ("CREATE TABLE t (a); CREATE INDEX i ON t (slug(a))", 'functions = ["slug"]'),
        ("CREATE VIRTUAL TABLE t USING fts5 (a, tokenize = 'mine')", "ignore"),
        ("CREATE VIRTUAL TABLE t USING mine (a)", "ignore"),
    ],
)
def test_what_is_missing_is_told_with_the_line_to_add(
    sql: str, line: str, project: Project, run: Run
) -> None:
    project.write("schema.sql", f"{sql};")
    ran = run("diff", "empty", "schema.sql")
    assert ran.code == 2
    assert "schema.sql:1:" in ran.err
    assert f"{line}" in ran.err
    assert "[tool.sqlplumb]" in ran.err


def test_every_command_reads_the_schema(history: History) -> None:
    assert history.run("diff", "empty", "schema.sql").code == 1
    ran = history.revise()
    assert (ran.code, TOLD in ran.err) == (0, True), ran.err
    for command in ("check", "prove", "review head", "lint", "diff history empty"):
        ran = history.run(*command.split())
        assert (ran.code in (0, 1), TOLD in ran.err) == (True, True), (command, ran)
    assert history.run("check").code == 0


def test_a_table_with_rows_is_made_anew(history: History) -> None:
    """The dialect of SQLAlchemy has a `regexp`, which would refuse the rows that were made."""
    assert history.revise().code == 0
    schema = (history.project.root / "schema.sql").read_text("utf-8")
    history.project.write("schema.sql", schema.replace("^[a-z]+$", "^[a-z]*$"))
    ran = history.run("revise", "-m", "looser", "--rev-id", "third")
    assert ran.code == 0, ran.err
    assert "with 10 rows in 2 tables" in ran.out


def test_rules_that_only_they_tell_apart_differ(project: Project, run: Run) -> None:
    project.write("pyproject.toml", f"[tool.sqlplumb]\n{SETTINGS}")
    for name, pattern in (("a", "x"), ("b", "y")):
        rule = f"CHECK (tag REGEXP '{pattern}' OR field_at(tag, 1) = '{pattern}')"
        project.write(f"{name}.sql", f"CREATE TABLE t (tag TEXT COLLATE unicase, {rule});")
    project.write(
        "stood_in_models.py",
        "from sqlalchemy import *\nmetadata = MetaData()\n"
        "Table('t', metadata, Column('tag', Text(collation='unicase')),"
        " CheckConstraint(\"tag REGEXP 'x' OR field_at(tag, 1) = 'x'\"))\n",
    )
    assert run("diff", "a.sql", "b.sql").code == 1
    assert run("diff", "stood_in_models:metadata", "b.sql").code == 1
    assert run("diff", "stood_in_models:metadata", "a.sql").code == 0


def test_no_live_database_gets_one(history: History) -> None:
    """What a stand-in wrote into an index would be lies: nothing is changed, and it is said."""
    file = history.project.root / "app.db"
    history.upgrade("first")
    assert history.revise().code == 0
    with closing(sqlite3.connect(file)) as connection:
        before = list(connection.iterdump())
    ran = history.run("apply", "sqlite:///app.db")
    assert ran.code == 4
    assert "the application" in ran.err
    assert "alembic upgrade" in ran.err
    with closing(sqlite3.connect(file)) as connection:
        assert list(connection.iterdump()) == before


def test_a_database_of_the_application_is_compared(history: History) -> None:
    with closing(sqlite3.connect(history.project.root / "app.db")) as connection:
        connection.create_collation("unicase", lambda one, two: (one > two) - (one < two))
        connection.create_function("field_at", 2, lambda *_: "x", deterministic=True)
        connection.create_function("regexp", 2, lambda *_: 1, deterministic=True)
        connection.executescript((history.project.root / "schema.sql").read_text("utf-8"))
    assert history.run("check", "sqlite:///app.db").code == 0
    ran = history.run("apply", "sqlite:///app.db")
    assert ran.code != 0


def test_what_sqlite_has_itself_is_not_replaced() -> None:
    with standing_in(StandIns(("NOCASE",), (("lower", 1), ("f", -1)))):
        connection = scratch_for_code()
        connection.create_function("f", 1, lambda _: 1)
        query = "SELECT lower('A'), 'a' = 'A' COLLATE NOCASE, f(1)"
        assert connection.execute(query).fetchone() == ("a", 1, None)
    assert scratch_for_code().execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(sqlite3.OperationalError, match="no such function"):
        scratch_for_code().execute("SELECT f(1)")


def test_names_that_mean_nothing_are_told(project: Project, run: Run) -> None:
    project.write("pyproject.toml", '[tool.sqlplumb]\nfunctions = ["regexp(2)"]\n')
    project.write("schema.sql", "CREATE TABLE t (a);")
    ran = run("check")
    assert ran.code == 2
    assert 'write "regexp/2"' in ran.err
    project.write("pyproject.toml", "")
    project.alembic()
    ini = project.root / "alembic.ini"
    words = "\n[sqlplumb]\ncollations = unicase other\nfunctions = regexp/2\n"
    ini.write_text(ini.read_text("utf-8") + words, "utf-8")
    assert "collations unicase, other and function regexp/2" in run("check", "empty").err


def test_words_for_them() -> None:
    assert str(StandIns()) == ""
    named = read_stand_ins(["a"], ["f/0"], "x")
    assert (str(named), named.functions) == ("collation a and function f/0", (("f", 0),))
