"""The command line: exit codes, what stands where, and what never does."""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """\
CREATE TABLE tasks (
    task_id INTEGER PRIMARY KEY,
    state TEXT NOT NULL DEFAULT 'new'
);
CREATE INDEX idx_tasks_state ON tasks (state) WHERE state <> 'done';
"""
DRIFTED = SCHEMA.replace(" WHERE state <> 'done'", "")


@pytest.fixture
def plumb(project: Project) -> Project:
    """A project with a schema and a database that is plumb."""
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", '[tool.sqlplumb]\ndatabases = ["sqlite:///app.db"]\n')
    project.database(SCHEMA)
    return project


def test_0_nothing_differs(plumb: Project, run: Run) -> None:
    assert run("check").code == 0
    assert run("diff", "sqlite:///app.db", "schema.sql").code == 0
    assert run("diff", "empty", "empty").code == 0


def test_1_something_differs(plumb: Project, run: Run) -> None:
    plumb.database(DRIFTED, "drifted.db")
    assert run("check", "sqlite:///drifted.db").code == 1
    assert run("diff", "schema.sql", "empty").code == 1


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("measure",),
        ("diff", "schema.sql"),
        ("diff", "schema.sql", "schema.sql", "--format", "github"),
        ("check", "--no-such-option"),
        ("check", "--config", "no-such-file.toml"),
        ("diff", "no-such-file.sql", "empty"),
        ("diff", "no such source", "empty"),
        ("diff", "no-such-*.sql", "empty"),
        ("diff", "migrations", "empty"),
        ("diff", "app.db", "empty"),
        ("diff", "history", "empty"),
        ("diff", "sqlite://", "empty"),
        ("diff", "sqlite:///:memory:", "empty"),
        ("diff", "mysql://host/base", "empty"),
        ("diff", "env:NO_SUCH_VARIABLE", "empty"),
    ],
)
def test_2_the_input_is_wrong(argv: tuple[str, ...], plumb: Project, run: Run) -> None:
    (plumb.root / "migrations").mkdir()
    ran = run(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_2_a_project_without_a_mirror(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    assert run("check").code == 2


def test_2_a_schema_that_says_nothing(plumb: Project, run: Run) -> None:
    plumb.write("schema.sql", "-- nothing yet\n")
    assert run("check").code == 2


def test_3_what_cannot_be_read_in_full_is_refused(plumb: Project, run: Run) -> None:
    plumb.database("CREATE VIRTUAL TABLE docs USING fts5(body);", "docs.db")
    with closing(sqlite3.connect("docs.db")) as connection:
        connection.executescript(
            "PRAGMA writable_schema = ON;"
            "UPDATE sqlite_master SET sql = replace(sql, 'fts5', 'unheard_of')"
        )
    ran = run("diff", "sqlite:///docs.db", "empty")
    assert (ran.code, ran.out) == (3, "")
    assert "docs" in ran.err


def test_3_a_fault_of_our_own_concludes_nothing(plumb: Project, run: Run) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("told")

    plumb.patch.setattr("sqlplumb.commands.check.compare_sources", broken)
    ran = run("diff", "schema.sql", "empty")
    assert (ran.code, ran.out) == (3, "")
    assert "told" in ran.err
    ran = run("diff", "schema.sql", "empty", "--verbose")
    assert (ran.code, ran.out) == (3, "")
    assert "Traceback" in ran.err and "ZeroDivisionError: told" in ran.err


def test_4_a_database_that_failed(plumb: Project, run: Run) -> None:
    plumb.write("text.db", "this is no database, and long enough to be seen as none\n" * 9)
    for name in ("text.db", "none.db"):
        ran = run("diff", f"sqlite:///{name}", "empty")
        assert (ran.code, ran.out) == (4, ""), name


def test_the_gravest_code_counts_and_no_mirror_is_left_out(plumb: Project, run: Run) -> None:
    plumb.database(DRIFTED, "drifted.db")
    ran = run("check", "sqlite:///none.db", "sqlite:///drifted.db", "sqlite:///app.db")
    assert ran.code == 4
    assert "drift  sqlite:///drifted.db" in ran.out
    assert "plumb  sqlite:///app.db" in ran.out


def test_sql_that_does_not_parse_is_shown_with_its_place(plumb: Project, run: Run) -> None:
    plumb.write("wrong.sql", SCHEMA + "\nCREATE TABLE t (\n    a TEXT,\n    b TEXT CHECK (),\n);\n")
    ran = run("diff", "wrong.sql", "empty")
    assert (ran.code, ran.out) == (2, "")
    first, line, caret = ran.err.splitlines()[:3]
    assert first.startswith("wrong.sql:9:19:")
    assert line.strip() == "|     b TEXT CHECK (),"
    assert line[caret.index("^")] == ")"


def test_all_that_is_wrong_is_told_at_once(plumb: Project, run: Run) -> None:
    plumb.write("a.sql", "CREATE TABLE t (a TEXT,);\nDROP TABLE t;\nCREATE TABLE u (b b b,);\n")
    ran = run("diff", "a.sql", "empty")
    assert ran.code == 2
    places = [line.split(" ")[0] for line in ran.err.splitlines() if line.startswith("a.sql:")]
    assert [place.split(":")[1] for place in places] == ["1", "2", "3"]


def test_quiet_says_only_what_differs(plumb: Project, run: Run) -> None:
    plumb.write("rows.sql", SCHEMA + "INSERT INTO tasks (state) VALUES ('new');\n")
    assert "rows.sql:6" in run("check", "rows.sql").err
    quiet = run("check", "rows.sql", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert run("--quiet", "check", "empty").out


def test_rows_in_the_schema_itself_are_wrong(plumb: Project, run: Run) -> None:
    plumb.write("schema.sql", SCHEMA + "INSERT INTO tasks (state) VALUES ('new');\n")
    assert run("check").code == 2


def test_colours_are_for_who_asks(plumb: Project, run: Run) -> None:
    def coloured(*options: str) -> bool:
        return "\x1b[" in run("diff", "schema.sql", "empty", *options).out

    assert not coloured()
    plumb.patch.setenv("FORCE_COLOR", "1")
    assert coloured()
    assert not coloured("--no-color")
    plumb.patch.setenv("NO_COLOR", "1")
    assert not coloured()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://somebody:s3cret@host/base",
        "sqlite+pysqlcipher://:s3cret@/app.db",
        "sqlite://somebody:s3cret@host/app.db",
        "postgresql://somebody:s3/cret@host/base",
    ],
)
def test_passwords_are_never_printed(url: str, plumb: Project, run: Run) -> None:
    plumb.patch.setenv("DATABASE_URL", url)
    for source in (url, "env:DATABASE_URL"):
        for argv in (("diff", source, "empty"), ("check", source, "--format", "json")):
            ran = run(*argv)
            assert ran.code in (2, 4)
            assert "cret" not in ran.out + ran.err


def test_a_reader_that_leaves_is_no_fault(plumb: Project) -> None:
    command = [sys.executable, "-m", "sqlplumb", "diff", "empty", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdout and started.stderr
        started.stdout.close()
        assert started.stderr.read() == b""
        assert started.wait() == 1


def test_where_nothing_is_it_says_what_begins_it(project: Project, run: Run) -> None:
    for argv in (["check"], ["lint"], ["prove"], ["apply", "sqlite:///app.db"]):
        done = run(*argv)
        assert (done.code, "`sqlplumb init`" in done.err) == (2, True), argv


@pytest.mark.parametrize("argv", [("apply",), ("adopt",)])
def test_a_file_is_no_url(argv: tuple[str, ...], project: Project, run: Run) -> None:
    project.alembic()
    done = run(*argv, "app.db")
    assert (done.code, done.err) == (
        2,
        "sqlplumb: app.db is no URL\n  a file is written sqlite:///app.db\n",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="no pipe can be made small here")
def test_a_long_answer_is_whole_where_python_buffers_nothing() -> None:
    """A signal ends a write that waits for its reader; the clock of limits sends two a second."""
    from fcntl import F_SETPIPE_SZ, fcntl

    command = [sys.executable, "-m", "sqlplumb", "completion", "zsh"]
    whole = subprocess.run(command, capture_output=True, check=True).stdout
    reads, writes = os.pipe()
    assert len(whole) > 2 * fcntl(writes, F_SETPIPE_SZ, 4096)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=writes) as process:
        os.close(writes)
        select.select([reads], [], [])  # it writes, and waits for us
        process.send_signal(signal.SIGALRM)
        with os.fdopen(reads, "rb") as pipe:
            written = pipe.read()
    assert (process.returncode, written) == (0, whole)
