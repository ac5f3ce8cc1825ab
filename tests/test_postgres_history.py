"""A history that ran on PostgreSQL is remembered between commands, by all that made it: what it
made is read again without a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.postgres import MAJORS, database, server

from sqlplumb.engines.postgres.server.choose import Servers
from sqlplumb.sources import replay, replay_cache

if TYPE_CHECKING:
    from tests.conftest import Project, Run

COUNT = 3
REVISION = "op.execute('CREATE TABLE t{0} (a integer PRIMARY KEY, b text DEFAULT now())')"
TABLES = "".join(
    f"CREATE TABLE t{number} (a integer PRIMARY KEY, b text DEFAULT now());\n"
    for number in range(COUNT)
)


@pytest.fixture(params=MAJORS)
def live(request: pytest.FixtureRequest) -> Iterator[str]:
    with database(server(int(request.param)), TABLES) as url:
        yield url


@pytest.fixture
def history(
    live: str, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project whose scratch is the server of its database, read as by a process that began
    later."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(replay_cache, "_BEGAN", sys.maxsize)
    project.alembic()
    for number in range(COUNT):
        down = f"rev{number - 1}" if number else None
        project.revision(f"rev{number}", down, REVISION.format(number))
    project.write("schema.sql", TABLES)
    project.write(
        "pyproject.toml", f'[tool.sqlplumb]\ndatabases = ["{live}"]\nscratch = "target"\n'
    )
    with psycopg.connect(live, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        connection.execute(f"INSERT INTO alembic_version VALUES ('rev{COUNT - 1}')".encode())
    return project


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked for: a server, or a run of revisions."""
    found: list[str] = []
    choose, upgrade = Servers.choose, replay.Replay.upgrade

    def noted(self: Servers, *asked: object) -> object:
        found.append("server")
        return choose(self, *asked)  # type: ignore[arg-type]

    def ran(self: replay.Replay, *asked: object) -> None:
        found.append("run")
        upgrade(self, *asked)  # type: ignore[arg-type]

    monkeypatch.setattr(Servers, "choose", noted)
    monkeypatch.setattr(replay.Replay, "upgrade", ran)
    return found


def _revision(project: Project, number: int) -> Path:
    (file,) = (project.root / "migrations" / "versions").glob(f"rev{number}*.py")
    return file


@pytest.mark.parametrize(
    "command", [("check", "history"), ("check",), ("status",), ("diff", "history", "schema.sql")]
)
def test_the_second_time_no_server_is_needed(
    command: tuple[str, ...], history: Project, chosen: list[str], run: Run
) -> None:
    first = run(*command)
    assert first.code == 0 and "run" in chosen
    chosen.clear()
    second = run(*command)
    assert (second.code, second.out) == (first.code, first.out)
    assert chosen == []


@pytest.mark.usefixtures("history")
def test_nothing_is_remembered_where_that_is_forbidden(chosen: list[str], run: Run) -> None:
    for _ in range(2):
        assert run("check", "history", "--no-cache").code == 0
    assert chosen.count("run") == 2


@pytest.mark.parametrize(
    ("former", "latter", "seen"),
    [("b text", "b varchar", "type differs"), ("DEFAULT now()", "DEFAULT 5", "DEFAULT differs")],
)
def test_a_revision_that_changed_is_seen(
    former: str, latter: str, seen: str, *, history: Project, chosen: list[str], run: Run
) -> None:
    assert run("check", "history").code == 0
    file = _revision(history, 1)
    file.write_text(file.read_text().replace(former, latter))
    chosen.clear()
    ran = run("check", "history")
    assert ran.code == 1 and seen in ran.out and "run" in chosen


def test_env_and_settings_are_part_of_the_key(
    history: Project, chosen: list[str], run: Run
) -> None:
    assert run("check", "history").code == 0
    for name in ("migrations/env.py", "alembic.ini"):
        file = history.root / name
        file.write_text(file.read_text() + "\n# changed\n")
        chosen.clear()
        assert run("check", "history").code == 0
        assert "run" in chosen


def test_what_looks_elsewhere_runs_each_time(history: Project, chosen: list[str], run: Run) -> None:
    file = _revision(history, 2)
    file.write_text("import os\n" + file.read_text())
    for _ in range(2):
        chosen.clear()
        assert run("check", "history").code == 0
        assert "run" in chosen


def test_a_revision_more_is_written_and_proved(
    history: Project, chosen: list[str], run: Run
) -> None:
    """The comparison needs no server; the proof does."""
    assert run("check", "history").code == 0
    chosen.clear()
    ran = run("revise", "-m", "nothing")
    assert "run" not in chosen and "wrote " not in ran.out
    history.write("schema.sql", TABLES.replace("b text", "c integer, b text", 1))
    ran = run("revise", "-m", "a column more")
    assert ran.code == 0 and "wrote " in ran.out
    assert "run" in chosen
    assert run("check", "history").code == 0


def test_what_differs_is_told_as_ever(history: Project, chosen: list[str], run: Run) -> None:
    history.write("schema.sql", TABLES.replace("b text", "b varchar(5)", 1))
    first = run("check", "history", "--format", "json")
    chosen.clear()
    second = run("check", "history", "--format", "json")
    assert first.code == second.code == 1
    assert first.json == second.json
