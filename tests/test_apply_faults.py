"""The n-th write, flush or removal on a disk fails while a database is upgraded or brought back.

strace injects the faults into a process of its own. Whatever happens, it ends with words, no row is
lost, and the next call finishes. SQLPLUMB_FAULTS says how many are tried of each work, spread over
all the calls that there are; CI is content with five.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground

FAULTS = int(os.environ.get("SQLPLUMB_FAULTS", "5"))
FLUSHES = "fsync,fdatasync"
# What fails, with what, and whether everything after it does as well.
KINDS = [
    ("pwrite64", "EIO", ""),
    (FLUSHES, "EIO", ""),
    ("pwrite64", "ENOSPC", "+"),
    (FLUSHES, "EIO", "+"),
    ("ftruncate,unlink,rename", "EIO", ""),
]
CALL = re.compile(r"(?:\d+ +)?\w+\(", re.MULTILINE)


@cache
def why_not() -> str:
    if not shutil.which("strace"):
        return "strace is not installed here"
    probe = ["strace", "-qq", "-e", "trace=none", "true"]
    done = subprocess.run(probe, capture_output=True, check=False)
    return "" if done.returncode == 0 else "no process may be traced here"


@pytest.fixture(params=["delete", "wal"])
def stage(request: pytest.FixtureRequest, project: Project, run: Run) -> Ground:
    if why_not():
        pytest.skip(why_not())
    made = ground(project, run)
    made.begin()
    made.ask(f"PRAGMA journal_mode = {request.param}")
    return made


def traced(ground: Ground, calls: str, inject: str, argv: list[str]) -> tuple[int, str, int]:
    """The exit code, what was said, and how many of these calls were made."""
    log = ground.root / "strace.log"
    options = ["-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e", f"trace={calls}"]
    options += ["-e", f"inject={calls}:{inject}"] if inject else []
    done = subprocess.run(
        ["strace", *options, sys.executable, "-m", "sqlplumb", *argv],
        cwd=ground.root,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr, len(CALL.findall(log.read_text("utf-8", "replace")))


def faulted(ground: Ground, argv: list[str]) -> Iterator[tuple[int, str]]:
    """The exit code and the words of each call in which something fails; before each of them all
    files are what they were."""
    kept = {one: one.read_bytes() for one in ground.root.iterdir() if one.is_file()}
    points = []
    for calls in dict.fromkeys(kind[0] for kind in KINDS):
        code, _, count = traced(ground, calls, "", argv)
        assert (code, count > 1) == (0, True)
        points += [(kind, n) for kind in KINDS if kind[0] == calls for n in range(1, count + 1)]
        lay(ground, kept)
    chosen = range(len(points)) if len(points) <= FAULTS else range(FAULTS)
    for turn in chosen:
        (calls, error, on), n = points[turn * len(points) // len(chosen)]
        code, said, _ = traced(ground, calls, f"error={error}:when={n}{on}", argv)
        where = f"{calls} {n}{on}: {error}: {code} {said}"
        assert code in (0, 4), where
        assert (code == 0 or "sqlplumb: " in said) and "Traceback" not in said, where
        assert "a fault of sqlplumb itself" not in said, where
        yield code, where
        lay(ground, kept)


def lay(ground: Ground, kept: dict[Path, bytes]) -> None:
    for one in ground.root.iterdir():
        if one.is_file():
            one.unlink()
    for one, content in kept.items():
        one.write_bytes(content)


def test_while_it_is_upgraded(stage: Ground) -> None:
    rows = stage.rows()
    stage.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    for code, where in faulted(stage, ["apply", "sqlite:///app.db", "--wait", "1"]):
        found = stage.revision(stage.seen())
        assert found in (("second",) if code == 0 else ("first", "second")), where
        assert (stage.rows("seen.db"), stage.is_sound("seen.db")) == (rows, True), where
        assert stage.apply().code == 0, where
        assert (stage.revision(), stage.rows(), stage.is_sound()) == ("second", rows, True), where
        assert not list(stage.root.glob("*.db*.partial")), where


def test_while_it_is_brought_back(stage: Ground) -> None:
    before = stage.rows()
    assert stage.apply().code == 0
    stage.history.execute("INSERT INTO log VALUES ('afterwards')")
    stage.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    rows = stage.rows()
    (receipt,) = (one.name for one in stage.root.glob("*.receipt.json"))
    for code, where in faulted(stage, ["restore", receipt, "--wait", "1"]):
        is_back = code == 0 or "the backup is in its place" in where
        expected = ("first", before) if is_back else ("second", rows)
        assert (stage.revision(stage.seen()), stage.rows("seen.db")) == expected, where
        assert stage.is_sound("seen.db"), where
        for aside in stage.root.glob("*.replaced"):
            assert (stage.revision(aside.name), stage.rows(aside.name)) == ("second", rows), where
        if code:
            assert stage.history.run("restore", receipt).code == 0, where
        assert (stage.revision(), stage.rows(), stage.is_sound()) == ("first", before, True), where
        assert not list(stage.root.glob("*.db*.partial")), where
