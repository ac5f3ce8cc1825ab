"""Which backups there are to bring back, and which one a person means.

They are found by the receipts beside them. Nothing here changes a file, or opens a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sqlplumb.commands.backups import read_receipt
from sqlplumb.commands.databases import find_databases
from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.receipts import Backup
from sqlplumb.schema.words import enumerate_names
from sqlplumb.sources.database import from_environment, locate

NEWEST = "newest"
_RECEIPT = ".receipt.json"


def is_receipt(written: str) -> bool:
    """Is the file of a receipt named, whether it is there or not?"""
    is_file = Path(written).is_file() and not written.endswith(".backup")
    return written.endswith(_RECEIPT) or is_file


def folder_of(written: str) -> str:
    """Return the folder of a backup that is named by its path."""
    path = Path(written)
    return str(path.parent) if path.suffix == ".backup" and path.is_file() else ""


def kept_backups(settings: Settings, *, database: str = "", folder: str = "") -> list[Backup]:
    """Return the backups of a database, or of all that are configured, the newest first: those that
    lie beside it, or in a folder. Of a folder alone, return all that lie in it."""
    if folder and not database:
        return _in_order(_in_folder(Path(folder)))
    urls = find_databases([database] if database else [], settings)
    if not urls:
        message = "nothing says whose backups are meant"
        raise WrongInput(Problem(message, "--database URL names a database, --backup DIR a folder"))
    paths = [locate(from_environment(url), Path(), settings).resolved().path for url in urls]
    folders = [Path(folder)] if folder else sorted({path.parent for path in paths})
    found = (backup for each in folders for backup in _in_folder(each))
    return _in_order(backup for backup in found if backup.path.resolve() in paths)


def _in_folder(folder: Path) -> Iterator[Backup]:
    for file in sorted(folder.resolve().glob(f"*{_RECEIPT}")):
        with suppress(WrongInput):  # somebody else's
            yield from read_receipt(file)


def _in_order(backups: Iterator[Backup]) -> list[Backup]:
    return sorted(backups, key=lambda backup: (backup.began, backup.file.name), reverse=True)


def meant_backup(written: str, kept: Sequence[Backup]) -> Backup:
    """Return the backup that is `newest`, or whose revision or file is named; raise WrongInput
    where there is none, or where several databases or revisions could be meant."""
    there = [backup for backup in kept if backup.is_there]
    found = [backup for backup in there if _is_named(backup, written)]
    written = without_password(written)
    if not found:
        raise WrongInput(_none(written, there))
    labels = list(dict.fromkeys(backup.label for backup in found))
    if len({backup.path for backup in found}) > 1:
        message = f"{written}: there are backups of {enumerate_names(labels)}"
        raise WrongInput(Problem(message, "say which one: --database URL"))
    revisions = {backup.revisions for backup in found}
    if written != NEWEST and len(revisions) > 1:
        names = sorted(" and ".join(each) for each in revisions)
        message = f"{written} is the beginning of {enumerate_names(names)}"
        raise WrongInput(Problem(message, "write more of it"))
    return found[0]


def _is_named(backup: Backup, written: str) -> bool:
    if written == NEWEST or (written == "base" and not backup.revisions):
        return True
    is_file = Path(written).name == backup.copy.path.name
    return is_file or any(revision.startswith(written) for revision in backup.revisions)


def _none(written: str, there: Sequence[Backup]) -> Problem:
    if not there:
        advice = "`apply` makes them beside the database; --backup DIR names another folder"
        return Problem("there is no backup to bring back", advice)
    before = next(
        (backup for backup in there if any(ran.startswith(written) for ran in backup.ran)), None
    )
    if before is None:
        message = f"no backup is at {written}, and none is called so"
        return Problem(message, f"`sqlplumb restore` lists them; {NEWEST} is the last one")
    at = " and ".join(before.revisions) or "base"
    message = f"no backup is at {written}: the one that was made before it ran is at {at}"
    return Problem(message, f"`sqlplumb restore {at}` brings that back")
