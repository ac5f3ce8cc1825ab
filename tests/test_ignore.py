"""What the settings ignore is no difference, in any command; and nobody ever loses it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

import sqlplumb
from sqlplumb.config.ignore import Ignore, read_ignore
from sqlplumb.errors import NotPlumb, WrongInput

if TYPE_CHECKING:
    from tests.applied import DESIRED, Ground, ground
    from tests.conftest import Project, Run
    from tests.histories import statements_of
else:
    from applied import DESIRED, Ground, ground
    from histories import statements_of

SETTINGS = """\
[tool.sqlplumb]
schema = "schema.sql"
ignore = ["celery_*", "view:tmp_*", "index:dba_*", "trigger:cdc_*"]
"""
OURS = """\
CREATE TABLE tasks (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE INDEX ix_tasks_state ON tasks (state);
"""
FOREIGN = """\
CREATE TABLE celery_log (
    id INTEGER PRIMARY KEY, task_id INTEGER REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE INDEX ix_log ON celery_log (task_id);
CREATE VIEW tmp_open AS SELECT id, state FROM tasks;
CREATE INDEX dba_wish ON tasks (id, state);
CREATE TRIGGER cdc_tasks AFTER UPDATE ON tasks BEGIN
    INSERT INTO celery_log (task_id) VALUES (new.id);
END;
"""
NAMES = {"celery_log", "ix_log", "tmp_open", "dba_wish", "cdc_tasks"}


def names(path: str) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


@pytest.fixture
def laid(project: Project) -> Project:
    project.write("pyproject.toml", SETTINGS)
    project.write("schema.sql", OURS)
    return project


def test_what_a_pattern_covers() -> None:
    ignore = Ignore(("celery_*", "view:tmp_?"), own="celery_version")
    assert ignore.pattern_for("table", "Celery_Tasks") == "celery_*"
    assert ignore.pattern_for("virtual table", "celery_fts") == "celery_*"
    assert not ignore.pattern_for("view", "celery_x")
    assert not ignore.pattern_for("table", "celery_version")  # Alembic's own
    assert ignore.idle([("table", "celery_a")]) == ("view:tmp_?",)


@pytest.mark.parametrize("pattern", ["*", "table:**", "veiw:x", "column:tasks.note"])
def test_a_pattern_that_means_nothing_or_everything(pattern: str) -> None:
    with pytest.raises(WrongInput) as raised:
        read_ignore([pattern], own="alembic_version", file="pyproject.toml")
    assert ("did you mean view?" in raised.value.problems[0].advice) == (pattern == "veiw:x")


def test_check_and_diff(laid: Project, run: Run) -> None:
    url = laid.database(OURS + FOREIGN)
    checked = run("check", url)
    assert checked.code == 0
    assert "1 table, 1 view, 1 index and 1 trigger ignored" in checked.err
    (mirror,) = run("check", url, "--format", "json").json["mirrors"]
    assert {one["object"] for one in mirror["ignored"]} >= NAMES - {"ix_log"}
    assert run("diff", url, "schema.sql").code == 0
    assert run("diff", "schema.sql", url).code == 0
    laid.write("pyproject.toml", SETTINGS.replace('"celery_*", ', ""))
    assert run("check", url).code == 1


def test_a_pattern_that_covers_nothing_is_told(laid: Project, run: Run) -> None:
    url = laid.database(OURS + FOREIGN)
    more = f'databases = ["{url}"]\n'
    laid.write("pyproject.toml", SETTINGS.replace("celery_*", "celrey_*") + more)
    told = run("check")
    assert told.code == 1
    assert "ignore 'celrey_*' covers nothing in any mirror" in told.err
    laid.write("pyproject.toml", SETTINGS + more)
    assert "covers nothing" not in run("check").err


def test_the_schema_itself_ignores_nothing(laid: Project, run: Run) -> None:
    laid.write("schema.sql", OURS + "CREATE TABLE celery_own (x TEXT);\n")
    told = run("check", "empty")
    assert told.code == 2
    assert (
        "schema.sql:3:14: schema.sql makes table celery_own, which the settings ignore" in told.err
    )


def test_models_may_hold_it(laid: Project, run: Run) -> None:
    laid.write(
        "models_with_celery.py",
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        "sa.Table('tasks', metadata, sa.Column('id', sa.Integer, primary_key=True),"
        " sa.Column('state', sa.Text, nullable=False), sa.Index('ix_tasks_state', 'state'))\n"
        "sa.Table('celery_log', metadata, sa.Column('id', sa.Integer, primary_key=True))\n",
    )
    assert run("check", "models_with_celery:metadata").code == 0


def test_a_script_keeps_all_of_it(laid: Project, run: Run) -> None:
    """The table is made anew: what hangs on it and is ignored comes back, word for word."""
    laid.write("schema.sql", OURS.replace("NOT NULL", "NOT NULL CHECK (state <> '')"))
    rows = "INSERT INTO tasks VALUES (1, 'open'); INSERT INTO celery_log VALUES (7, 1);"
    url = laid.database(OURS + FOREIGN + rows)
    path = url.removeprefix("sqlite:///")
    written = run("diff", url, "schema.sql", "--format", "sql")
    assert written.code == 1
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(written.out)
    assert names(path) >= NAMES
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM celery_log").fetchall() == [(7, 1)]
    assert run("check", url).code == 0
    plan = sqlplumb.plan(sqlplumb.diff(sqlplumb.read(url), sqlplumb.read("empty")))
    assert not any("celery" in step.ref.name for step in plan.steps)


def test_lint_and_queries_know_that_it_is_there(laid: Project, run: Run) -> None:
    laid.write(
        "schema.sql",
        OURS
        + "CREATE TABLE notes (id INTEGER PRIMARY KEY, log_id INTEGER REFERENCES celery_log);\n"
        "CREATE INDEX ix_notes ON notes (log_id);\n",
    )
    assert "S104" not in run("lint").out
    laid.write("q.sql", "SELECT state FROM tasks JOIN celery_log ON task_id = tasks.id;\n")
    assert run("queries", "q.sql").code == 0
    laid.write("q.sql", "SELECT state FROM tasks JOIN other_log ON task_id = tasks.id;\n")
    assert run("queries", "q.sql").code == 1
    assert "celery_log" not in run("draw", laid.database(OURS + FOREIGN), "--format", "mermaid").out


# --------------------------------------------------------------------- live databases

URL = "sqlite:///app.db"


@pytest.fixture
def live(project: Project, run: Run) -> Ground:
    """A database that is behind; the revision to come makes `tasks` anew."""
    made = ground(project, run)
    made.begin()
    project.write("pyproject.toml", SETTINGS)
    made.history.execute(FOREIGN + "INSERT INTO celery_log VALUES (7, 3);")
    return made


def test_apply_keeps_what_the_revision_does_not_know(live: Ground) -> None:
    texts = (
        "SELECT name, sql FROM sqlite_master WHERE name IN ('cdc_tasks', 'dba_wish', 'tmp_open')"
    )
    before = live.ask(texts)
    receipt = live.receipt()
    assert receipt["outcome"] == "applied", receipt
    assert sorted(live.ask(texts)) == sorted(before)
    assert live.ask("SELECT * FROM celery_log") == [(7, 3)]
    assert any("1 table, 1 view" in warning for warning in map(str, receipt["warnings"]))
    sqlplumb.require_plumb(URL)
    alchemy = create_engine(f"sqlite:///{live.database}")
    sqlplumb.require_plumb(alchemy)
    alchemy.dispose()
    assert live.apply().err.count("ignored") == 1  # nothing to do, and told once
    assert "plumb" in live.history.run("status", URL).out
    live.history.execute("CREATE TABLE stray (x)")
    with pytest.raises(NotPlumb, match="stray"):
        sqlplumb.require_plumb(URL)


def test_what_cannot_be_kept_stops_the_revision(live: Ground) -> None:
    revision = next(live.history.versions.glob("*_change.py"))
    text = revision.read_text()
    body = "def upgrade() -> None:\n"
    revision.write_text(text.replace(body, body + '    op.execute("DROP TABLE celery_log")\n', 1))
    before = live.bytes()
    assert live.history.run("prove", "first:head").code != 0  # the history has no such table
    live.history.run("prove")
    assert live.apply().code == 3
    assert live.bytes() == before


def test_what_hangs_on_a_table_that_gets_another_name(project: Project, run: Run) -> None:
    """Its statement names a table that is no more: nothing is done."""
    made = ground(project, run)
    made.begin(
        DESIRED.replace("CREATE TABLE tasks (", "-- @renamed from=tasks\nCREATE TABLE jobs (")
        .replace(" tasks (", " jobs (")
        .replace(" ON tasks ", " ON jobs ")
    )
    project.write("pyproject.toml", SETTINGS)
    made.history.execute(FOREIGN)
    before = made.bytes()
    told = made.apply("--no-backup")
    assert told.code == 3
    assert "drops index dba_wish" in told.err
    assert made.bytes() == before


def test_a_database_that_holds_nothing_of_ours(live: Ground) -> None:
    """It is as good as new, and its own rows stay."""
    with closing(sqlite3.connect(live.root / "new.db")) as connection:
        connection.executescript("CREATE TABLE celery_only (x); INSERT INTO celery_only VALUES (1)")
    done = live.apply("--no-backup", name="new.db")
    assert done.code == 0, done.err
    assert live.ask("SELECT * FROM celery_only", "new.db") == [(1,)]
    assert live.history.run("adopt", "sqlite:///new.db").code == 0


def test_it_begins_where_the_history_begins(project: Project, run: Run) -> None:
    """A database that holds nothing of ours gets the base as an empty one does."""
    project.alembic()
    project.write("pyproject.toml", f'{SETTINGS}base = "base.sql"\n')
    project.write("base.sql", "CREATE TABLE old (a TEXT);\n")
    project.write("schema.sql", "CREATE TABLE old (a TEXT);\n" + OURS)
    project.revision("a", None, f"for one in {[*statements_of(OURS)]!r}: op.execute(one)")
    down = "\n\ndef downgrade():\n    op.execute('DROP TABLE tasks')\n"
    file = project.root / "migrations" / "versions" / "a.py"
    file.write_text(file.read_text() + down)
    assert run("prove").code == 0
    url = project.database("CREATE TABLE celery_only (x); INSERT INTO celery_only VALUES (1)")
    done = run("apply", url, "--no-backup")
    assert done.code == 0, done.err
    assert {"old", "tasks", "celery_only"} <= names(url.removeprefix("sqlite:///"))


def test_adopt_and_bridge(live: Ground) -> None:
    live.history.execute("DROP TABLE alembic_version")
    assert live.history.run("adopt", URL, "--as", "first", "--dry-run").code == 0
    live.history.execute("ALTER TABLE users ADD COLUMN extra TEXT CHECK (extra <> '')")
    wrote = live.history.run("adopt", URL, "--as", "first", "--revise", "--allow", "destructive")
    assert wrote.code == 0, wrote.err
    (bridge,) = (live.root / "migrations" / "bridges").glob("*.py")
    crossed = live.history.run("adopt", URL, "--through", str(bridge), "--allow", "destructive")
    assert crossed.code == 0, crossed.err
    assert {name for (name,) in live.ask("SELECT name FROM sqlite_master")} >= NAMES


def test_a_loss_of_what_the_history_made_itself_is_a_loss(project: Project, run: Run) -> None:
    """To be ignored never means that rows may go."""
    project.alembic()
    project.write("pyproject.toml", SETTINGS)
    project.write("schema.sql", OURS)
    project.revision("a", None, f"for one in {[*statements_of(OURS)]!r}: op.execute(one)")
    project.revision("b", "a", "op.execute('CREATE TABLE celery_old (x TEXT)')")
    project.revision("c", "b", "op.execute('DROP TABLE celery_old')")
    assert run("prove").code == 1  # c has no way back, as with any other table
    assert "P2" in run("lint", "c").out
