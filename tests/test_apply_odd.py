"""Odd databases, odd folders, odd receipts: nothing is lost, and what is said is true."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
import subprocess
import sys
import tracemalloc
from concurrent.futures import Executor, Future
from contextlib import chdir, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

import sqlplumb
from sqlplumb.commands import apply as applying
from sqlplumb.engines.sqlite.live import contents, restored
from sqlplumb.engines.sqlite.live.write_lock import WriteLock
from sqlplumb.errors import DatabaseFailed, Problem

if TYPE_CHECKING:
    from tests.applied import CURRENT, Ground, ground
    from tests.conftest import Project, Run
    from tests.test_apply import kept
else:
    from applied import CURRENT, Ground, ground
    from test_apply import kept

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

    def no_backup(*given: object, **named: object) -> None:
        raise DatabaseFailed(Problem("too damaged"))

    def finish(*words: Any) -> None:
        assert not is_let_in(stage.database)
        finished(*words)

    finished = restored._finish
    monkeypatch.setattr(restored, "back_up", no_backup)
    monkeypatch.setattr(restored, "_finish", finish)
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


def test_a_file_where_the_receipt_of_all_should_be(stage: Ground) -> None:
    stage.history.project.write("receipts", "a file\n")
    (stage.root / "new.db").touch()
    urls = ["sqlite:///app.db", "sqlite:///new.db"]
    done = stage.history.run("apply", *urls, "--no-backup", "--backup", "receipts")
    assert (done.code, stage.revision(), stage.revision("new.db")) == (0, "second", "second")
    assert "could not be written" in done.err
    assert "2 databases: 2 applied" in done.out
    (one,) = sqlplumb.apply_fleet(["sqlite:///none.db"], backup="receipts")
    assert "could not be written" in str(one.warnings[0])


class Elsewhere(Executor):
    """Works in another folder than whoever calls it."""

    def submit(self, work: Any, /, *words: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        with chdir("/"):
            done.set_result(work(*words, **named))
        return done


def test_whoever_carries_it_may_be_in_another_folder(stage: Ground) -> None:
    fleet = sqlplumb.apply_fleet(["sqlite:///app.db"], executor=Elsewhere(), backup="kept")
    assert [one.outcome for one in fleet] == ["applied"]
    assert fleet[0].backup
    assert fleet[0].backup.path.parent == fleet[0].file.parent == stage.root / "kept"  # type: ignore[union-attr]


@pytest.mark.parametrize(("mode", "comes"), [("delete", True), ("delete", False), ("wal", True)])
def test_another_file_takes_its_name_meanwhile(
    stage: Ground, monkeypatch: pytest.MonkeyPatch, mode: str, comes: bool
) -> None:
    stage.ask(f"PRAGMA journal_mode = {mode}")
    shutil.copyfile(stage.database, stage.root / "comes.db")
    take = WriteLock.take

    def late(*words: Any) -> None:
        stage.database.rename(stage.root / "goes.db")
        if comes:
            (stage.root / "comes.db").rename(stage.database)
        take(*words)

    monkeypatch.setattr(WriteLock, "take", late)
    receipt = stage.receipt()
    assert (receipt["outcome"], receipt["exit_code"], receipt["revisions"]) == ("failed", 4, [])
    assert "another file" in receipt["problems"][0]["message"]
    names = ["goes.db", "app.db" if comes else "comes.db"]
    assert [stage.revision(name) for name in names] == ["first", "first"]
    assert [one for one in stage.left() if "backup" in one] == []


def test_what_hangs_on_alembics_own_table(stage: Ground) -> None:
    assert stage.apply().code == 0
    sqlplumb.require_plumb("sqlite:///app.db")
    hung = "CREATE TRIGGER hung AFTER UPDATE ON alembic_version BEGIN DELETE FROM steps; END"
    stage.history.execute(hung)
    with pytest.raises(sqlplumb.NotPlumb, match="hung"):
        sqlplumb.require_plumb("sqlite:///app.db")


@pytest.mark.parametrize("name", ["locked.db", "letter.db", "none/none.db"])
def test_an_engine_that_cannot_be_asked(stage: Ground, name: str) -> None:
    (stage.root / "letter.db").write_bytes(b"This is a letter. " * 500)
    stage.history.execute("CREATE TABLE t (a)", "locked.db")
    asked = create_engine(f"sqlite:///{name}", connect_args={"timeout": 0})
    with closing(sqlite3.connect(stage.root / "locked.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlplumb.DatabaseFailed, match=name):
            sqlplumb.require_plumb(asked)


def test_a_new_file_in_no_folder(stage: Ground) -> None:
    with pytest.raises(sqlplumb.DatabaseFailed, match="cannot be made"):
        sqlplumb.apply("sqlite:///no/such/new.db")


@pytest.mark.parametrize("wrong", ['sha256 = 5, x = "', 'after = [[1]], x = "'])
def test_proofs_that_hold_something_else(stage: Ground, wrong: str) -> None:
    assert stage.apply().code == 0
    proofs = stage.root / "migrations" / "proofs.toml"
    first = 'after = [], makes = "' if "after" in wrong else 'sha256 = "'
    proofs.write_text(proofs.read_text("utf-8").replace(first, wrong, 1), "utf-8")
    sqlplumb.require_plumb("sqlite:///app.db")
    assert stage.apply().code == 0


def only_live(stage: Ground, *lines: str) -> None:
    """A second revision that does this where there are rows, as if it had been proved."""
    there = "if op.get_bind().exec_driver_sql('SELECT count(*) FROM log').scalar():"
    stage.history.by_hand([there, *(f"    {line}" for line in lines)], ["pass"])
    kept(stage)


@pytest.fixture
def first(project: Project, run: Run) -> Ground:
    """Nothing behind the first revision yet."""
    made = ground(project, run)
    made.begin(CURRENT)
    return made


def test_a_revision_that_writes_down_another(first: Ground) -> None:
    only_live(first, "op.execute(\"INSERT INTO alembic_version VALUES ('ghost')\")")
    receipt = first.receipt("--allow", "P211")
    assert (receipt["exit_code"], first.revision(), first.left()) == (3, "first", [])


def test_a_fault_of_a_revision_leaves_no_backup(first: Ground) -> None:
    driver = "op.get_bind().connection.driver_connection"
    only_live(first, f"import sqlite3; {driver}.row_factory = sqlite3.Row")
    assert first.apply().code == 3
    assert (first.revision(), first.left()) == ("first", [])


def test_what_was_committed_before_the_end_has_a_receipt(
    first: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_live(first, "pass")
    third = first.history.second().read_text("utf-8").replace('"second"', '"third"')
    third = third.replace('"first"', '"second"').replace("pass", "raise KeyboardInterrupt", 1)
    first.history.project.write("migrations/versions/third.py", third)
    kept(first)
    assert first.apply().code == 130
    assert (first.revision(), first.is_sound()) == ("second", True)
    (said,) = json.loads(Path(receipt_of(first)).read_text("utf-8"))["receipts"]
    assert [one["revision"] for one in said["revisions"]] == ["second"]
    assert "KeyboardInterrupt" in said["problems"][0]["message"]
    assert first.history.run("restore", receipt_of(first)).code == 0
    assert first.revision() == "first"


def test_what_a_revision_makes_otherwise_is_not_blamed_on_people(first: Ground) -> None:
    only_live(first, "op.execute('CREATE TABLE more (a)')")
    receipt = first.receipt()
    hint = receipt["problems"][0]["hint"]
    assert (receipt["exit_code"], "rolled back" in hint, "by hand" in hint) == (3, True, False)


def test_large_rows_are_compared_a_few_at_a_time() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE files (bytes BLOB)")
        one = "INSERT INTO files SELECT zeroblob(250000) FROM json_each(?)"
        connection.execute(one, (json.dumps(list(range(400))),))
        tracemalloc.start()
        try:
            (content,) = contents.contents(connection, ()).values()
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (content.rows, most < 50_000_000) == (400, True), most


@pytest.mark.parametrize("wait", [math.inf, 1e10])
def test_it_may_wait_for_ever(stage: Ground, wait: float) -> None:
    assert sqlplumb.apply("sqlite:///app.db", wait=wait).outcome == "applied"


def test_a_list_with_a_mark_before_it(stage: Ground) -> None:
    (stage.root / "urls").write_bytes(b"\xef\xbb\xbfsqlite:///app.db\r\n")
    assert (stage.history.run("apply", "@urls").code, stage.revision()) == (0, "second")


@pytest.mark.parametrize("option", ["authToken", "secret", "api_key", "hexkey", "passphrase"])
def test_no_secret_is_told(stage: Ground, option: str) -> None:
    for name in ("app.db", "none.db"):
        done = stage.history.run("apply", f"sqlite:///{name}?a=b&{option}=hush&c=d")
        assert "hush" not in done.out + done.err
    assert "hush" not in Path(receipt_of(stage)).read_text("utf-8")


def test_no_key_is_given_twice(stage: Ground) -> None:
    """A batch that says AUTOINCREMENT and forgets how far it has counted."""
    stage.history.execute("UPDATE sqlite_sequence SET seq = 9000 WHERE name = 'tasks'")
    third = (
        'from alembic import op\nrevision = "third"\ndown_revision = "second"\n'
        'def upgrade():\n    op.execute("UPDATE sqlite_sequence SET seq = 150")\n'
        "def downgrade():\n    pass\n"
    )
    stage.history.project.write("migrations/versions/third.py", third)
    kept(stage)
    done = stage.apply("--quiet")
    assert (done.code, stage.revision()) == (3, "second")
    assert "9000" in done.err
    assert stage.ask("SELECT seq FROM sqlite_sequence WHERE name = 'tasks'") == [(9000,)]
    assert stage.apply("--allow", "rows:tasks").code == 0


TABLES = {"written": 1, "all": 3}


@pytest.mark.parametrize("verify", TABLES)
def test_how_many_tables_are_compared(stage: Ground, verify: str) -> None:
    stage.history.project.write("pyproject.toml", f'[tool.sqlplumb.apply]\nverify = "{verify}"\n')
    (done,) = stage.receipt()["revisions"]
    assert done["tables_compared"] == TABLES[verify]


def test_a_trigger_that_the_revision_makes_is_not_overlooked(first: Ground) -> None:
    """It writes a table that nothing in the schema before it could write."""
    trigger = "CREATE TRIGGER t AFTER UPDATE ON users BEGIN UPDATE steps SET task_id = 3; END"
    wakes = "UPDATE users SET name = 'x' WHERE id = 1"
    only_live(first, *(f'op.execute("{one}")' for one in (trigger, wakes, "DROP TRIGGER t")))
    before = first.bytes()
    for verify in TABLES:
        receipt = first.receipt("--verify", verify, "--allow", "P211")
        assert (receipt["exit_code"], first.bytes(), first.left()) == (3, before, [])
    first.history.execute("UPDATE steps SET task_id = 3")
    assert first.apply("--verify", "all", "--allow", "P211").code == 0  # nothing was changed by it


def test_old_backups_go(project: Project, run: Run) -> None:
    made = ground(project, run)
    made.begin(CURRENT)
    kept_by_hand = made.history.project.write("app.db.mine.backup", "not ours")
    names = ["first", "second", "third", "fourth", "fifth"]
    for number, options in enumerate([(), (), ("--keep-backups", "2"), ("--keep", "1")]):
        made.history.project.write(
            f"migrations/versions/{names[number + 1]}.py",
            f'revision = "{names[number + 1]}"\ndown_revision = "{names[number]}"\n'
            "def upgrade():\n    pass\ndef downgrade():\n    pass\n",
        )
        kept(made)
        assert made.apply(*options).code == 0
        count = (1, 2, 2, 1)[number]
        assert len(list(made.root.glob("app.db.*.receipt.json"))) == count
        assert len([one for one in made.left() if one.endswith(".backup")]) == count + 1
    assert kept_by_hand.read_text() == "not ours"
    assert made.history.run("restore", receipt_of(made)).code == 0


def test_what_somebody_changes_while_it_is_read_is_read_again(
    stage: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database at rest is read without a lock; what one reads then may be of two moments."""
    seen = []
    stage.history.execute("PRAGMA journal_mode = WAL")

    def torn(job: Any, live: Any) -> Any:
        seen.append(job)
        if len(seen) < 3:
            stage.database.touch()
            raise DatabaseFailed(Problem("half of the one and half of the other"))
        return known(job, live)

    known = applying._known_revisions
    monkeypatch.setattr(applying, "_known_revisions", torn)
    assert (stage.apply().code, len(seen), stage.revision()) == (0, 3, "second")
