"""What a receipt names is brought back, and what was there is kept."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import chdir, closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest

from sqlplumb.errors import DatabaseFailed, Problem
from sqlplumb.files import take_after
from sqlplumb.schema.schema import FINGERPRINT_VERSION

if TYPE_CHECKING:
    from tests import clock
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    import clock
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


def test_what_there_is_to_bring_back(project: Project, run: Run) -> None:
    """Listed, and found by what a person would type; another database's are not meant."""
    made = ground(project, run)
    made.begin()
    project.write("pyproject.toml", '[tool.sqlplumb]\ndatabases = ["sqlite:///app.db"]\n')
    assert run("restore").out == "no backup was found\n"
    assert made.apply().code == 0
    text, kept = run("restore"), json.loads(run("restore", "--format", "json").out)["backups"]
    assert "at first, before second (change) ran" in text.out
    assert f"sqlplumb restore {receipt(made)}\n" in text.out
    assert [(one["revisions"], one["ran"], one["is_there"]) for one in kept] == [
        (["first"], ["second"], True)
    ]
    for which in ("newest", "first", "fir", kept[0]["backup"], Path(kept[0]["backup"]).name):
        made.history.execute("INSERT INTO log VALUES ('afterwards')")
        done = run("restore", which, "--format", "json")
        (restored,) = json.loads(done.out)["restored"]
        assert (done.code, restored["revisions"], made.revision()) == (0, ["first"], "first")
        assert [what for (what,) in made.rows()["log"]] == ["begin"]
    said = run("restore", "second")
    assert (said.code, "`sqlplumb restore first` brings that back" in said.err) == (2, True)
    assert run("restore", "newest", "--database", "sqlite:///other.db").code == 2
    Path(kept[0]["backup"]).unlink()
    assert "is gone" in run("restore").out
    assert run("restore", "newest").code == 2


def test_backups_of_several_databases_in_one_folder(project: Project, run: Run) -> None:
    made = ground(project, run)
    made.begin()
    (made.root / "two.db").write_bytes(made.database.read_bytes())
    urls = ("sqlite:///app.db", "sqlite:///two.db")
    assert run("apply", *urls, "--backup", "kept").code == 0
    assert run("restore", "--backup", "kept").out.count("sqlplumb restore kept/fleet.") == 2
    said = run("restore", "newest", "--backup", "kept")
    assert (said.code, "say which one: --database URL" in said.err) == (2, True)
    done = run("restore", "newest", "--backup", "kept", "--database", "sqlite:///two.db")
    assert (done.code, made.revision("two.db"), made.revision()) == (0, "first", "second"), done.err


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
    done = upgraded.history.run("restore", receipt(upgraded))
    assert (done.code, upgraded.database.read_bytes()) == (3, b"A letter. " * 1000)
    assert "--allow no-database" in done.err
    assert not list(upgraded.root.glob("*.replaced*"))
    upgraded.database.chmod(0o600)
    done = upgraded.history.run("restore", receipt(upgraded), "--allow", "no-database")
    assert (done.code, upgraded.database.stat().st_mode & 0o777) == (0, 0o600)
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


def forged(ground: Ground, **changes: object) -> str:
    """The receipt with other words in it; those of the backup begin with `backup_`."""
    file = ground.root / receipt(ground)
    said = json.loads(file.read_text())
    (one,) = said["receipts"]
    for name, value in changes.items():
        whose, key = (one["backup"], name[7:]) if name.startswith("backup_") else (one, name)
        whose[key] = value
    file.write_text(json.dumps(said))
    return file.name


def refused(ground: Ground, code: int, *argv: str) -> str:
    """Nothing has happened to any file."""
    before = {one: one.read_bytes() for one in ground.root.rglob("*.*") if one.is_file()}
    done = ground.history.run("restore", *argv)
    assert done.code == code, done.err
    after = {one: one.read_bytes() for one in ground.root.rglob("*.*") if one.is_file()}
    assert after == before
    return done.err


def test_a_backup_that_was_changed(upgraded: Ground) -> None:
    (file,) = upgraded.root.glob("*.backup")
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("INSERT INTO log VALUES ('smuggled')")
    assert "its bytes are others" in refused(upgraded, 3, receipt(upgraded))


@pytest.mark.parametrize("bytes_left", [0, 100, 5000])
def test_a_backup_that_is_cut_off(upgraded: Ground, bytes_left: int) -> None:
    (file,) = upgraded.root.glob("*.backup")
    file.write_bytes(file.read_bytes()[:bytes_left])
    refused(upgraded, 3 if bytes_left == 0 else 4, receipt(upgraded))


def test_a_backup_of_another_schema(upgraded: Ground) -> None:
    name = forged(
        upgraded,
        before={"revisions": ["first"], "fingerprint": f"{FINGERPRINT_VERSION}:0123456789"},
    )
    assert "not what the receipt says" in refused(upgraded, 3, name)


@pytest.mark.parametrize("name", ["other.db", "app.db.notes", "elsewhere/app.db"])
def test_a_receipt_that_names_another_database(upgraded: Ground, name: str) -> None:
    path = upgraded.history.project.write(name, "")
    path.write_bytes(upgraded.database.read_bytes())
    if "/" in name:
        upgraded.history.project.write("kept/pyproject.toml", "[tool.sqlplumb]\n")
        for one in (receipt(upgraded), *(f.name for f in upgraded.root.glob("*.backup"))):
            (upgraded.root / one).rename(upgraded.root / "kept" / one)
        kept = upgraded.root / "kept"
        with chdir(kept):
            (file,) = kept.glob("*.receipt.json")
            said = file.read_text().replace(str(upgraded.root), str(kept))
            file.write_text(said.replace(str(kept / "app.db") + '"', str(path) + '"'))
            assert "--allow elsewhere" in refused(upgraded, 3, str(file))
            assert upgraded.history.run("restore", str(file), "--allow", "elsewhere").code == 0
    else:
        assert "--allow elsewhere" in refused(upgraded, 3, forged(upgraded, path=str(path)))


def test_a_receipt_that_names_a_backup_elsewhere(upgraded: Ground) -> None:
    (file,) = upgraded.root.glob("*.backup")
    goal = upgraded.history.project.write(f"../{file.name}", "")
    file.replace(goal)
    name = forged(upgraded, backup_path=str(goal))
    assert "another folder" in refused(upgraded, 3, name)
    assert upgraded.history.run("restore", name, "--allow", "elsewhere").code == 0
    assert upgraded.revision() == "first"


def test_a_backup_that_is_the_database(upgraded: Ground) -> None:
    (file,) = upgraded.root.glob("*.backup")
    name = forged(upgraded, path=str(file))
    refused(upgraded, 3, name)
    assert "at once" in refused(upgraded, 3, name, "--allow", "elsewhere")


def test_no_room(upgraded: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 5000})())
    assert "are free" in refused(upgraded, 4, receipt(upgraded))


def test_backups_elsewhere_are_brought_back(project: Project, run: Run) -> None:
    made = ground(project, run)
    made.begin()
    made.history.project.write("pyproject.toml", "[tool.sqlplumb]\n")
    assert made.apply("--backup", "kept/here").code == 0
    (file,) = made.root.glob("kept/here/*.receipt.json")
    done = made.history.run("restore", str(file))
    assert (done.code, made.revision()) == (0, "first"), done.err


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("gone", [False, True])
def test_as_private_as_the_database(project: Project, run: Run, mode: str, gone: bool) -> None:
    """Whose it was, who may read it, and when it was written last: all of it comes back."""
    made = ground(project, run)
    made.begin()
    made.ask(f"PRAGMA journal_mode = {mode}")
    made.database.chmod(0o600)
    if not os.geteuid():
        os.chown(made.database, 1234, 2345)
    os.utime(made.database, (1_700_000_000, 1_700_000_000))
    known = looks(made.database)
    assert made.apply().code == 0
    found = [*made.root.glob("*.backup"), *made.root.glob("*.receipt.json")]
    assert [looks(one)[:3] for one in found] == [known[:3]] * 2
    if gone:
        made.database.unlink()
    assert made.history.run("restore", receipt(made)).code == 0
    assert looks(made.database) == known
    if not gone:
        assert looks(aside(made))[:3] == known[:3]


def looks(file: Path) -> tuple[int, int, int, int]:
    found = file.stat()
    return found.st_mode & 0o7777, found.st_uid, found.st_gid, int(found.st_mtime)


def test_a_group_that_would_get_to_read_it(tmp_path: Path) -> None:
    """Whoever may not give a file away."""
    file, theirs = tmp_path / "ours", tmp_path / "theirs"
    file.touch(0o600)
    theirs.touch()
    theirs.chmod(0o640)
    with pytest.MonkeyPatch.context() as patch:

        def forbidden(*words: object) -> None:
            raise PermissionError

        patch.setattr(os, "chown", forbidden)
        take_after(file, [theirs.stat()])
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_set_aside_is_whole_or_not_there(
    upgraded: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too damaged for a backup, and then the disk is full."""

    def full(*given: object, **named: object) -> None:
        raise DatabaseFailed(Problem("no backup"))

    def half(source: BinaryIO, goal: BinaryIO) -> None:
        goal.write(source.read(5000))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sqlplumb.engines.sqlite.live.restored.back_up", full)
    monkeypatch.setattr("shutil.copyfileobj", half)
    rows, beside = upgraded.rows(), upgraded.left()
    assert upgraded.history.run("restore", receipt(upgraded)).code == 4
    assert (upgraded.revision(), upgraded.rows(), upgraded.left()) == ("second", rows, beside)


def test_a_reader_is_not_shut_out(upgraded: Ground) -> None:
    """By somebody who waits for all the others to go."""
    with closing(sqlite3.connect(upgraded.database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM users").fetchone()
        command = [sys.executable, "-m", "sqlplumb", "restore", receipt(upgraded), "--wait", "2"]
        with subprocess.Popen(command, cwd=upgraded.root, stderr=subprocess.DEVNULL) as child:
            asked = 0
            while child.poll() is None:
                with closing(sqlite3.connect(upgraded.database, timeout=30)) as one:
                    with clock.within(0.9):
                        one.execute("SELECT count(*) FROM users").fetchone()
                    asked += 1
        assert (child.returncode, asked > 10) == (4, True)
    assert upgraded.revision() == "second"


DEEP = '{"receipts": ' + "[" * 100_000


@pytest.mark.parametrize("text", [DEEP, "", "{}", "[]", '{"receipts": [{"path": 1}]}', "\x00"])
def test_what_is_no_receipt(upgraded: Ground, text: str) -> None:
    (upgraded.root / "r.json").write_text(text)
    assert upgraded.history.run("restore", "r.json").code == 2
    assert upgraded.revision() == "second"
