"""Rollback journals: what a killed process leaves in one, and readers who let nobody commit.

Nothing opens the database between the kill and the next `apply`: to open it would heal it. What is
looked at is a copy. SQLPLUMB_KILLS says how many are killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.cli import main
from sqlplumb.engines.sqlite.live import backup, locked_database, write_lock

if TYPE_CHECKING:
    from pathlib import Path

    from tests import clock
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
    from tests.test_apply_killed import APPLY, ended, in_a_child
else:
    import clock
    from applied import Ground, ground
    from test_apply_killed import APPLY, ended, in_a_child

KILLS = int(os.environ.get("SQLPLUMB_KILLS", "6"))
LARGE = "UPDATE tasks SET notes = hex(randomblob(2000));"  # 50 rows of a page each
URL = "sqlite:///app.db"


@pytest.fixture
def stage(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    made.history.project.write("pyproject.toml", "[tool.sqlplumb]\n")
    made.history.execute(LARGE)
    shutil.copyfile(made.database, made.root / "kept")
    return made


def spilling(mode: str, said: Callable[[str], None]) -> Callable[[Path], sqlite3.Connection]:
    """Its pages do not fit into memory."""

    def connect(path: Path) -> sqlite3.Connection:
        connection = write_lock.connect(path)
        connection.execute("PRAGMA cache_size = 5")
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        connection.set_trace_callback(said)
        return connection

    return connect


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "MOST_IN_MEMORY", 0)
    monkeypatch.setattr(locked_database, "MOST_IN_MEMORY", 0)


def killed_at(number: int, mode: str) -> Callable[[], int]:
    seen = iter(range(number + 1))

    def count(statement: str) -> None:
        if next(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> int:
        locked_database.__dict__["connect"] = spilling(mode, count)
        return main(APPLY)

    return work


def is_hot(ground: Ground) -> bool:
    """Would it have to be rolled back? Asked of a copy."""
    uri = f"file:{ground.root / ground.seen()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK
    return False


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist"])
@pytest.mark.usefixtures("little_memory")
def test_killed_with_a_hot_journal(
    stage: Ground, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, said = stage.rows(), list[str]()
    with monkeypatch.context() as patch:
        patch.setattr(locked_database, "connect", spilling(mode, said.append))
        assert stage.apply("--quiet").code == 0
    copies = next(n for n, one in enumerate(said) if one.startswith("INSERT INTO _alembic_tmp"))
    commit, count = said.index("COMMIT", copies), max(1, KILLS // 3)
    hot = 0
    for turn in range(count):
        for left in stage.left():
            (stage.root / left).unlink()
        shutil.copyfile(stage.root / "kept", stage.database)
        number = copies + 1 + turn * (commit - copies - 1) // count
        assert ended(in_a_child(killed_at(number, mode))) == -signal.SIGKILL
        hot += is_hot(stage)
        receipt = stage.receipt()
        assert (receipt["outcome"], receipt["recovered"]) == ("applied", True), receipt
        assert "was rolled back" in receipt["warnings"][0]
        assert stage.revision(stage.seen()) == "second"
        assert (stage.rows("seen.db"), stage.is_sound("seen.db")) == (rows, True)
    assert hot == count


@pytest.fixture
def hot(stage: Ground) -> Ground:
    """The application was killed in the middle of a large change of its own."""

    def work() -> int:
        connection = sqlite3.connect(stage.database, isolation_level=None)
        connection.execute("PRAGMA cache_size = 5")
        connection.execute("BEGIN")
        connection.execute("UPDATE tasks SET notes = hex(randomblob(2000))")
        connection.execute("DELETE FROM steps")
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    assert ended(in_a_child(work)) == -signal.SIGKILL
    assert is_hot(stage)
    return stage


def lies(ground: Ground) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in ground.root.glob("app.db*")}


@pytest.mark.parametrize(
    "argv", [["check", URL], ["diff", URL, "schema.sql"], ["apply", URL, "--dry-run"]]
)
def test_who_leaves_no_trace_rolls_nothing_back(hot: Ground, argv: list[str]) -> None:
    before = lies(hot)
    done = hot.history.run(*argv)
    assert (done.code, lies(hot)) == (4, before)
    assert "a process was killed while it wrote" in done.err
    assert "sqlplumb apply sqlite:///app.db" in done.err


def test_an_application_goes_on(hot: Ground, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(sqlplumb.NotPlumb, match="it is at first"):
        sqlplumb.require_plumb(URL)
    assert "was rolled back" in caplog.text
    assert hot.ask("SELECT count(*) FROM steps") == [(200,)]


def test_a_journal_beside_a_database_that_calls_itself_wal(stage: Ground) -> None:
    """Killed while it took on its WAL."""
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size = 5")
        other.execute("BEGIN")
        other.execute("UPDATE tasks SET notes = hex(randomblob(2000))")
        other.execute("DELETE FROM steps")
        stage.seen()
    with (stage.root / "seen.db").open("r+b") as file:
        file.seek(18)
        file.write(b"\x02\x02")
    for end in ("", "-journal"):
        shutil.copyfile(stage.root / f"seen.db{end}", stage.root / f"app.db{end}")
    assert stage.history.run("check", URL).code == 4
    assert stage.apply().code == 0
    assert stage.ask("SELECT count(*) FROM steps") == [(200,)]


@contextmanager
def reading(ground: Ground) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(ground.database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM users").fetchone()
        yield other


@contextmanager
def asking(ground: Ground) -> Iterator[list[float]]:
    """How long others who come to read were shut out, each time."""
    over, stretches = Event(), list[float]()

    def ask() -> None:
        began = 0.0
        while not over.wait(0.02):
            with closing(sqlite3.connect(ground.database, timeout=0)) as other:
                try:
                    other.execute("SELECT count(*) FROM users").fetchone()
                except sqlite3.OperationalError:
                    began = began or time.monotonic()
                else:
                    stretches.append(time.monotonic() - began if began else 0.0)
                    began = 0.0

    thread = Thread(target=ask)
    thread.start()
    try:
        yield stretches
    finally:
        over.set()
        thread.join()


def test_a_reader_who_never_goes(stage: Ground) -> None:
    before, rows = stage.bytes(), stage.rows()
    with reading(stage) as reader:
        with asking(stage) as shut_out:
            receipt = stage.receipt("--wait", "4")
        assert (receipt["outcome"], receipt["exit_code"]) == ("failed", 4)
        assert receipt["waited"] > 3.9
        clock.hold(receipt["waited"], below=4.5)
        clock.hold(max(shut_out), below=3)  # one second and what a busy machine makes of it
        assert len(shut_out) > 10
        assert reader.execute("SELECT count(*) FROM tasks").fetchone() == (50,)
        with closing(sqlite3.connect(stage.database, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("ROLLBACK")
    assert (stage.bytes(), stage.rows(), stage.left()) == (before, rows, [])
    assert stage.apply().code == 0


def test_a_reader_who_goes_late(stage: Ground) -> None:
    """It is begun once more, when nobody reads; what was written meanwhile is kept."""
    command = [sys.executable, "-m", "sqlplumb", "apply", URL, "--wait", "30"]
    with reading(stage):
        pipe = subprocess.PIPE
        child = subprocess.Popen(command, cwd=stage.root, stderr=pipe, text=True)
        assert child.stderr
        while "once more, when nobody reads" not in (line := child.stderr.readline()):
            assert line
    stage.history.execute("INSERT INTO log VALUES ('late')")
    with child:
        child.stderr.read()
    rows = stage.rows()
    assert (child.returncode, stage.revision(), stage.is_sound()) == (0, "second", True)
    assert ("late",) in rows["log"]
    assert len(list(stage.root.glob("*.backup"))) == 1


@pytest.mark.usefixtures("little_memory")
def test_what_fits_into_no_memory_is_done_alone(stage: Ground) -> None:
    rows = stage.rows()
    with reading(stage), asking(stage) as shut_out:
        receipt = stage.receipt("--wait", "1")
    assert (receipt["exit_code"], stage.left()) == (4, [])
    clock.hold(max(shut_out), below=0.9)
    receipt = stage.receipt()
    assert receipt["outcome"] == "applied"
    (alone,) = [one["said"] for one in receipt["gates"] if one["gate"] == "alone"]
    assert "readers wait as well" in alone
    assert (stage.revision(), stage.rows(), stage.is_sound()) == ("second", rows, True)
    (backup,) = stage.root.glob("*.backup")
    assert (stage.revision(backup.name), stage.rows(backup.name)) == ("first", rows)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_locked_for_is_what_a_writer_waits(
    stage: Ground, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup and every gate included."""
    stage.ask(f"PRAGMA journal_mode = {mode}")
    over, waited = Event(), list[float]()

    def write() -> None:
        began = 0.0
        with closing(sqlite3.connect(stage.database, timeout=0, isolation_level=None)) as other:
            while not over.wait(0.01):
                try:
                    other.execute("BEGIN IMMEDIATE")
                    other.execute("ROLLBACK")
                except sqlite3.OperationalError:
                    began = began or time.monotonic()
                else:
                    waited.append(time.monotonic() - began if began else 0.0)
                    began = 0.0
        if began:  # the lock is gone, and so is the time to ask once more
            waited.append(time.monotonic() - began)

    def slow(*words: object) -> None:
        time.sleep(1.5)
        verify(*words)

    verify: Callable[..., None] = backup._verify
    monkeypatch.setattr(backup, "_verify", slow)
    thread = Thread(target=write)
    thread.start()
    try:
        said = stage.receipt("--wait", "20")["locked"]
    finally:
        over.set()
        thread.join()
    assert said > 1.5
    assert max(waited) > 1
    clock.hold(abs(said - max(waited)), below=0.1 * said + 0.2)
