"""Receipts where they last: beside the backup, one for a database, and one for a whole fleet."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from glob import escape
from pathlib import Path

from sqlplumb.errors import Problem
from sqlplumb.files import digest, written_aside
from sqlplumb.receipts import Receipt
from sqlplumb.render.receipts import receipts_as_json


def write_receipt(receipt: Receipt, backup: Path | None) -> Receipt:
    """If anything was changed. A database that is upgraded is so without a receipt, too."""
    if not receipt.revisions or receipt.outcome == "rehearsed":
        return receipt
    folder = (backup or receipt.path.parent).resolve()
    receipt = _hashed(receipt)
    kept = replace(receipt, file=folder / f"{receipt.path.name}.{_stamp(receipt)}.receipt.json")
    try:
        _write(kept.file, [kept])
    except OSError as error:
        problem = Problem(f"{receipt.database}: its receipt could not be written: {error}")
        return replace(receipt, warnings=(*receipt.warnings, problem))
    return kept


def _hashed(receipt: Receipt) -> Receipt:
    """When nobody waits for the lock any more."""
    copy = receipt.backup
    if not copy:
        return receipt
    with suppress(OSError):
        return replace(receipt, backup=replace(copy, sha256=digest(copy.path)))
    return receipt


def prune(newest: Path, name: str, kept: int) -> None:
    """Of the backups of this database, in the folder of the newest, so many stay, and the receipts
    that name the others go with them. What is called otherwise is somebody else's."""
    backup = re.compile(rf"{re.escape(name)}\..+\.(\d{{8}}T\d{{9}})\d{{3}}\.backup")
    known = ((backup.fullmatch(one.name), one) for one in newest.parent.iterdir())
    found = sorted((match[1], one) for match, one in known if match)
    for stamp, one in found[: -max(1, kept)]:
        with suppress(OSError):
            one.unlink()
            for receipt in newest.parent.glob(f"{escape(name)}.{stamp}*.receipt.json"):
                receipt.unlink()


def write_fleet_receipt(
    receipts: Sequence[Receipt], backup: Path | None, home: Path
) -> tuple[Path | None, tuple[Problem, ...]]:
    """One for all of them takes the place of theirs, once it is there; else theirs stay."""
    if all(one.outcome in ("nothing to do", "rehearsed") for one in receipts):
        return None, ()
    file = _folder(receipts, backup, home) / f"fleet.{_stamp(receipts[0])}.receipt.json"
    try:
        _write(file, [replace(one, file=file) for one in receipts])
    except OSError as error:
        return None, (Problem(f"{file} could not be written: {error}"),)
    for one in receipts:
        if one.file:
            one.file.unlink(missing_ok=True)
    return file, ()


def _folder(receipts: Sequence[Receipt], backup: Path | None, home: Path) -> Path:
    if backup:
        return backup.resolve()
    homes = {one.file.parent for one in receipts if one.file}
    common = Path(os.path.commonpath(homes)) if homes else home
    return home if common == Path(common.anchor) else common


def _stamp(receipt: Receipt) -> str:
    return "".join(sign for sign in receipt.began if sign.isalnum())


def _write(file: Path | None, receipts: Sequence[Receipt]) -> None:
    """All of it or nothing, and for nobody's eyes who may not read the databases."""
    assert file
    file.parent.mkdir(parents=True, exist_ok=True)
    models = [one.path.stat() for one in receipts if one.path.is_file()]
    with written_aside(file.with_name(f"{file.name}.partial"), file, models) as draft:
        draft.write_text(f"{receipts_as_json(receipts)}\n", "utf-8")
    os.utime(file)
