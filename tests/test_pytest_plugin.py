"""`plumb_db`, in a session of pytest's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SCHEMA = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id));
"""
INI = "[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n[sqlplumb]\n"
FIRST = (
    'from alembic import op\nrevision = "first"\ndown_revision = None\n'
    "def upgrade():\n    op.execute('CREATE TABLE users (id INTEGER PRIMARY KEY)')\n"
    "def downgrade():\n    op.drop_table('users')\n"
)
TESTS = """\
import sqlite3
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

@pytest.mark.parametrize("time", range(3))
def test_nobody_sees_what_others_did(plumb_db, time):
    with plumb_db.engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users")) == 0
        connection.execute(text("INSERT INTO users (name) VALUES ('a')"))
    assert sqlite3.connect(plumb_db.path).execute("SELECT name FROM users").fetchall() == [("a",)]

def test_foreign_keys_hold(plumb_db):
    with pytest.raises(IntegrityError), plumb_db.engine.begin() as connection:
        connection.execute(text("INSERT INTO tasks (user_id) VALUES (7)"))
"""
TABLES = """\
import sqlite3

def test_it(plumb_db):
    found = sqlite3.connect(plumb_db.path).execute("SELECT name FROM sqlite_master ORDER BY 1")
    assert [name for (name,) in found] == {expected!r}
    import sqlplumb
    {then}
"""


def lay(pytester: pytest.Pytester, **files: str) -> Path:
    root = pytester.path
    (root / "schema.sql").write_text(SCHEMA)
    for name, text in files.items():
        (root / name.replace("__", "/").replace("_dot_", ".")).write_text(text)
    return root


def ran(pytester: pytest.Pytester, text: str) -> pytest.RunResult:
    pytester.makepyfile(test_of_somebody=text)
    return pytester.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_each_test_has_its_own(pytester: pytest.Pytester) -> None:
    lay(pytester, pyproject_dot_toml="[tool.sqlplumb]\n")
    ran(pytester, TESTS).assert_outcomes(passed=4)


def test_from_the_history_where_there_is_one(pytester: pytest.Pytester) -> None:
    (pytester.path / "migrations" / "versions").mkdir(parents=True)
    lay(pytester, alembic_dot_ini=INI, migrations__versions__first_dot_py=FIRST)
    then = "sqlplumb.require_plumb(plumb_db.url)"
    expected = ["alembic_version", "sqlite_autoindex_alembic_version_1", "users"]
    ran(pytester, TABLES.format(expected=expected, then=then)).assert_outcomes(passed=1)


def test_from_the_schema_where_that_is_asked_for(pytester: pytest.Pytester) -> None:
    (pytester.path / "migrations" / "versions").mkdir(parents=True)
    lay(pytester, alembic_dot_ini=INI, migrations__versions__first_dot_py=FIRST)
    pytester.makeini("[pytest]\nplumb_db_from = schema\n")
    text = TABLES.format(expected=["tasks", "users"], then="pass")
    ran(pytester, text).assert_outcomes(passed=1)


def test_what_is_wrong_is_told_with_its_line(pytester: pytest.Pytester) -> None:
    lay(pytester, pyproject_dot_toml="[tool.sqlplumb]\n", schema_dot_sql="CREATE TABEL users (id);")
    done = ran(pytester, TESTS)
    done.assert_outcomes(errors=4)
    done.stdout.no_fnmatch_line("*another exception*")
    done.stdout.fnmatch_lines(['*plumb_db cannot be made:*schema.sql:1:8: near "TABEL"*'])


def test_who_does_not_ask_pays_nothing(pytester: pytest.Pytester) -> None:
    text = "import sys\ndef test_it():\n    assert 'sqlalchemy' not in sys.modules\n"
    ran(pytester, text).assert_outcomes(passed=1)
