"""A difference that is accepted, with a reason and a day, is no drift until then; and no plan
forgets it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.commands import accepting

if TYPE_CHECKING:
    from tests.applied import DESIRED, Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import DESIRED, Ground, ground

ACCEPT = """\
[tool.sqlplumb]
databases = ["sqlite:///app.db"]
accept = [{{ object = "{}", reason = "until 2.0 is out", until = 2027-03-01 }}]
"""
SCHEMA = "CREATE TABLE tasks (id INTEGER PRIMARY KEY, state TEXT);\n"
URL = "sqlite:///app.db"


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "today", lambda: date(2027, 3, 1))


def laid(project: Project, name: str, more: str) -> None:
    project.write("pyproject.toml", ACCEPT.format(name))
    project.write("schema.sql", SCHEMA)
    (project.root / "app.db").unlink(missing_ok=True)
    project.database(SCHEMA + more)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("tasks.note", "ALTER TABLE tasks ADD COLUMN note TEXT"),
        ("Tasks.Note", "ALTER TABLE tasks ADD COLUMN note TEXT"),
        ("ix_wish", "CREATE INDEX ix_wish ON tasks (state)"),
        ("index:ix_wish", "CREATE INDEX ix_wish ON tasks (state)"),
        (
            "stray",
            "CREATE TABLE stray (a TEXT, b TEXT CHECK (b <> '')); CREATE INDEX i ON stray (a)",
        ),
    ],
)
def test_what_an_object_covers(name: str, more: str, project: Project, run: Run) -> None:
    laid(project, name, more)
    told = run("check")
    assert told.code == 0, told.out
    assert f"accepted: {name} differs, which is accepted until 2027-03-01: until 2.0" in told.out
    (mirror,) = run("check", "--format", "json").json["mirrors"]
    assert (mirror["state"], mirror["changes"]) == ("plumb", [])
    (accepted,) = mirror["accepted"]
    assert (accepted["reason"], accepted["until"]) == ("until 2.0 is out", "2027-03-01")
    assert accepted["changes"]
    annotated = run("check", "--format", "github").out
    assert annotated.startswith(f"ignored drift: {name} differs, which is accepted until")
    assert run("diff", URL, "schema.sql").code == 1


def test_it_covers_nothing_else(project: Project, run: Run) -> None:
    laid(project, "tasks", "ALTER TABLE tasks ADD COLUMN note TEXT")
    told = run("check")
    assert told.code == 1
    assert "accept 'tasks' (until 2.0 is out) is stale" in told.err


def test_it_ends(project: Project, run: Run) -> None:
    laid(project, "tasks.note", "ALTER TABLE tasks ADD COLUMN note TEXT")
    project.patch.setattr(accepting, "today", lambda: date(2027, 3, 2))
    told = run("check")
    assert told.code == 1
    assert "tasks.note was accepted until 2027-03-01, which is past" in told.out
    assert "stale" not in told.err
    annotated = run("check", "--format", "github").out.splitlines()
    assert annotated[0].startswith("::error ")
    assert annotated[1].startswith("warning expired: tasks.note was accepted until 2027-03-01")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('{ object = "a" }', "needs an object and a reason"),
        ('{ object = "a", reason = "b", until = "2027" }', "until must be a date"),
        ('{ object = "a", reson = "b" }', "reson is not a setting"),
        ('"tasks.note"', "must be a list of tables"),
    ],
)
def test_what_cannot_be_read(written: str, told: str, project: Project, run: Run) -> None:
    project.write("pyproject.toml", f"[tool.sqlplumb]\naccept = [{written}]\n")
    ran = run("check")
    assert ran.code == 2
    assert told in ran.err


# --------------------------------------------------------------------- live databases


@pytest.fixture
def live(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    return made


def settings(live: Ground, name: str) -> None:
    live.history.project.write("pyproject.toml", ACCEPT.format(name))


def test_apply_and_whoever_starts(live: Ground) -> None:
    live.history.execute("ALTER TABLE users ADD COLUMN note TEXT; UPDATE users SET note = 'kept'")
    assert live.apply().code == 3
    settings(live, "users.note")
    receipt = live.receipt()
    assert receipt["outcome"] == "applied", receipt
    assert live.ask("SELECT DISTINCT note FROM users") == [("kept",)]
    sqlplumb.require_plumb(URL)
    assert "plumb" in live.history.run("status", URL).out
    live.history.execute("DROP TABLE alembic_version")
    adopted = live.history.run("adopt", URL)
    assert adopted.code == 0, adopted.err


def test_a_revision_that_makes_its_table_anew_is_refused(live: Ground) -> None:
    """It was proved without the column, and would copy the rows without it."""
    live.history.execute("ALTER TABLE tasks ADD COLUMN note TEXT; UPDATE tasks SET note = 'kept'")
    settings(live, "tasks.note")
    before = live.bytes()
    told = live.apply()
    assert told.code == 3
    assert "revision second changes the table of tasks.note" in told.err
    assert live.apply("--dry-run").code == 3
    assert live.bytes() == before
    behind = live.history.run("check", URL, "--format", "json").json["mirrors"][0]
    assert behind["state"] == "behind"


def test_revise_mends_it(live: Ground) -> None:
    more = DESIRED.replace("notes TEXT", "notes TEXT,\n    extra TEXT")
    live.history.project.write("schema.sql", more)
    settings(live, "tasks.extra")
    assert live.history.run("check", "history").code == 0
    revised = live.history.run("revise", "-m", "more", "--rev-id", "third")
    assert revised.code == 0, revised.err
    assert "extra" in (live.history.versions / "third_more.py").read_text()
