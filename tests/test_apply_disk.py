"""Disks that are full, files that grow meanwhile, and what somebody who was killed left behind."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqlplumb.cli import main
from sqlplumb.engines.sqlite.live import backup
from sqlplumb.engines.sqlite.live.read_only import WAIT_SECONDS

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
    from tests.test_apply_killed import APPLY, ended, in_a_child
else:
    from applied import Ground, ground
    from test_apply_killed import APPLY, ended, in_a_child

MORE = "INSERT INTO log SELECT hex(randomblob(500)) FROM steps;"  # some 200 kB


@pytest.fixture
def stage(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    made.history.execute(MORE)
    return made


@pytest.fixture
def disk(stage: Ground) -> Iterator[Callable[[int], Path]]:
    """A disk of so many kilobytes."""
    folder = stage.root / "disk"
    folder.mkdir()
    mounted = []

    def mount(size: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("only root can mount a disk")
        mounted.append(folder)
        return folder

    yield mount
    for one in mounted:
        subprocess.run(["umount", str(one)], check=True)


def small(stage: Ground, folder: Path) -> str:
    shutil.copyfile(stage.database, folder / "app.db")
    return "disk/app.db"


@pytest.mark.parametrize("sees", [True, False])
def test_a_full_disk(
    stage: Ground, disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch, sees: bool
) -> None:
    """Whether the gate sees it, or it is found in the middle of the work: nothing is lost."""
    size = stage.database.stat().st_size
    name = small(stage, disk(size * 3 // 2 // 1024))
    rows = stage.rows(name)
    if not sees:
        monkeypatch.setattr("sqlplumb.upgrade.gates.room", lambda needs: "plenty")
    done = stage.apply(name=name)
    assert (done.code, stage.revision(name), stage.rows(name)) == (4, "first", rows)
    assert stage.is_sound(name)
    assert [one.name for one in (stage.root / "disk").iterdir()] == ["app.db"]


def test_a_full_disk_under_the_work(
    stage: Ground, disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup lies elsewhere; the rebuild is what finds no room."""
    stage.history.execute(
        "INSERT INTO tasks SELECT 1000 + s.id, 1, 'open', hex(randomblob(500)) FROM steps s;"
    )
    size = stage.database.stat().st_size
    name = small(stage, disk(size * 11 // 10 // 1024))
    rows = stage.rows(name)
    monkeypatch.setattr("sqlplumb.upgrade.gates.room", lambda needs: "plenty")
    done = stage.apply("--backup", "elsewhere", name=name)
    assert done.code == 4
    assert "full" in done.err
    assert (stage.revision(name), stage.rows(name)) == ("first", rows)
    assert stage.is_sound(name)
    assert [one.name for one in (stage.root / "disk").iterdir()] == ["app.db"]
    assert not list((stage.root / "elsewhere").iterdir())


def test_a_quota(stage: Ground) -> None:
    """No file of this process may grow beyond what the database is now."""
    rows, size = stage.rows(), stage.database.stat().st_size

    def work() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))
        return main(APPLY)

    assert ended(in_a_child(work)) == 4
    assert (stage.revision(), stage.rows(), stage.is_sound()) == ("first", rows, True)
    assert stage.left() == []
    assert stage.apply().code == 0


def test_it_grows_while_we_wait(stage: Ground) -> None:
    """Whoever writes when we come is let finish, and what was written is kept."""
    command = [sys.executable, "-m", "sqlplumb", *APPLY, "--wait", "20"]
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(5):
            other.execute(MORE)
        with subprocess.Popen(command, cwd=stage.root) as waiting:
            time.sleep(1.5)
            assert waiting.poll() is None
            other.execute("INSERT INTO users VALUES (77, 'late')")
            other.execute("COMMIT")
            rows = stage.rows()
    assert waiting.returncode == 0
    assert len(rows["log"]) > 1000
    assert (stage.revision(), stage.rows(), stage.is_sound()) == ("second", rows, True)


def test_whoever_lets_nobody_read_is_waited_for(stage: Ground) -> None:
    """As long as --wait says, and no longer."""
    command = [sys.executable, "-m", "sqlplumb", *APPLY, "--wait"]
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert subprocess.run([*command, "0.2"], cwd=stage.root, check=False).returncode == 4
        with subprocess.Popen([*command, "60"], cwd=stage.root) as waiting:
            time.sleep(WAIT_SECONDS + 1)
            assert waiting.poll() is None
            other.execute("ROLLBACK")
    assert (waiting.returncode, stage.revision()) == (0, "second")


def test_what_was_half_copied_is_forgotten(stage: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next one, and only what is of this database."""
    other = stage.root / "app.db.other.backup.12345678.partial"
    other.write_text("of a namesake in another folder")

    def killed() -> int:
        monkeypatch.setattr(backup, "_verify", lambda *given: os.kill(os.getpid(), signal.SIGKILL))
        return main(APPLY)

    assert ended(in_a_child(killed)) == -signal.SIGKILL
    assert [one for one in stage.left() if one.endswith(".partial") and one != other.name]
    assert stage.apply().code == 0
    assert [one for one in stage.left() if "partial" in one] == [other.name]
