"""Killed at any statement, or at any moment: the database is at one revision or the other.

And many that start at once: one of them works, and all of them end on the same database.
SQLPLUMB_KILLS says how many are killed; CI is content with twenty.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.cli import main
from sqlplumb.engines.sqlite.live import locked_database, write_lock

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground

KILLS = int(os.environ.get("SQLPLUMB_KILLS", "20"))
AT_ONCE = 8
APPLY = ["apply", "sqlite:///app.db", "--quiet"]


@pytest.fixture(params=["delete", "wal"])
def stage(request: pytest.FixtureRequest, project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    made.ask(f"PRAGMA journal_mode = {request.param}")
    shutil.copyfile(made.database, made.root / "kept")
    return made


def in_a_child(work: Callable[[], int]) -> int:
    """Its id. It says nothing, and cannot come back."""
    if child := os.fork():
        return child
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
        os._exit(work())
    finally:
        os._exit(99)


def ended(child: int) -> int:
    """The exit code, or the signal below zero."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def tracing(said: Callable[[str], None]) -> Callable[[Path], sqlite3.Connection]:
    connect = write_lock.connect

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(said)
        return connection

    return traced


def killed_at(number: int) -> Callable[[], int]:
    """When it is about to run its statement of this number."""
    seen = iter(range(number + 1))

    def count(statement: str) -> None:
        if next(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> int:
        locked_database.__dict__["connect"] = tracing(count)
        return main(APPLY)

    return work


def fresh(ground: Ground) -> None:
    for left in ground.left():
        (ground.root / left).unlink()
    shutil.copyfile(ground.root / "kept", ground.database)


def holds(ground: Ground, rows: dict[str, Any]) -> str:
    """Whatever happened, nothing did; and the next one finishes, though nobody has opened what was
    left: only a copy is looked at. The revision that was found."""
    found = ground.revision(ground.seen())
    assert found in ("first", "second")
    assert (ground.rows("seen.db"), ground.is_sound("seen.db")) == (rows, True)
    assert ground.apply("--quiet").code == 0
    assert ground.revision(ground.seen()) == "second"
    assert (ground.rows("seen.db"), ground.is_sound("seen.db")) == (rows, True)
    return found


def test_killed_at_a_statement(stage: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, said = stage.rows(), list[str]()
    with monkeypatch.context() as patch:
        patch.setattr(locked_database, "connect", tracing(said.append))
        assert stage.apply("--quiet").code == 0
    commit = said.index("COMMIT")
    assert len(said) > commit > 20
    chosen = {round(one * (len(said) - 1) / (KILLS // 2)) for one in range(KILLS // 2)}
    found = {}
    for number in sorted({*chosen, commit, commit + 1}):
        fresh(stage)
        assert ended(in_a_child(killed_at(number))) == -signal.SIGKILL, number
        found[number] = holds(stage, rows)
    assert {one for at, one in found.items() if at <= commit} == {"first"}
    assert found[commit + 1] == "second"


def test_killed_at_any_moment(stage: Ground) -> None:
    rows, dice = stage.rows(), random.Random(7)  # noqa: S311
    start = time.monotonic()
    assert ended(in_a_child(lambda: main(APPLY))) == 0
    whole = time.monotonic() - start
    for _ in range(KILLS // 4):
        fresh(stage)
        child = in_a_child(lambda: main(APPLY))
        time.sleep(dice.uniform(0.3, 1) * whole)
        os.kill(child, signal.SIGKILL)
        assert ended(child) in (0, -signal.SIGKILL)
        holds(stage, rows)


@pytest.mark.parametrize("time", range(max(1, KILLS // 8)))
def test_many_at_once(stage: Ground, time: int) -> None:
    rows = stage.rows()
    children = [in_a_child(lambda: main(APPLY)) for _ in range(AT_ONCE)]
    assert [ended(child) for child in children] == [0] * AT_ONCE
    assert (stage.revision(), stage.rows(), stage.is_sound()) == ("second", rows, True)
    assert len(list(stage.root.glob("*.receipt.json"))) == 1
    assert len(list(stage.root.glob("*.backup"))) == 1


def test_a_file_that_may_not_be_written(stage: Ground) -> None:
    """Not even root may write what is handed to somebody else."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    for folder in (stage.root, *stage.root.parents[:3]):
        folder.chmod(0o755)
    before = stage.bytes()

    def work() -> int:
        os.setuid(65534)
        return main([*APPLY, "--backup", "/tmp/sqlplumb-nobody"])  # noqa: S108

    assert ended(in_a_child(work)) == 4
    assert (stage.bytes(), stage.revision()) == (before, "first")
