"""Which backups and receipts stay once a database was upgraded: the newest, as many as are wanted.

A backup belongs to the database that a receipt names beside it. What no receipt names, what is
called otherwise than sqlplumb calls it, and what cannot be read, is somebody else's, and stays.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sqlplumb.receipts import Receipt
from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What one receipt says of one database: the backup of it, if one was made, and when."""

    file: Path
    database: Path
    began: str
    backup: Path | None


def retire(receipts: Sequence[Receipt], count: int) -> None:
    """Let the newest `count` backups of each database stay that was upgraded just now, and the
    receipts that name them. What these receipts name stays in any case; 0 lets all stay."""
    applied = [receipt for receipt in receipts if receipt.outcome == "applied"]
    if not count or not applied:
        return
    made = {file for receipt in receipts for file in _files(receipt)}
    for folder in {file.parent for file in made}:
        entries = list(_entries(folder))
        retired = set(_retired(entries, {receipt.path for receipt in applied}, count, made=made))
        for backup in {entry.backup for entry in retired if entry.backup}:
            with suppress(OSError):
                backup.unlink()
        for file in {entry.file for entry in retired} - made:
            rest = [entry for entry in entries if entry.file == file and entry not in retired]
            if not any(entry.backup and entry.backup.exists() for entry in rest):
                with suppress(OSError):
                    file.unlink()


def _files(receipt: Receipt) -> Iterator[Path]:
    if receipt.file:
        yield receipt.file
    if receipt.backup:
        yield receipt.backup.path


def _retired(
    entries: Iterable[_Kept], databases: Collection[Path], count: int, *, made: Collection[Path]
) -> Iterator[_Kept]:
    """Yield what is older than the last that stays. What was made just now is the newest, whatever
    the clock says; of what has no backup, only the receipt counts."""
    seen = Counter[tuple[Path, bool]]()
    newest = sorted(entries, key=lambda entry: (entry.file in made, entry.began), reverse=True)
    for entry in newest:
        if entry.database not in databases:
            continue
        kind = (entry.database, entry.backup is not None)
        seen[kind] += 1
        if seen[kind] > count and not {entry.file, entry.backup} & {*made}:
            yield entry


def _entries(folder: Path) -> Iterator[_Kept]:
    """Read the receipts of a folder, and of each what lies there under the name that we gave it."""
    for file in sorted(folder.glob("*.receipt.json")):
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            for receipt in json.loads(file.read_text("utf-8"))["receipts"]:
                database, copy = Path(receipt["path"]), receipt["backup"]
                backup = Path(copy["path"]) if copy else None
                if backup and not _is_ours(backup, database, folder):
                    continue
                yield _Kept(
                    file=file, database=database, began=str(receipt["began"]), backup=backup
                )


def _is_ours(backup: Path, database: Path, folder: Path) -> bool:
    name = backup.name
    is_named = name.startswith(f"{database.name}.") and name.endswith(".backup")
    return is_named and backup.parent == folder and not backup.is_symlink()
