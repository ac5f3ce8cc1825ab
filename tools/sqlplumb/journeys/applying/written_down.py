"""Receipts where they last: beside the backup, one for a database, and one for a whole fleet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlplumb.errors import Problem
from sqlplumb.receipts import Receipt
from sqlplumb.render.receipt import as_json


def written_down(receipt: Receipt, backup: Path | None) -> Receipt:
    """If anything was changed. A database that is upgraded is so without a receipt, too."""
    if not receipt.revisions or receipt.outcome == "rehearsed":
        return receipt
    folder = (backup or receipt.path.parent).resolve()
    kept = replace(receipt, file=folder / f"{receipt.path.name}.{_stamp(receipt)}.receipt.json")
    try:
        _write(kept.file, [kept])
    except OSError as error:
        problem = Problem(f"{receipt.database}: its receipt could not be written: {error}")
        return replace(receipt, warnings=(*receipt.warnings, problem))
    return kept


def gathered(
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
    """All of it or nothing."""
    assert file
    draft = file.with_name(f"{file.name}.partial")
    file.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(f"{as_json(receipts)}\n", "utf-8")
    draft.replace(file)
