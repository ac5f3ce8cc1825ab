"""What an application may ask before it starts, and what that must not do to it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

import sqlplumb
from sqlplumb.engines import engine

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground

URL = "sqlite:///app.db"


@pytest.fixture
def behind(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    made.history.project.write("pyproject.toml", "[tool.sqlplumb]\n")
    return made


def test_it_must_be_at_the_end(behind: Ground) -> None:
    with pytest.raises(sqlplumb.NotPlumb, match="first"):
        sqlplumb.require_plumb(URL)
    receipt = sqlplumb.apply(URL)
    assert receipt.outcome == "applied"
    sqlplumb.require_plumb(URL)
    assert sqlplumb.apply(URL).outcome == "nothing to do"


def test_it_must_be_plumb(behind: Ground) -> None:
    sqlplumb.apply(URL)
    behind.history.execute("DROP TRIGGER tasks_gone")
    with pytest.raises(sqlplumb.NotPlumb, match="tasks_gone"):
        sqlplumb.require_plumb(URL)
    with pytest.raises(sqlplumb.Refused):
        sqlplumb.apply(URL)


def test_a_database_that_nobody_versioned_is_to_be_adopted(behind: Ground) -> None:
    sqlplumb.apply(URL)
    behind.history.execute("DROP TABLE alembic_version")
    with pytest.raises(sqlplumb.NotPlumb) as refused:
        sqlplumb.require_plumb(URL)
    assert refused.value.problems[0].advice.startswith("`sqlplumb adopt sqlite:///app.db` finds")
    assert sqlplumb.adopt(URL).outcome == "adopted"
    sqlplumb.require_plumb(URL)


def test_an_engine_is_asked_as_it_is(behind: Ground) -> None:
    alchemy = create_engine(f"sqlite:///{behind.database}")
    with pytest.raises(sqlplumb.NotPlumb):
        sqlplumb.require_plumb(alchemy)
    sqlplumb.apply(URL)
    sqlplumb.require_plumb(alchemy)
    alchemy.dispose()


def test_it_is_found_from_anywhere(behind: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlplumb.apply(URL)
    monkeypatch.chdir("/")
    config = behind.root / "pyproject.toml"
    sqlplumb.require_plumb(f"sqlite:///{behind.database}", config=config)


def test_a_new_file_is_made(behind: Ground) -> None:
    sqlplumb.apply("sqlite:///new.db")
    sqlplumb.require_plumb("sqlite:///new.db")
    with pytest.raises(sqlplumb.DatabaseFailed):
        sqlplumb.require_plumb("sqlite:///none.db")


def test_it_writes_nothing_to_stdout(behind: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    sqlplumb.apply(URL)
    sqlplumb.require_plumb(URL)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_it_takes_no_lock_away(behind: Ground, mode: str) -> None:
    """To close a file takes all locks away that a process has on it, whoever opened it."""
    sqlplumb.apply(URL)
    with closing(sqlite3.connect(behind.database, isolation_level=None)) as own:
        own.execute(f"PRAGMA journal_mode = {mode}")
        own.execute("BEGIN IMMEDIATE")
        sqlplumb.require_plumb(URL)
        sqlplumb.apply(URL)
        sqlplumb.read(URL)
        assert not _may_write(behind)
    assert _may_write(behind)


def _may_write(ground: Ground) -> bool:
    """May another process? Locks are between processes."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        other = sqlite3.connect(ground.database, isolation_level=None, timeout=0)
        other.execute("BEGIN IMMEDIATE")
        os._exit(0)
    finally:
        os._exit(1)


ASK = """\
import sqlplumb, sys
try:
    sqlplumb.require_plumb("sqlite:///app.db")
except sqlplumb.NotPlumb:
    print("not plumb")
print("alembic" in sys.modules)
"""


def asked(ground: Ground) -> list[str]:
    """Whether it is plumb, and whether a replay was needed to know."""
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=ground.root, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


def test_at_the_proved_end_nothing_is_replayed(behind: Ground) -> None:
    assert asked(behind) == ["not plumb", "True"]
    sqlplumb.apply(URL)
    assert asked(behind) == ["False"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("DROP INDEX ix_tasks_user", ["not plumb", "True"]),
        ("UPDATE alembic_version SET version_num = 'first'", ["not plumb", "True"]),
        ("DROP INDEX ix_tasks_user; CREATE INDEX 'ix_tasks_user' ON tasks (user_id)", ["True"]),
    ],
)
def test_anything_else_is_looked_at(behind: Ground, change: str, expected: list[str]) -> None:
    sqlplumb.apply(URL)
    behind.history.execute(change)
    assert asked(behind) == expected


def test_a_history_that_is_not_the_proved_one(behind: Ground) -> None:
    sqlplumb.apply(URL)
    third = 'from alembic import op\nrevision = "third"\ndown_revision = "second"\n'
    file = behind.history.project.write("migrations/versions/third.py", third)
    assert asked(behind) == ["not plumb", "True"]
    file.unlink()
    second = behind.history.second()
    second.write_bytes(second.read_bytes() + b"# more\n")
    assert asked(behind) == ["True"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("CREATE TABLE t (a TEXT, CHECK (a <> ',)'), CHECK (a <> '('))", True),
        ("CREATE TABLE t (CHECK (a <> '('), a TEXT, CHECK (a <> ',)'))", True),
        ("CREATE TABLE t (a TEXT, CHECK (a <> '('), CHECK (a <> ')'), CHECK (a <> ',)'))", False),
        ("CREATE TABLE t (a TEXT, CHECK (a <> '(,')), CHECK (a <> ')')", False),
        ("CREATE TABLE t (a TEXT, CHECK (a <> '('), CHECK (a <> ',)')) STRICT", False),
    ],
)
def test_words_in_another_order(text: str, same: bool) -> None:
    known = "CREATE TABLE t (a TEXT, CHECK (a <> '('), CHECK (a <> ',)'))"
    words = engine("sqlite").wording
    assert (words({"t": [known]}, "") == words({"t": [text]}, "")) is same
