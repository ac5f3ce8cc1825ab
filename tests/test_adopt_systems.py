"""Databases of systems that lived without a history, or were damaged: what they are is named, and
what is offered brings them home with their rows.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.systems import planexe_models

if TYPE_CHECKING:
    from tests.adopted import SYSTEMS, Wild, system, wild
    from tests.conftest import Project, Run
else:
    from adopted import SYSTEMS, Wild, system, wild

EXPECTED = re.compile(r"^-- expect: (\w+) ([\w ]*?\w) (\S+?)(?: (\w+))?$", re.MULTILINE)
LEAVE = re.compile(r"^-- allow: (\S+)$", re.MULTILINE)
DAMAGED = sorted(one.stem for one in (SYSTEMS / "damage").glob("*.sql"))
TYPED = {
    "tasks": "task_id task_type task_name status created_at updated_at started_at finished_at"
    " submitted_configs error_info result_summary execution_details progress_details created_by"
    " notification_config tags",
    "task_events": "task_id event_type event_data previous_status new_status timestamp actor",
}
WAYS = ["bridge", "script"]
SETTINGS = '[tool.sqlplumb]\nschema = "schema.sql"\nignore = ["token_metrics", "feedback_item"]\n'


@pytest.fixture
def runner(project: Project, run: Run) -> Wild:
    """The history makes what the task runner's tables shall be."""
    made = wild(project, run)
    made.begin(system("shipped/desired.sql"))
    return made


def bring_home(runner: Wild, way: str, *allow: str) -> None:
    """By the command that was offered, as it stands."""
    offered = [one["command"] for one in runner.adoption()["ways"]]
    (command,) = (one for one in offered if ("--revise" in one) == (way == "bridge"))
    argv = [*command.split()[1:], *allow]
    done = runner.history.run(*argv)
    if way == "script":
        assert (done.code, done.err) == (1, "")
        with closing(sqlite3.connect(runner.root / "app.db")) as client:
            client.executescript(done.out)
        assert runner.is_at() == []
        assert runner.adopt().code == 0
    else:
        assert done.code == 0, done.err
        through = done.out.splitlines()[-1].split()[1:]
        assert runner.history.run(*through, "--no-backup", *allow).code == 0
    assert runner.is_at() == ["first"]
    assert runner.history.run("check", "sqlite:///app.db", "--strict").code == 0
    assert "nothing to do" in runner.history.run("apply", "sqlite:///app.db").out


def test_the_shipped_database_is_named_for_what_it_is(runner: Wild) -> None:
    """AUTOINCREMENT and the spelling of types; defaults in brackets are the same."""
    runner.make(system("shipped/current.sql"), system("shipped/rows.sql"))
    done = runner.adoption()
    said = {(one["object"], *one["fields"]) for one in done["measure"]["changes"]}
    types = {(f"{table}.{name}", "type") for table in TYPED for name in TYPED[table].split()}
    assert said == types | {("task_events.primary key", "autoincrement")}
    assert {one["verb"] for one in done["measure"]["changes"]} == {"alter"}
    assert done["measure"]["notes"] == []
    assert (done["exit_code"], runner.is_at()) == (3, [])
    shown = runner.adopt().out
    assert "primary key: AUTOINCREMENT differs  schema.sql:" in shown
    assert shown.count("type differs") == len(types)
    assert "DEFAULT differs" not in shown


@pytest.mark.parametrize("way", WAYS)
def test_the_shipped_database_comes_home_with_its_rows(way: str, runner: Wild) -> None:
    runner.make(system("shipped/current.sql"), system("shipped/rows.sql"))
    rows = runner.rows()
    assert (len(rows["tasks"]), len(rows["task_events"])) == (3, 4)
    bring_home(runner, way)
    assert (runner.rows(), runner.is_sound()) == (rows, True)
    assert runner.ask("SELECT * FROM sqlite_sequence WHERE name = 'task_events'")[0][1] == 17
    runner.history.execute(
        "INSERT INTO task_events (task_id, event_type) VALUES ('a1', 'LATER');"
        "DELETE FROM task_events WHERE event_id = 18;"
        "INSERT INTO task_events (task_id, event_type) VALUES ('a1', 'LAST')"
    )
    assert runner.ask("SELECT max(event_id) FROM task_events") == [(19,)]


@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_is_named_and_nothing_else(damage: str, runner: Wild) -> None:
    script = system(f"damage/{damage}.sql")
    runner.make(system("shipped/desired.sql"), system("shipped/rows.sql"), script)
    (expected,) = EXPECTED.findall(script)
    told = runner.history.run("check", "sqlite:///app.db", "--format", "json")
    for found in (told.json["mirrors"][0], runner.adoption()["measure"]):
        (change,) = found["changes"]
        fields = " ".join(change["fields"])
        verb = {"drop": "create", "create": "drop"}.get(change["verb"], change["verb"])
        assert (verb, change["kind"], change["object"], fields) == expected
        assert found["notes"] == []
    assert (told.code, runner.adopt().code, runner.is_at()) == (1, 3, [])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_is_mended_and_no_row_is_lost(way: str, damage: str, runner: Wild) -> None:
    script = system(f"damage/{damage}.sql")
    runner.make(system("shipped/desired.sql"), system("shipped/rows.sql"), script)
    rows = runner.rows()
    allow = [word for what in LEAVE.findall(script) for word in ("--allow", what)]
    if allow:
        refused = runner.adopt("--revise")
        assert refused.code == 3
        assert allow[1] in refused.err
    bring_home(runner, way, *allow)
    assert (runner.rows(), runner.is_sound()) == (rows, True)


@pytest.mark.parametrize("command", ["check", "adopt"])
def test_what_a_batch_migration_left_behind_is_called_that(command: str, runner: Wild) -> None:
    left = system("damage/leftover.sql")
    runner.make(system("shipped/desired.sql"), system("shipped/rows.sql"), left)
    said = runner.history.run(command, "sqlite:///app.db").err
    assert "_alembic_tmp_tasks was left behind by a batch migration that did not end" in said
    assert "it has 3 rows, and tasks has 3" in said
    assert "DROP TABLE _alembic_tmp_tasks" in said


def test_what_is_left_may_be_all_there_is(runner: Wild) -> None:
    """Between DROP TABLE and RENAME."""
    runner.make(system("shipped/desired.sql"), system("shipped/rows.sql"))
    runner.history.execute("ALTER TABLE tasks RENAME TO _alembic_tmp_tasks")
    said = runner.adopt().err
    assert "it holds all that is left of tasks: ALTER TABLE _alembic_tmp_tasks RENAME TO" in said
    runner.history.execute("ALTER TABLE _alembic_tmp_tasks RENAME TO tasks")
    assert runner.adopt().code == 0


@pytest.fixture
def whole(project: Project, run: Run) -> Wild:
    """The history of three systems, and a file that create_all() of one of them made, with rows."""
    made = wild(project, run)
    root = SYSTEMS.parents[1]
    for name in ("alembic.ini", "schema.sql"):
        shutil.copyfile(root / name, made.root / name)
    shutil.copytree(root / "migrations", made.root / "migrations", dirs_exist_ok=True)
    project.write("pyproject.toml", SETTINGS)
    planexe_models.create(str(made.root / "app.db"))
    return made


def test_the_nearest_of_a_shared_history_is_the_systems_own(whole: Wild) -> None:
    """The first revisions have next to no tables, and few differences; they lose all the rows."""
    done = whole.adoption()
    assert (done["revision"], done["exit_code"]) == ("2c9f80d1b6e4", 3)


def test_where_a_hint_can_stand_is_said_where_one_is_advised(whole: Wild) -> None:
    said = whole.adopt("--revise").err
    assert "2 rows of plans would be refused by plans.ck_plans_id CHECK (length(id) = 36)" in said
    way = "`sqlplumb adopt sqlite:///app.db --as head --revise` leads to schema.sql, where it can"
    assert f"at the column in schema.sql. A hint cannot stand in a revision: {way}" in said
    assert "A hint cannot stand" not in whole.adopt("--as", "head", "--revise").err
    assert whole.is_at() == []
