"""ResinKit: tasks rebuilt under their events, killed in the middle; sources without a server."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import IntegrityError

from sqlplumb.cli import main
from sqlplumb.engines.sqlite.live import locked_database

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.old_systems import HEAD, Old, old
    from tests.test_apply_killed import ended, in_a_child, tracing
else:
    from old_systems import HEAD, Old, old
    from test_apply_killed import ended, in_a_child, tracing

APPLY = ["apply", "sqlite:///app.db", "--quiet"]
FIRST, RENAMED, LAST = "a53a22092259", "a261d8461fde", "9f41c6d07b28"
TASKS = "SELECT task_id, task_name, status, priority, submitted_configs, tags, active FROM tasks"
EVENTS = "SELECT event_id, task_id, event_type, previous_status, new_status FROM task_events"
SOURCES = 'SELECT name, kind, host, port, "database", encrypted_user, extra_params FROM {}'
MOMENTS = (
    "CREATE TABLE _alembic_tmp_tasks",
    "DROP TABLE tasks",
    "CREATE INDEX idx_tasks_expires_at",
)


@pytest.fixture
def resinkit(project: Project, run: Run) -> Old:
    return old(project, run)


def kept(resinkit: Old) -> list[Any]:
    return [resinkit.ask(f"{one} ORDER BY 1") for one in (TASKS, EVENTS)]


def holds(resinkit: Old, rows: list[Any]) -> None:
    """What a rebuild is known to lose, and has not."""
    assert (resinkit.revision(), kept(resinkit)) == (HEAD, rows)
    assert resinkit.is_plumb()
    live = "SELECT name FROM sqlite_master WHERE sql LIKE '%ON tasks%WHERE active = 1' ORDER BY 1"
    assert resinkit.ask(live) == [("idx_tasks_status",), ("idx_tasks_task_type",)]
    assert "idx_tasks_expires_at" in resinkit.indexes("tasks")
    with pytest.raises(sqlite3.IntegrityError, match="valid_task_status"):
        resinkit.ask("UPDATE tasks SET status = 'TIMEOUT'")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        resinkit.ask("DELETE FROM tasks WHERE task_id = 't-1'")
    resinkit.ask("INSERT INTO task_events (task_id, event_type) VALUES ('t-1', 'NOTE')")
    assert resinkit.one("SELECT max(event_id) FROM task_events") == 41  # 40 was given out once


def test_tasks_expire_and_are_rebuilt_under_their_events(resinkit: Old) -> None:
    resinkit.begin(FIRST, "resinkit.sql")
    rows = kept(resinkit)
    ran = resinkit.apply()
    assert ran.code == 0, ran.err
    assert resinkit.ask("SELECT DISTINCT expires_at FROM tasks") == [(None,)]
    holds(resinkit, rows)


def test_with_foreign_keys_on_it_is_refused_and_nothing_is_left_behind(resinkit: Old) -> None:
    """Alembic under an env.py that turns them on: DROP TABLE would take the events along."""
    resinkit.begin(FIRST, "resinkit.sql")
    env = resinkit.root / "migrations" / "env.py"
    text = env.read_text("utf-8")
    env.write_text(text.replace("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"), "utf-8")
    before = resinkit.dump()
    with pytest.raises(IntegrityError, match="foreign keys are off"):
        resinkit.history.upgrade("head")
    assert resinkit.dump() == before
    env.write_text(text, "utf-8")
    resinkit.history.upgrade("head")
    assert resinkit.is_plumb()


def killed_before(words: str) -> Callable[[], int]:
    """As kill -9 does it, when a statement that begins so is about to run."""

    def look(statement: str) -> None:
        if statement.strip().startswith(words):
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> int:
        locked_database.__dict__["connect"] = tracing(look)
        return main(APPLY)

    return work


@pytest.mark.parametrize("words", MOMENTS)
def test_killed_in_the_middle_of_the_rebuild(resinkit: Old, words: str) -> None:
    """The revisions before are there, this one is not, and the next call finishes."""
    resinkit.begin(FIRST, "resinkit.sql", LAST)
    rows = kept(resinkit)
    assert ended(in_a_child(killed_before(words))) == -signal.SIGKILL
    with copied(resinkit):
        assert (resinkit.revision(), kept(resinkit)) == (LAST, rows)
        assert not resinkit.ask("SELECT name FROM sqlite_master WHERE name GLOB '_[pa]l*_*'")
    assert resinkit.apply().code == 0
    holds(resinkit, rows)


@contextmanager
def copied(one: Old) -> Iterator[None]:
    """What is opened meanwhile is a copy: to open the database itself would roll it back."""
    files = {file: file.read_bytes() for file in one.root.glob("app.db*")}
    yield
    for file in one.root.glob("app.db*"):
        file.unlink()
    for file, content in files.items():
        file.write_bytes(content)


@pytest.mark.parametrize("part", [0.5, 0.75, 0.9])
def test_a_process_killed_at_any_moment(resinkit: Old, part: float) -> None:
    """`kill -9` from outside: at whatever revision it stops, its rows are whole."""
    resinkit.begin(FIRST, "resinkit.sql", "8749741d")
    rows, file = kept(resinkit), resinkit.root / "app.db"
    shutil.copyfile(file, resinkit.root / "kept.db")
    command = [sys.executable, "-m", "sqlplumb", *APPLY]
    start = time.monotonic()
    assert subprocess.run(command, cwd=resinkit.root, check=False).returncode == 0
    whole = time.monotonic() - start
    for left in resinkit.root.glob("app.db*"):
        left.unlink()
    shutil.copyfile(resinkit.root / "kept.db", file)
    child = subprocess.Popen(command, cwd=resinkit.root)
    time.sleep(part * whole)
    child.kill()
    assert child.wait() in (0, -signal.SIGKILL)
    with copied(resinkit):
        assert kept(resinkit) == rows
    assert resinkit.apply().code == 0
    holds(resinkit, rows)


def test_sources_are_renamed_and_lose_their_server(resinkit: Old) -> None:
    resinkit.begin("b8c1bd22cb20", "sources.sql")
    rows = resinkit.ask(SOURCES.format("sql_sources"))
    resinkit.history.upgrade(RENAMED)
    assert resinkit.ask(SOURCES.format("data_sources")) == rows
    assert resinkit.indexes("data_sources") == {"idx_data_sources_name", "idx_data_sources_kind"}
    assert not resinkit.ask("SELECT name FROM sqlite_master WHERE sql LIKE '%sql_sources%'")
    with pytest.raises(sqlite3.IntegrityError, match=r"data_sources\.host"):
        resinkit.ask("UPDATE data_sources SET host = NULL")
    resinkit.history.upgrade("head")
    assert resinkit.ask(SOURCES.format("data_sources")) == rows
    resinkit.ask("UPDATE data_sources SET host = NULL, port = NULL WHERE name = 'lake'")
    assert resinkit.is_plumb()


def test_and_back_while_one_has_no_server(resinkit: Old) -> None:
    """Refused by the column that has a NULL, and nothing is changed; then all goes back."""
    resinkit.begin("b8c1bd22cb20", "sources.sql")
    rows = resinkit.ask(SOURCES.format("sql_sources"))
    resinkit.history.upgrade("head")
    resinkit.ask("UPDATE data_sources SET host = NULL WHERE name = 'lake'")
    before = resinkit.dump()
    with pytest.raises(IntegrityError, match=r"NOT NULL constraint failed: data_sources\.host"):
        resinkit.history.downgrade(RENAMED)
    assert (resinkit.revision(), resinkit.dump()) == (HEAD, before)
    resinkit.ask("UPDATE data_sources SET host = 'db.example' WHERE name = 'lake'")
    resinkit.history.downgrade("b8c1bd22cb20")
    assert resinkit.ask(SOURCES.format("sql_sources")) == rows
    assert resinkit.indexes("sql_sources") == {"idx_sql_sources_name", "idx_sql_sources_kind"}


def test_the_way_back_as_a_revision_names_what_has_no_server(resinkit: Old) -> None:
    """Whoever wants NOT NULL again is told which rows stand in the way, before it is written."""
    resinkit.begin("b8c1bd22cb20", "sources.sql", "head")
    resinkit.ask("UPDATE data_sources SET host = NULL, port = NULL WHERE name = 'lake'")
    schema = resinkit.root / "schema.sql"
    again = schema.read_text("utf-8").replace("    host TEXT,\n", "    host TEXT NOT NULL,\n")
    schema.write_text(again, "utf-8")
    seen = resinkit.history.run("revise", "-m", "back", "--database", "sqlite:///app.db")
    assert seen.code == 3
    assert "1 row of data_sources would be refused by data_sources.host NOT NULL" in seen.err
    assert "'lake', NULL" in seen.err
