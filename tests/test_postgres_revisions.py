"""Revisions on PostgreSQL: a project is begun, changed by its schema.sql, and Alembic itself runs
what was written on a live database with rows, up and down."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError
from tests.postgres import MAJORS, database, server
from tests.test_postgres_proofs import empty

from sqlplumb.engines.postgres.server.connect import connect, conninfo_of

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    feeling mood,
    age integer CONSTRAINT people_age CHECK (age > 0)
);
CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint REFERENCES people (id),
    title text,
    status text NOT NULL CHECK (status IN ('todo', 'done', 'gone'))
);
CREATE INDEX tasks_title ON tasks (title);
CREATE VIEW open_tasks AS SELECT id, title FROM tasks WHERE status = 'todo';
"""
ROWS = """
INSERT INTO people (name, feeling, age)
    SELECT 'p' || i, 'ok', i + 5 FROM generate_series(1, 9) i;
INSERT INTO tasks (person_id, title, status)
    SELECT i, 't' || i, 'todo' FROM generate_series(1, 9) i;
"""
PLAIN = (
    ("    title text,\n", "    title text,\n    priority integer NOT NULL DEFAULT 3,\n"),
    ("SELECT id, title FROM", "SELECT id, title, priority FROM"),
)
TIGHTER = (
    ("'done', 'gone')", "'done')"),
    (
        "CREATE VIEW",
        "CREATE INDEX by_status ON tasks (status) WHERE status <> 'done';\nCREATE VIEW",
    ),
    ("ON tasks (title)", "ON tasks (title, status)"),
    ("    title text,", "    title text NOT NULL UNIQUE,"),
)
LABELS = (
    ("('sad', 'ok')", "('sad', 'fine', 'ok')"),
    ("    feeling mood,", "    feeling mood NOT NULL DEFAULT 'fine',"),
)


@dataclass(frozen=True, kw_only=True)
class Live:
    """A project, the database that its alembic.ini names, and how its revisions are written."""

    project: Project
    run: Run
    url: str
    style: str

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(connect(conninfo_of(self.url))) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def alembic(self, verb: str, revision: str) -> None:
        config = Config(str(self.project.root / "alembic.ini"))
        getattr(command, verb)(config, revision)

    def begin(self) -> None:
        assert self.run("init", "--from", self.url).code == 0
        assert "EXTENSION" not in (self.project.root / "schema.sql").read_text("utf-8")
        assert "alembic stamp REV" in self.run("status").out
        self.project.write("schema.sql", SCHEMA)
        assert self.run("revise", "-m", "baseline", "--style", self.style).code == 0
        self.alembic("stamp", "head")

    def change(self, *changes: tuple[str, str]) -> int:
        """Change the file, write revisions and run them; return how many there are."""
        text = (self.project.root / "schema.sql").read_text("utf-8")
        for former, latter in changes:
            assert former in text
            text = text.replace(former, latter)
        self.project.write("schema.sql", text)
        words = ("-m", changes[0][1].strip(), "--style", self.style, "--allow", "destructive")
        ran = self.run("revise", *words)
        assert ran.code == 0, ran
        return ran.out.count("wrote ")

    def is_plumb(self) -> bool:
        return self.run("diff", self.url, "schema.sql").code == 0

    def rows(self) -> list[tuple[Any, ...]]:
        return self.ask(
            "SELECT title, status, name, age FROM tasks JOIN people p ON person_id = p.id"
        )


@pytest.fixture(params=MAJORS)
def live(request: pytest.FixtureRequest, project: Project, run: Run) -> Iterator[Live]:
    with database(server(request.param), SCHEMA) as url:
        driver = url.replace("postgresql:", "postgresql+psycopg:", 1)
        style = "ops" if request.param == max(MAJORS) else "sql"
        yield Live(project=project, run=run, url=driver, style=style)


def test_a_database_goes_up_and_down(live: Live) -> None:
    live.ask(ROWS)
    rows = live.rows()
    live.begin()
    for changes, count in ((PLAIN, 1), (TIGHTER, 1), (LABELS, 3)):
        assert live.change(*changes) == count
        assert "`alembic upgrade head`" in live.run("status").out
        assert live.run("revise", "--redo").code == 0
        live.alembic("upgrade", "head")
        assert live.is_plumb()
    written = [file.read_text("utf-8") for file in live.project.root.glob("migrations/versions/*")]
    assert any("op.create_table(" in text for text in written) == (live.style == "ops")
    assert live.run("check").code == 0
    assert "alembic downgrade -1" in live.run("revise", "--redo").err  # the database has it
    for _ in range(2):  # in the middle of a chain
        live.alembic("downgrade", "-1")
    live.alembic("upgrade", "head")
    assert live.is_plumb()
    assert live.rows() == rows
    live.alembic("downgrade", "base")
    left = live.ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    assert {name for (name,) in left} == {"alembic_version", "alembic_version_pkc"}


def test_what_has_failed_runs_again(live: Live) -> None:
    live.begin()
    ((first,),) = live.ask("SELECT version_num FROM alembic_version")
    live.ask(ROWS)
    live.change(*TIGHTER)
    live.ask("UPDATE tasks SET title = 't1' WHERE title = 't2'")
    with pytest.raises(DBAPIError, match="could not create unique index"):
        live.alembic("upgrade", "head")
    live.ask("UPDATE tasks SET title = 't2', status = 'gone' WHERE id = 2")
    with pytest.raises(DBAPIError, match="is violated by some row"):
        live.alembic("upgrade", "head")
    live.ask("UPDATE tasks SET status = 'done' WHERE id = 2")
    live.alembic("upgrade", "head")
    assert live.is_plumb()
    live.alembic("stamp", first)  # as if it had been killed before the last line
    live.alembic("upgrade", "head")
    assert live.is_plumb()


def test_a_review_tells_what_was_measured(live: Live) -> None:
    live.begin()
    live.ask(ROWS)
    live.ask("ANALYZE")
    live.change(*TIGHTER)
    ran = live.run("review", "--database", live.url, "--format", "json")
    (reviewed,) = json.loads(ran.out)["revisions"]
    said = [(run["work"], run["blocks"], run["rows"]) for run in reviewed["statements"]]
    assert ("in place", "reads and writes", None) in said  # a rule that is added NOT VALID
    assert ("scan", "", 9) in said  # and validated, while others read and write
    scans = [
        run["sql"] for run in reviewed["statements"] if run["work"] == "scan" and run["blocks"]
    ]
    assert not scans
    commands = [step["command"] for step in reviewed["next_steps"]]
    assert f"alembic upgrade {reviewed['revision']}" in commands
    assert "sqlplumb apply" not in ran.out
    linted = json.loads(live.run("lint", "head", "--format", "json").out)
    told = {found["code"] for found in linted["findings"]}
    assert "P208" in told  # of the schemas
    assert not {code for code in told if code.startswith("R")}  # what was measured is no hazard
    logged = json.loads(live.run("log", "tasks", "--format", "json").out)
    assert [found["kind"] for found in logged["objects"]] == ["table"]


def test_alembic_changes_the_database(live: Live) -> None:
    live.begin()
    for name in ("apply", "adopt"):
        ran = live.run(name, live.url)
        assert "sqlplumb changes no database of PostgreSQL" in ran.out + ran.err, ran
        assert ran.code == 3


IS_NIGHT = "SQLPLUMB_EXAMPLES" in os.environ
CASES = sorted(path.name for path in (Path(__file__).parent / "postgres_cases").iterdir())


@pytest.mark.parametrize("style", ["sql", "ops"] if IS_NIGHT else ["ops"])
@pytest.mark.parametrize("case", CASES if IS_NIGHT else ["policies"])
def test_each_case_is_revised_there_and_back(
    project: Project, run: Run, case: str, style: str
) -> None:
    """`revise` proves what it writes: a chain, too, and each of its ways back."""
    folder = Path(__file__).parent / "postgres_cases" / case
    project.alembic()
    url = empty(MAJORS[-1])
    project.write("pyproject.toml", f'[tool.sqlplumb]\ndatabases = ["{url}"]\nstyle = "{style}"\n')
    for side in ("current", "desired", "current"):
        project.write("schema.sql", (folder / f"{side}.sql").read_text("utf-8"))
        ran = run("revise", "-m", side, "--allow", "destructive")
        assert ran.code == 0, ran
