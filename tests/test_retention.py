"""Which backups and receipts stay after an upgrade, and whose they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sqlplumb.commands.retention import retire
from sqlplumb.engines import Copy
from sqlplumb.receipts import Outcome, Receipt
from sqlplumb.render.receipts import receipts_as_json


class Shelf:
    """A folder of backups; each upgrade is a second later than the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.second = 0

    def receipt(
        self, database: str, *, backup: bool = True, outcome: Outcome = "applied", at: str = ""
    ) -> Receipt:
        self.second += 1
        path, stamp = Path(database), f"20260101T0000{self.second:02}000"
        copy = None
        if backup:
            file = self.folder / f"{path.name}.first.{stamp}000.backup"
            file.write_text(database)
            copy = Copy(path=file, bytes=1, mode="0o644", sha256="0")
        return Receipt(
            database=f"sqlite:///{database}",
            path=path,
            outcome=outcome,
            began=at or f"2026-01-01T00:00:{self.second:02}",
            seconds=0,
            backup=copy,
            file=self.folder / f"{path.name}.{stamp}.receipt.json",
        )

    def write(self, *receipts: Receipt) -> list[Receipt]:
        """Write one receipt for all of them, and return them."""
        assert receipts[0].file
        receipts[0].file.write_text(receipts_as_json(receipts))
        return [*receipts]

    def left(self, suffix: str = ".backup") -> list[str]:
        """The databases whose backups are there, or the seconds of the receipts that are."""
        files = sorted(self.folder.glob(f"*{suffix}"), key=lambda one: one.name.split(".")[-3])
        return [file.read_text() if suffix == ".backup" else file.name for file in files]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_the_newest_stay_and_the_receipts_that_name_them(shelf: Shelf) -> None:
    for _ in range(4):
        made = shelf.write(shelf.receipt("/a/app.db"))
    retire(made, 0)
    assert len(shelf.left()) == 4
    retire(made, 2)
    assert [file.name.split(".")[3][13:15] for file in sorted(shelf.folder.glob("*.backup"))] == [
        "03",
        "04",
    ]
    assert len(shelf.left(".receipt.json")) == 2


def test_a_name_that_begins_alike_is_another_database(shelf: Shelf) -> None:
    """Two of one name in two folders, and one whose name another begins with."""
    for database in ("/b/app.db", "/a/app.db.v2", "/a/app.db"):
        shelf.write(shelf.receipt(database))
    retire(shelf.write(shelf.receipt("/a/app.db")), 1)
    assert sorted(shelf.left()) == ["/a/app.db", "/a/app.db.v2", "/b/app.db"]


def test_what_was_made_just_now_stays_whatever_the_clock_says(shelf: Shelf) -> None:
    shelf.write(shelf.receipt("/a/app.db", at="2099-01-01"))
    made = shelf.write(shelf.receipt("/a/app.db"))
    retire(made, 1)
    assert made[0].backup and made[0].backup.path.exists()
    assert len(shelf.left()) == 1


@pytest.mark.parametrize("outcome", ["failed", "refused", "rehearsed", "nothing to do"])
def test_nothing_goes_unless_an_upgrade_went_through(shelf: Shelf, outcome: Outcome) -> None:
    for _ in range(3):
        shelf.write(shelf.receipt("/a/app.db"))
    retire(shelf.write(shelf.receipt("/a/app.db", outcome=outcome)), 1)
    assert len(shelf.left()) == 4


def test_what_is_not_ours_stays(shelf: Shelf, tmp_path: Path) -> None:
    """A file that no receipt names, one that a receipt names and that lies elsewhere or is called
    otherwise, a link, and a receipt that cannot be read."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "app.db.first.x.backup").write_text("elsewhere")
    (shelf.folder / "app.db.by.hand.backup").write_text("by hand")
    (shelf.folder / "schema.sql").write_text("the schema")
    for file in (other / "app.db.first.x.backup", shelf.folder / "schema.sql"):
        old = shelf.receipt("/a/app.db", backup=False)
        shelf.write(old)
        assert old.file
        value = json.loads(old.file.read_text())
        value["receipts"][0]["backup"] = {"path": str(file)}
        old.file.write_text(json.dumps(value))
    linked = shelf.receipt("/a/app.db")
    shelf.write(linked)
    assert linked.backup
    linked.backup.path.unlink()
    linked.backup.path.symlink_to(shelf.folder / "schema.sql")
    (shelf.folder / "app.db.wrong.receipt.json").write_text("{")
    (shelf.folder / "app.db.list.receipt.json").write_text("[]")
    shelf.write(shelf.receipt("/a/app.db"))
    retire(shelf.write(shelf.receipt("/a/app.db")), 1)
    assert (shelf.folder / "schema.sql").read_text() == "the schema"
    assert (other / "app.db.first.x.backup").exists()
    assert (shelf.folder / "app.db.by.hand.backup").exists()
    assert linked.backup.path.is_symlink()
    assert (shelf.folder / "app.db.wrong.receipt.json").exists()


def test_a_backup_outlives_upgrades_that_made_none(shelf: Shelf) -> None:
    shelf.write(shelf.receipt("/a/app.db"))
    for _ in range(3):
        made = shelf.write(shelf.receipt("/a/app.db", backup=False))
    retire(made, 1)
    assert shelf.left() == ["/a/app.db"]
    assert len(shelf.left(".receipt.json")) == 2


def test_the_receipt_of_a_fleet_stays_while_it_names_a_backup(shelf: Shelf) -> None:
    first = shelf.write(shelf.receipt("/a/one.db"), shelf.receipt("/a/two.db"))
    assert first[0].file
    retire(shelf.write(shelf.receipt("/a/one.db")), 1)
    assert (len(shelf.left()), first[0].file.exists()) == (2, True)
    retire(shelf.write(shelf.receipt("/a/two.db")), 1)
    assert (len(shelf.left()), first[0].file.exists()) == (2, False)
