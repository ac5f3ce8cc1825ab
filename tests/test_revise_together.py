"""Several `revise` at once, and those that are killed: one head, each revision with its proof."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqlplumb.config import find_settings
from sqlplumb.proof.ledger import entry_of, ledger_file, read_ledger
from sqlplumb.sources.history_lock import locked_folder
from sqlplumb.sources.scripts import script_directory

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

KILLS = int(os.environ.get("SQLPLUMB_KILLS", "4"))
FIRST = "CREATE TABLE t (id INTEGER PRIMARY KEY);\n"
REVISE = [sys.executable, "-m", "sqlplumb", "revise", "-m"]
KILLED = """\
import os, signal, sys
from sqlplumb import drafts
from sqlplumb.cli import main

publish = drafts.Draft.publish

def killed(draft, *given):
    if sys.argv[1] == "after":
        publish(draft, *given)
    os.kill(os.getpid(), signal.SIGKILL)

drafts.Draft.publish = killed
main(["revise", "-m", "killed"])
"""


@pytest.fixture
def history(project: Project, run: Run) -> History:
    made = History(project, run)
    made.begin(FIRST)
    project.write("schema.sql", FIRST)
    assert run("prove").code == 0
    project.write("schema.sql", FIRST + "CREATE TABLE other (a TEXT);\n")
    return made


def lies_well(root: Path) -> list[str]:
    """What is wrong with what lies in the folder of the history, if anything is."""
    settings = find_settings(root)
    scripts = script_directory(settings)
    now = {one.revision: entry_of(one, settings) for one in scripts.walk_revisions()}
    kept = read_ledger(ledger_file(scripts, settings))
    folder = root / "migrations"
    left = [one.name for one in folder.iterdir() if one.name.startswith(".")]
    heads = scripts.get_heads()
    unproved = [n for n, one in now.items() if n not in kept or kept[n].sha256 != one.sha256]
    return [*left, *(heads if len(heads) > 1 else ()), *unproved, *(kept.keys() - now.keys())]


def test_four_at_once(history: History) -> None:
    root = history.project.root
    started = [
        subprocess.Popen([*REVISE, f"n{n}"], cwd=root, stdout=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    said = [(one.communicate(timeout=120)[0], one.returncode) for one in started]
    assert [code for _, code in said] == [0] * 4
    assert sum("wrote" in words for words, _ in said) == 1
    assert sum("nothing to write" in words for words, _ in said) == 3
    assert lies_well(root) == []
    assert len(list((root / "migrations/versions").glob("*.py"))) == 2


def test_who_waits_is_told(history: History) -> None:
    root = history.project.root
    with locked_folder(root / "migrations"):
        command = [*REVISE, "waits", "--timeout", "30"]
        waiting = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr
        assert "another sqlplumb writes in migrations" in waiting.stderr.readline()
        assert waiting.poll() is None
    assert waiting.wait(60) == 0
    waiting.stderr.close()
    assert lies_well(root) == []


def test_who_waits_too_long_is_refused(history: History) -> None:
    history.project.patch.setattr("sqlplumb.sources.history_lock._PATIENCE", 0.2)
    handle = os.open(history.project.root / "migrations", os.O_RDONLY)
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
        done = history.run("revise", "-m", "x")
        assert done.code == 3
        assert "another sqlplumb" in done.err
    finally:
        os.close(handle)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_beside_its_publication(when: str, history: History) -> None:
    root = history.project.root
    command = [sys.executable, "-c", KILLED, when]
    assert subprocess.run(command, cwd=root, check=False).returncode == -signal.SIGKILL
    left = {one.name[:10] for one in (root / "migrations").iterdir() if one.name[0] == "."}
    assert left == {".sqlplumb-"}
    done = history.run("revise", "-m", "again")
    assert ("nothing to write" in done.out) == (when == "after")
    assert lies_well(root) == []
    assert history.run("apply", "sqlite:///new.db", "--create").code == 0


def test_killed_at_any_time(history: History) -> None:
    root, dice = history.project.root, random.Random(1)  # noqa: S311
    for number in range(KILLS):
        history.project.write("schema.sql", f"{FIRST}CREATE TABLE other_{number} (a TEXT);\n")
        command = [*REVISE, f"n{number}", "--allow", "destructive"]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL) as started:
            time.sleep(dice.uniform(0.3, 2.0))
            started.kill()
        done = history.run("revise", "-m", f"after {number}", "--allow", "destructive")
        assert done.code == 0, done.err
        assert lies_well(root) == []


def test_what_a_living_one_writes_is_left_alone(history: History) -> None:
    folder = history.project.root / "migrations"
    with locked_folder(folder):
        (folder / ".sqlplumb-of-mine").mkdir()
        history.run("check")
        assert (folder / ".sqlplumb-of-mine").is_dir()
    assert history.run("revise", "-m", "x").code == 0
    assert not (folder / ".sqlplumb-of-mine").exists()
