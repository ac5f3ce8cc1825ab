"""A bridge leads one kind of database to a revision, with its rows, behind gates; or not at all."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command

if TYPE_CHECKING:
    from tests.adopted import FIRST, ROWS, SECOND, Wild, wild
    from tests.conftest import Project, Run
else:
    from adopted import FIRST, ROWS, SECOND, Wild, wild

CASES = [
    one.parent
    for one in sorted((Path(__file__).parent / "cases").glob("*/current.sql"))
    if one.read_text("utf-8").strip() and one.with_name("desired.sql").read_text("utf-8").strip()
]
# As create_all() made it once, and a person went on: no AUTOINCREMENT, one index less, one more.
GROWN = """\
CREATE TABLE users (
\tid INTEGER PRIMARY KEY,
\tname TEXT NOT NULL
);
CREATE TABLE tasks (
\tid INTEGER NOT NULL,
\tuser_id INTEGER NOT NULL,
\tstate TEXT NOT NULL,
\tnotes TEXT,
\tCONSTRAINT ck_state CHECK (state IN ('open', 'done')),
\tPRIMARY KEY (id),
\tFOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_tasks_state ON tasks (state);
"""


@pytest.fixture
def found(project: Project, run: Run) -> Wild:
    made = wild(project, run)
    made.begin(FIRST, SECOND)
    made.make(GROWN, ROWS)
    return made


def through(found: Wild, file: Path, *argv: str) -> Any:
    done = found.adopt("--through", str(file), "--format", "json", *argv)
    (receipt,) = done.json["receipts"]
    assert receipt["exit_code"] == done.code
    return receipt


def refused(found: Wild, file: Path, gate: str, code: int = 3, *argv: str) -> str:
    """This gate stays shut, and the file is what it was."""
    before = found.bytes()
    receipt = through(found, file, *argv)
    shut = [one["gate"] for one in receipt["gates"] if one["outcome"] == "shut"]
    assert (receipt["exit_code"], shut, found.bytes()) == (code, [gate], before)
    return " ".join(one["message"] for one in receipt["problems"])


@pytest.mark.parametrize("style", ["batch", "sql"])
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_it_leads_there_and_writes_down_where_that_is(
    style: str, mode: str, found: Wild, run: Run
) -> None:
    found.ask(f"PRAGMA journal_mode = {mode}")
    rows, versions = found.rows(), sorted(found.history.versions.iterdir())
    file = found.bridge("--style", style)
    assert found.is_at() == []
    receipt = through(found, file)
    assert receipt["outcome"] == "applied"
    assert {one["outcome"] for one in receipt["gates"]} == {"passed"}
    assert (receipt["before"]["revisions"], receipt["after"]["revisions"]) == ([], ["second"])
    assert (found.is_at(), found.rows(), found.is_sound()) == (["second"], rows, True)
    assert found.ask("PRAGMA journal_mode") == [(mode,)]
    assert sorted(one for one in found.history.versions.iterdir() if one.suffix == ".py") == [
        one for one in versions if one.suffix == ".py"
    ]
    assert run("check", "sqlite:///app.db").code == 0
    assert run("prove").code == 0
    assert "adopted already" in found.adopt().out


def test_it_stands_alone(found: Wild) -> None:
    tree = ast.parse(found.bridge().read_text("utf-8"))
    nodes = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
    names = [a.name for one in nodes if isinstance(one, ast.Import) for a in one.names]
    names += [one.module or "" for one in nodes if isinstance(one, ast.ImportFrom)]
    assert "alembic" in names
    assert set(names) <= {"alembic", "sqlalchemy"}


def test_alembic_alone_can_run_it_and_take_it_back(found: Wild) -> None:
    file, before, rows = found.bridge(), found.ask("SELECT sql FROM sqlite_master"), found.rows()
    config = found.history.config("app.db")
    config.set_main_option("version_locations", str(file.parent))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
    assert (found.is_at(), found.rows()) == (["second"], rows)
    assert found.history.run("check", "sqlite:///app.db").code == 0
    command.downgrade(config, "base")
    assert (found.is_at(), found.rows()) == ([], rows)
    assert len(found.ask("SELECT sql FROM sqlite_master")) >= len(before)


def test_it_may_lead_to_an_earlier_revision(found: Wild, run: Run) -> None:
    rows = found.rows()
    receipt = through(found, found.bridge("--as", "first"))
    assert receipt["after"]["revisions"] == ["first"]
    assert run("apply", "sqlite:///app.db").code == 0
    assert (found.is_at(), found.rows()) == (["second"], rows)


def test_a_dry_run_shows_what_it_does(found: Wild) -> None:
    file, before = found.bridge(), found.bytes()
    receipt = through(found, file, "--dry-run")
    assert (receipt["outcome"], found.bytes()) == ("rehearsed", before)
    (done,) = receipt["revisions"]
    statements = [one["statement"] for one in done["statements"]]
    assert any("ix_tasks_user" in one for one in statements)


def test_what_was_written_is_told_to_machines_too(found: Wild) -> None:
    done = found.adopt("--revise", "--format", "json").json
    assert (done["revision"], done["outcome"]) == ("second", "written")
    assert done["proof"]["rows"] > 0
    (way,) = done["ways"]
    assert found.history.run(*way["command"].split()[1:]).code == 0
    assert found.is_at() == ["second"]


def test_it_runs_once(found: Wild) -> None:
    file = found.bridge()
    assert through(found, file)["outcome"] == "applied"
    before = found.bytes()
    assert through(found, file)["outcome"] == "nothing to do"
    assert found.bytes() == before
    found.history.execute("DROP INDEX ix_tasks_user")
    assert through(found, file)["exit_code"] == 3


def test_two_at_once(found: Wild) -> None:
    """One runs, and the other one finds it done."""
    file, rows = found.bridge(), found.rows()
    command = [sys.executable, "-m", "sqlplumb", "adopt", "sqlite:///app.db", "--through"]
    command += [str(file), "--format", "json"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    receipts = [json.loads(one.communicate()[0])["receipts"][0] for one in started]
    assert [one.returncode for one in started] == [0, 0]
    assert sorted(one["outcome"] for one in receipts) == ["applied", "nothing to do"]
    assert (found.is_at(), found.rows(), found.is_sound()) == (["second"], rows, True)


def test_what_was_there_can_be_restored(found: Wild, run: Run) -> None:
    before, rows = found.ask("SELECT type, name, sql FROM sqlite_master"), found.rows()
    receipt = through(found, found.bridge())
    kept = json.loads(Path(receipt["receipt"]).read_text("utf-8"))
    assert kept["receipts"] == [receipt]
    assert run("restore", receipt["receipt"]).code == 0
    assert (found.ask("SELECT type, name, sql FROM sqlite_master"), found.rows()) == (before, rows)
    assert found.is_at() == []


def test_another_database_of_the_same_kind_may_take_it_too(found: Wild) -> None:
    file = found.bridge()
    found.make(GROWN, "INSERT INTO users VALUES (5, 'zoe');", name="other.db")
    done = found.adopt("--through", str(file), name="other.db")
    assert (done.code, found.is_at("other.db")) == (0, ["second"])


def test_it_is_not_for_every_database(found: Wild) -> None:
    """What it is proved on is the very database that it is to change."""
    file = found.bridge()
    found.history.execute("CREATE TABLE more (a TEXT)")
    assert "more" in refused(found, file, "proved")


@pytest.mark.parametrize("worse", ["WHERE id > 5", "LIMIT 1", "WHERE 0"])
def test_one_that_was_edited_is_proved_as_it_is(worse: str, found: Wild) -> None:
    """A copy that forgets rows is no bridge, whoever wrote it."""
    file = found.bridge("--style", "sql")
    text = file.read_text("utf-8")
    copied = '\nFROM _plumb_tasks"""'  # up, and down; guards ask on one line
    assert text.count(copied) == 2
    file.write_text(text.replace(copied, f'\nFROM _plumb_tasks {worse}"""', 1))
    refused(found, file, "proved")


def test_what_it_loses_needs_leave_twice(found: Wild) -> None:
    """When it is written, and when it runs."""
    found.history.execute("ALTER TABLE users ADD COLUMN phone TEXT DEFAULT '112'")
    assert "--allow drop:users.phone" in found.adopt("--revise").err
    done = found.adopt("--revise", "--allow", "drop:users.phone")
    (file,) = (found.root / "migrations" / "bridges").glob("*.py")
    assert f"--through migrations/bridges/{file.name} --allow drop:users.phone\n" in done.out
    refused(found, file, "leave")
    assert found.adopt("--through", str(file)).err.startswith("migrations/bridges/")
    assert through(found, file, "--allow", "drop:users.phone")["outcome"] == "applied"


def test_rows_that_it_would_refuse_are_told_before_anything_is_written(found: Wild) -> None:
    found.make(FIRST, ROWS, name="loose.db")
    found.history.execute("UPDATE tasks SET state = 'lost' WHERE id = 3", "loose.db")
    done = found.adopt("--as", "second", "--revise", name="loose.db")
    assert done.code == 3
    assert "1 row of tasks would be refused" in done.err
    assert "'lost'" in done.err
    assert not (found.root / "migrations" / "bridges").exists()


def test_rows_that_came_later_shut_the_gate(found: Wild) -> None:
    (found.root / "app.db").unlink()
    found.make(FIRST, ROWS)
    file = found.bridge("--as", "second")
    found.history.execute("UPDATE tasks SET state = 'lost' WHERE id = 3")
    assert "1 row of tasks" in refused(found, file, "rows")
    assert found.is_at() == []


def test_a_hint_keeps_what_is_renamed(project: Project, run: Run) -> None:
    """The hint of schema.sql says what the table was called when create_all() made it."""
    made = wild(project, run)
    desired = "CREATE TABLE plans (id INTEGER PRIMARY KEY, title TEXT);  -- @renamed from=item\n"
    made.begin(desired)
    made.make("CREATE TABLE item (id INTEGER PRIMARY KEY, title TEXT);")
    made.history.execute("INSERT INTO item VALUES (4, 'kept')")
    assert through(made, made.bridge())["outcome"] == "applied"
    assert (made.is_at(), made.ask("SELECT * FROM plans")) == (["first"], [(4, "kept")])


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("revision = 'second'\ndown_revision = 'first'\n", 2, "is no bridge"),
        ("revision = 'elsewhere'\ndown_revision = None\n", 3, "the history does not have"),
        ("import nothing_of_that_name\n", 2, "nothing_of_that_name"),
        ("", 2, "bridge"),
    ],
)
def test_what_is_no_bridge(text: str, code: int, said: str, found: Wild) -> None:
    body = "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    file = found.history.project.write("some.py", text + (body if "revision" in text else ""))
    before = found.bytes()
    done = found.adopt("--through", str(file))
    assert (done.code, found.bytes()) == (code, before)
    assert said in done.err


def test_no_bridge_is_written_where_none_is_needed(found: Wild) -> None:
    found.make(SECOND, name="good.db")
    done = found.adopt("--revise", name="good.db")
    assert done.code == 3
    assert "no bridge is needed" in done.err
    assert found.adopt(name="good.db").code == 0
    assert "adopted already" in found.adopt("--revise", name="good.db").err


def test_a_message_of_ones_own(found: Wild) -> None:
    file = found.bridge("-m", "The shop's first database")
    assert "the_shop_s_first_database" in file.name
    assert file.read_text("utf-8").startswith('"""The shop\'s first database\n')
    assert "exists already" in found.adopt("--revise", "-m", "The shop's first database").err


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_whatever_differs_a_bridge_leads_there(case: Path, project: Project, run: Run) -> None:
    current, desired = ((case / f"{one}.sql").read_text("utf-8") for one in ("current", "desired"))
    made = wild(project, run)
    made.history.begin(desired)
    project.write("schema.sql", desired)
    made.make(current)
    if made.adopt().code == 3:
        file = made.bridge("--allow", "destructive")
        assert through(made, file, "--allow", "destructive", "--no-backup")["exit_code"] == 0
    assert made.is_at() == ["first"]
    assert run("check", "sqlite:///app.db").code == 0
