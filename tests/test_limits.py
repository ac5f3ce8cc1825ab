"""Nothing that a project holds runs for ever: neither its SQL nor its code."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

import sqlplumb
from sqlplumb import limits
from sqlplumb.cli.main import parse
from sqlplumb.config import read_settings
from sqlplumb.engines.sqlite.limited import scratch
from sqlplumb.engines.sqlite.read import memory

if TYPE_CHECKING:
    from tests import clock
    from tests.conftest import Project, Ran, Run
    from tests.histories import History
else:
    import clock
    from conftest import Ran
    from histories import History

ENDLESS = "WITH RECURSIVE r (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r"
FIRST = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n"
BACKFILL = (
    "CREATE TABLE t (\n    id INTEGER PRIMARY KEY,\n    a TEXT,\n"
    f"    -- @backfill ({ENDLESS})\n    b INTEGER NOT NULL\n);\n"
)


# A busy machine may need the first of these to come to what does not end.
SECONDS = (1, 4, 16)


@pytest.fixture
def history(project: Project, run: Run) -> History:
    made = History(project, run)
    made.begin(FIRST)
    project.write("schema.sql", FIRST)
    project.database(FIRST + "INSERT INTO t VALUES (1, 'x');")
    assert run("prove").code == 0  # all that is imported is, before the time is short
    return made


def stopped(run: Callable[..., Ran], *command: str, place: str) -> Ran:
    """Run with more and more time, until the stop comes where the place is."""
    for seconds in SECONDS:
        with clock.within(seconds + 15):
            ran = run(*command, "--timeout", str(seconds))
        assert ran.code == 3
        assert f"stopped after {seconds} s" in ran.err
        if place in ran.err:
            return ran
    pytest.fail(f"never stopped in {place}: {ran.err}")


@pytest.mark.parametrize("style", ["batch", "sql"])
def test_a_backfill_that_does_not_end(style: str, history: History) -> None:
    history.project.write("schema.sql", BACKFILL)
    done = stopped(history.run, "revise", "-m", "x", "--style", style, place="schema.sql:4:")
    assert done.out == ""
    assert "--timeout" in done.err
    assert [one.name for one in (history.project.root / "migrations/versions").iterdir()] == [
        "first.py"
    ]


@pytest.mark.parametrize("command", ["prove second", "review second", "lint second", "check"])
def test_a_revision_whose_sql_does_not_end(command: str, history: History) -> None:
    history.project.revision("second", "first", f'op.execute("{ENDLESS}")')
    stopped(history.run, *command.split(), place="migrations/versions/second.py:9:")


@pytest.mark.parametrize("command", ["prove second", "check"])
@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(60)"])
def test_a_revision_whose_code_does_not_end(command: str, code: str, history: History) -> None:
    history.project.revision("second", "first", code)
    stopped(history.run, *command.split(), place="migrations/versions/second.py:9:")


def test_models_that_do_not_end(project: Project, run: Run) -> None:
    project.write("models_without_end.py", "while True:\n    pass\n")
    assert run("draw", "models_without_end:metadata", "--timeout", "1").code == 3


def test_one_mirror_of_several_is_stopped(history: History) -> None:
    """Each has the time for itself."""
    history.project.write("slow_models.py", "while True:\n    pass\n")
    told = history.run("check", "slow_models:metadata", "sqlite:///app.db", "--timeout", "1")
    assert told.code == 3
    assert "slow_models" in told.err or "stopped" in told.err
    assert "app.db" in told.out


def test_rows_that_are_looked_at(history: History) -> None:
    """A rule is asked of live rows before it is made."""
    rule = "CHECK (length(replace(hex(zeroblob(1000000 + id)), '00', '1')) > 0)"
    history.project.write("schema.sql", FIRST.replace("a TEXT", f"a TEXT {rule}"))
    rows = ENDLESS.replace("count(*)", "NULL, 'x'") + " LIMIT 5000"
    with closing(sqlite3.connect(history.project.root / "app.db")) as connection, connection:
        connection.execute(f"INSERT INTO t {rows}")
    script = ("diff", "sqlite:///app.db", "schema.sql", "--format", "sql")
    done = stopped(history.run, *script, place="schema.sql:1:14:")
    assert ", in: SELECT count(*) FROM" in done.err


def views(body: str) -> str:
    """Thirty, each of which reads the one before it twice."""
    said = [FIRST, "CREATE VIEW v0 AS SELECT id AS x FROM t;\n"]
    said += [f"CREATE VIEW v{n} AS {body.format(f'v{n - 1}')};\n" for n in range(1, 31)]
    return "".join(said)


@pytest.mark.parametrize(
    "body",
    ["SELECT a.x FROM {0} a JOIN {0} b", "SELECT x FROM {0} UNION ALL SELECT x FROM {0}"],
)
def test_views_that_grow_while_they_are_prepared(body: str, project: Project) -> None:
    """SQLite asks for leave while it resolves names; before that, the process would end."""
    project.write("schema.sql", views(body))

    def run(*arguments: str) -> Ran:
        command = [sys.executable, "-m", "sqlplumb", *arguments]
        done = subprocess.run(
            command, cwd=project.root, capture_output=True, text=True, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    stopped(run, "lint", "schema.sql", place="schema.sql:")


@pytest.mark.parametrize("made", [scratch, memory.scratch_for_code, memory.scratch_for_creates])
def test_a_statement_is_stopped_while_it_is_prepared(
    made: Callable[[], sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a service as well, where no process may end: SQLite asks for leave meanwhile."""
    looks = iter((False, False))  # of whoever executes it, and once while it is prepared
    with limits.within(1000) as clock, closing(made()) as connection:
        for view in views("SELECT x FROM {0} UNION ALL SELECT x FROM {0}").split(";\n")[:6]:
            connection.execute(view)
        monkeypatch.setattr(clock, "is_over", lambda: next(looks, True))
        with pytest.raises(limits.Stopped, match="in: EXPLAIN SELECT"):
            connection.execute("EXPLAIN SELECT * FROM v4")


def test_a_scratch_is_filled_again_however_long_nothing_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with limits.within(1000, each=True) as clock, closing(memory.scratch_for_code()) as connection:
        connection.execute("CREATE TABLE t (a)")
        kept = memory.snapshot(connection)
        with closing(memory.scratch_for_code()) as other:
            monkeypatch.setattr(clock, "is_over", lambda: True)
            memory.restore(other, kept)
            monkeypatch.undo()
            assert other.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_connection_of_the_application_prepares_nothing_that_can_grow(
    history: History,
) -> None:
    """Its views are not used there: only the catalog is read, which SQLite does in a moment."""
    history.upgrade("first", "grown.db")
    history.execute(views("SELECT a.x FROM {0} a JOIN {0} b").partition(";\n")[2], "grown.db")
    path, said = history.project.root / "grown.db", list[str]()

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.set_trace_callback(said.append)
        return connection

    with pytest.raises(sqlplumb.NotPlumb, match="v0"):
        sqlplumb.require_plumb(create_engine("sqlite://", creator=connect, poolclass=StaticPool))
    assert said
    used = re.compile(r"(FROM|JOIN|EXPLAIN.*) *\"?v\d", re.IGNORECASE)
    assert not [one for one in said if used.search(one)]


def test_a_value_may_not_be_large(history: History) -> None:
    """One instruction of SQLite's cannot be stopped, so none may have much to do."""
    rule = "CHECK (length(hex(zeroblob(400000000))) > 0)"
    history.project.write("schema.sql", FIRST.replace("a TEXT", f"a TEXT {rule}"))
    with clock.within(10):
        done = history.run("revise", "-m", "x")
    assert done.code == 3
    assert "a value is larger than 32,000,000 bytes, tried on a scratch (schema.sql:1:" in done.err
    assert "nothing was written. An expression makes a larger value than a scratch" in done.err
    assert "report" not in done.err


def test_a_database_is_not_limited_in_size(project: Project, run: Run) -> None:
    schema = "CREATE TABLE t (a BLOB CHECK (length(a) < 5000));\n"
    project.write("schema.sql", schema)
    project.database("CREATE TABLE t (a BLOB); INSERT INTO t VALUES (zeroblob(40000000));")
    done = run("diff", "sqlite:///app.db", "schema.sql", "--format", "sql")
    assert "1 row of t would be refused" in done.err


def test_what_is_stopped_is_no_answer_of_sqlites() -> None:
    with limits.within(0.05), closing(scratch()) as connection:
        with pytest.raises(limits.Stopped), connection:
            connection.execute(ENDLESS)
        with pytest.raises(limits.Stopped):  # nor does another statement begin
            connection.execute("SELECT 1")
    with pytest.raises(sqlplumb.PlumbError), limits.within(0.05), closing(scratch()) as connection:
        connection.execute(ENDLESS).fetchall()


def test_each_statement_has_the_time_where_others_must_be_waited_for() -> None:
    with limits.within(0.2, each=True), closing(scratch()) as connection:
        time.sleep(0.3)
        assert connection.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(limits.Stopped):
            connection.execute(ENDLESS)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("60", 60.0), ('"60s"', 60.0), ('"2m"', 120.0), ("0", 0.0), ('"none"', 0.0), ("1.5", 1.5)],
)
def test_the_time_in_the_settings(written: str, seconds: float, project: Project) -> None:
    file = project.write("pyproject.toml", f"[tool.sqlplumb]\ntimeout = {written}\n")
    assert read_settings(file).timeout == seconds
    assert parse(["check", "--timeout", written.strip('"')]).timeout == seconds


@pytest.mark.parametrize("written", ["true", "-1", '"soon"', "nan", "inf", "[1]", '"1h"'])
def test_what_is_no_time(written: str, project: Project, run: Run) -> None:
    project.write("pyproject.toml", f"[tool.sqlplumb]\ntimeout = {written}\n")
    assert "timeout must be a time" in run("check", "empty").err


def test_what_help_says_is_the_default(run: Run) -> None:
    assert f"default: {limits.DEFAULT:g}," in " ".join(run("check", "--help").out.split())
