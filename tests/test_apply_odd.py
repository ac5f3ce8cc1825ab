"""Odd databases, odd folders, odd receipts: nothing is lost, and what is said is true."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sqlplumb
from sqlplumb.engines.sqlite import restored
from sqlplumb.errors import DatabaseFailed, Problem

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground

OTHER = """\
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None) as connection:
    connection.execute("BEGIN IMMEDIATE")
"""


@pytest.fixture
def stage(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    made.history.project.write("pyproject.toml", "[tool.sqlplumb]\n")
    return made


def is_let_in(database: Path) -> bool:
    """May another process write there now?"""
    argv = [sys.executable, "-c", OTHER, str(database)]
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


def receipt_of(stage: Ground) -> str:
    (found,) = stage.root.glob("app.db.*.receipt.json")
    return str(found)


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_folder_takes_no_lock_away(stage: Ground, lock: str) -> None:
    (stage.root / "fleet.d").mkdir()
    database = stage.database.rename(stage.root / "fleet.d" / "a.db")
    with closing(sqlite3.connect(database, isolation_level=None)) as application:
        application.execute(f"BEGIN {lock}")
        assert not is_let_in(database)
        (one,) = sqlplumb.apply_fleet(["sqlite:///fleet.d"], wait=0.1)
        assert "lock" in str(one.error)
        assert not is_let_in(database)


def test_what_is_set_aside_as_it_lies_takes_no_lock_away(
    stage: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stage.apply().code == 0
    before = stage.database.read_bytes()

    def no_backup(*words: object) -> None:
        raise DatabaseFailed(Problem("too damaged"))

    def bring_back(*words: Any) -> None:
        assert not is_let_in(stage.database)
        brought_back(*words)

    brought_back = restored._bring_back
    monkeypatch.setattr(restored, "back_up", no_backup)
    monkeypatch.setattr(restored, "_bring_back", bring_back)
    assert stage.history.run("restore", receipt_of(stage)).code == 0
    (aside,) = stage.root.glob("app.db.*.replaced")
    assert (stage.revision(), aside.read_bytes()) == ("first", before)


def test_pages_of_another_size_are_brought_back(stage: Ground) -> None:
    assert stage.apply().code == 0
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as connection:
        connection.executescript("PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = wal;")
    done = stage.history.run("restore", receipt_of(stage))
    assert (done.code, stage.revision(), stage.is_sound()) == (0, "first", True), done.err


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_database_in_utf_16(stage: Ground, encoding: str, is_there: bool) -> None:
    with (
        closing(sqlite3.connect(stage.root / "wide.db")) as wide,
        closing(sqlite3.connect(stage.database)) as narrow,
    ):
        wide.execute(f"PRAGMA encoding = '{encoding}'")
        wide.executescript("\n".join(narrow.iterdump()))
    assert stage.apply(name="wide.db").code == 0
    (receipt,) = stage.root.glob("wide.db.*.receipt.json")
    if not is_there:
        (stage.root / "wide.db").unlink()
    assert stage.history.run("restore", str(receipt)).code == 0
    assert stage.ask("PRAGMA encoding", "wide.db") == [(encoding,)]
    assert (stage.revision("wide.db"), stage.rows("wide.db")) == ("first", stage.rows())


@pytest.mark.parametrize("backup", ["x", {"path": "x"}, {"path": 3, "mode": "wal"}, ["x"]])
@pytest.mark.parametrize("database", ["sqlite:///a", None])
def test_what_is_no_receipt(stage: Ground, backup: object, database: object) -> None:
    one = {"path": "a", "database": database, "backup": backup, "before": {"fingerprint": "x"}}
    stage.history.project.write("r.json", json.dumps({"receipts": [one]}))
    done = stage.history.run("restore", "r.json")
    assert (done.code, "is no receipt that can be read" in done.err) == (2, True), done.err


@pytest.mark.parametrize("name", ["ten#ants.db", "ten%41nts.db", "wal.db"])
def test_a_query_leaves_nothing_behind(stage: Ground, name: str) -> None:
    with closing(sqlite3.connect(stage.root / name)) as tenants:
        tenants.execute(f"PRAGMA journal_mode = {'wal' if name == 'wal.db' else 'delete'}")
        tenants.executescript("CREATE TABLE t (url); INSERT INTO t VALUES ('sqlite:///app.db')")
    before = sorted(stage.root.iterdir())
    query = ("--query", f"sqlite:///{name}", "SELECT url FROM t")
    done = stage.history.run("apply", "--dry-run", *query)
    assert (done.code, sorted(stage.root.iterdir())) == (0, before), done.err


def test_a_file_where_the_folder_of_backups_should_be(stage: Ground) -> None:
    stage.history.project.write("backups", "a file\n")
    receipt = stage.receipt("--backup", "backups")
    assert (receipt["outcome"], receipt["exit_code"]) == ("failed", 4)
    assert "no backup could be made" in receipt["problems"][0]["message"]
    assert stage.revision() == "first"
