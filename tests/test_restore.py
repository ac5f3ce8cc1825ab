"""What a receipt names is brought back, and what was there is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground


@pytest.fixture(params=["delete", "wal"])
def upgraded(request: pytest.FixtureRequest, project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    made.ask(f"PRAGMA journal_mode = {request.param}")
    assert made.apply().code == 0
    made.history.execute("INSERT INTO log VALUES ('afterwards')")
    return made


def receipt(ground: Ground) -> str:
    (file,) = ground.root.glob("*.receipt.json")
    return file.name


def aside(ground: Ground) -> Path:
    (file,) = ground.root.glob("*.replaced")
    return file


def test_there_and_back(upgraded: Ground) -> None:
    rows, mode = upgraded.rows(), upgraded.ask("PRAGMA journal_mode")
    done = upgraded.history.run("restore", receipt(upgraded))
    assert (done.code, upgraded.revision(), upgraded.is_sound()) == (0, "first", True)
    assert upgraded.ask("PRAGMA journal_mode") == mode
    assert [what for (what,) in upgraded.rows()["log"]] == ["begin"]
    kept = aside(upgraded).name
    assert (upgraded.revision(kept), upgraded.rows(kept)) == ("second", rows)
    assert upgraded.apply().code == 0
    assert upgraded.revision() == "second"


def test_over_what_is_damaged(upgraded: Ground) -> None:
    upgraded.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    with upgraded.database.open("r+b") as file:
        file.seek(4096 + 8)
        file.write(b"\xff" * 4000)
    damaged = upgraded.bytes()
    assert upgraded.history.run("restore", receipt(upgraded)).code == 0
    assert (upgraded.revision(), upgraded.is_sound()) == ("first", True)
    assert damaged
    assert aside(upgraded).is_file()


def test_over_what_is_no_database(upgraded: Ground) -> None:
    upgraded.database.write_bytes(b"A letter. " * 1000)
    assert upgraded.history.run("restore", receipt(upgraded)).code == 0
    assert (upgraded.revision(), upgraded.is_sound()) == ("first", True)
    assert aside(upgraded).read_bytes() == b"A letter. " * 1000


def test_where_nothing_is_any_more(upgraded: Ground) -> None:
    for end in ("", "-wal", "-shm"):
        (upgraded.root / f"app.db{end}").unlink(missing_ok=True)
    assert upgraded.history.run("restore", receipt(upgraded)).code == 0
    assert (upgraded.revision(), upgraded.is_sound()) == ("first", True)


def test_somebody_writes(upgraded: Ground) -> None:
    rows = upgraded.rows()
    with closing(sqlite3.connect(upgraded.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = upgraded.history.run("restore", receipt(upgraded), "--wait", "0.2")
    assert (done.code, upgraded.revision(), upgraded.rows()) == (4, "second", rows)


def test_the_backup_is_gone(upgraded: Ground) -> None:
    rows = upgraded.rows()
    for file in upgraded.root.glob("*.backup"):
        file.unlink()
    assert upgraded.history.run("restore", receipt(upgraded)).code == 4
    assert (upgraded.revision(), upgraded.rows()) == ("second", rows)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"receipts": [{"path": 1}]}', "\x00"])
def test_what_is_no_receipt(upgraded: Ground, text: str) -> None:
    (upgraded.root / "r.json").write_text(text)
    assert upgraded.history.run("restore", "r.json").code == 2
    assert upgraded.revision() == "second"
