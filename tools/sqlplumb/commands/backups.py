"""Receipts and backups on the disk: written, and brought back to where they were taken.

A receipt is a file that anybody may have written. Unless the person says otherwise it may name a
backup that lies in its own folder, and a database that this is by its name the backup of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlplumb.commands.comparing import without
from sqlplumb.config import Settings
from sqlplumb.engines import Copy, Location, Patience, Progress, Restoring, engine
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem, Refused, WrongInput
from sqlplumb.files import digest, written_aside
from sqlplumb.hiding import without_password
from sqlplumb.receipts import Backup, Receipt, Restored
from sqlplumb.render.receipts import receipts_as_json
from sqlplumb.schema.schema import fingerprint, of_this_version
from sqlplumb.sources.database import scheme_of


def write_receipt(receipt: Receipt, backup: Path | None) -> Receipt:
    """Write a receipt where anything was changed, and return it with its file.

    It is written when nobody waits for the lock any more. A database that is upgraded is so without
    a receipt, too.
    """
    if not receipt.revisions or receipt.outcome == "rehearsed":
        return receipt
    folder = (backup or receipt.path.parent).resolve()
    if copy := receipt.backup:
        with suppress(OSError):
            receipt = replace(receipt, backup=replace(copy, sha256=digest(copy.path)))
    file = folder / f"{receipt.path.name}.{_stamp(receipt)}.receipt.json"
    with_file = replace(receipt, file=file)
    try:
        _write(file, [with_file])
    except OSError as error:
        problem = Problem(f"{receipt.database}: its receipt could not be written: {error}")
        return replace(receipt, warnings=(*receipt.warnings, problem))
    return with_file


def write_fleet_receipt(
    receipts: Sequence[Receipt], backup: Path | None, home: Path
) -> tuple[Path | None, tuple[Problem, ...]]:
    """Write one receipt for all of them in the place of theirs; where it fails, theirs stay."""
    if all(receipt.outcome in ("nothing to do", "rehearsed") for receipt in receipts):
        return None, ()
    folder = backup.resolve() if backup else _common_folder(receipts, home)
    file = folder / f"fleet.{_stamp(receipts[0])}.receipt.json"
    try:
        _write(file, [replace(receipt, file=file) for receipt in receipts])
    except OSError as error:
        return None, (Problem(f"{file} could not be written: {error}"),)
    for receipt in receipts:
        if receipt.file:
            receipt.file.unlink(missing_ok=True)
    return file, ()


def _common_folder(receipts: Sequence[Receipt], home: Path) -> Path:
    folders = {receipt.file.parent for receipt in receipts if receipt.file}
    common = Path(os.path.commonpath(folders)) if folders else home
    return home if common == Path(common.anchor) else common


def _stamp(receipt: Receipt) -> str:
    return "".join(sign for sign in receipt.began if sign.isalnum())


def _write(file: Path, receipts: Sequence[Receipt]) -> None:
    """Write all of it or nothing, for nobody's eyes who may not read the databases."""
    file.parent.mkdir(parents=True, exist_ok=True)
    models = [receipt.path.stat() for receipt in receipts if receipt.path.is_file()]
    with written_aside(file.with_name(f"{file.name}.partial"), file, models) as draft:
        draft.write_text(f"{receipts_as_json(receipts)}\n", "utf-8")
    os.utime(file)


ELSEWHERE, NO_DATABASE = "elsewhere", "no-database"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOptions:
    """`allow` may hold ELSEWHERE and NO_DATABASE."""

    settings: Settings
    wait: float = 30.0
    allow: Collection[str] = ()
    progress: Progress = field(default_factory=Progress)


def restore(receipt: Path, options: RestoreOptions) -> Iterator[Restored]:
    """Restore each database of the receipt that has a backup; none, if it names what it may not."""
    backups = read_receipt(receipt)
    if not backups:
        message = f"{receipt} names no backup"
        raise WrongInput(Problem(message, "it was applied with --no-backup, or changed nothing"))
    yield from restore_backups(backups, options)


def restore_backups(backups: Sequence[Backup], options: RestoreOptions) -> Iterator[Restored]:
    if ELSEWHERE not in options.allow:
        _refuse_others(backups, options.settings)
    for backup in backups:
        yield _restore(backup, options)


def read_receipt(file: Path) -> list[Backup]:
    """Return the backups that a receipt names; raise WrongInput for what is none."""
    try:
        receipts: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["receipts"]
        return [_read(receipt, file) for receipt in receipts if receipt["backup"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"{without_password(str(file))} is no receipt that can be read"
        advice = "`sqlplumb restore` lists what there is to bring back"
        raise WrongInput(Problem(message, advice)) from error


def _read(receipt: dict[str, Any], file: Path) -> Backup:
    """Raise ValueError, KeyError or TypeError for what is none."""
    copy = receipt["backup"]
    texts = [receipt["path"], receipt["database"], copy["path"], copy["mode"], copy["sha256"]]
    if not all(isinstance(text, str) and "\0" not in text for text in texts):
        raise TypeError("a text is meant")
    return Backup(
        file=file,
        path=Path(receipt["path"]),
        label=receipt["database"],
        copy=Copy(
            path=Path(copy["path"]),
            bytes=int(copy["bytes"]),
            mode=copy["mode"],
            sha256=copy["sha256"],
        ),
        fingerprint=f"{receipt['before']['fingerprint']}",
        began=f"{receipt.get('began', '')}",
        revisions=tuple(map(str, receipt["before"].get("revisions", ()))),
        ran=tuple(str(done["revision"]) for done in receipt.get("revisions", ())),
        messages=tuple(f"{done.get('message', '')}" for done in receipt.get("revisions", ())),
        down=receipt.get("direction") == "down",
    )


def _refuse_others(backups: Collection[Backup], settings: Settings) -> None:
    """Raise Refused where a receipt names files that are not those of its own databases."""
    advice = f"was the receipt changed or moved? If it is right: --allow {ELSEWHERE}"
    problems = []
    for backup in backups:
        folder = backup.file.resolve().parent
        homes = (folder, settings.root.resolve())
        path, copy = backup.path.resolve(), backup.copy.path.resolve()
        if not copy.is_relative_to(folder):
            problems.append(
                Problem(f"the receipt names a backup in another folder: {copy}", advice)
            )
        elif not copy.name.startswith(f"{path.name}."):
            message = f"the receipt names a backup of another database for {path}: {copy.name}"
            problems.append(Problem(message, advice))
        elif not any(path.is_relative_to(home) for home in homes):
            message = f"the receipt names a database in another folder: {path}"
            problems.append(Problem(message, advice))
    if problems:
        raise Refused(problems)


def _restore(backup: Backup, options: RestoreOptions) -> Restored:
    path, label = backup.path, backup.label
    backup_engine = engine(scheme_of(label))
    location = Location(
        engine=backup_engine, url="", label=str(backup.copy.path), file=backup.copy.path
    )
    revisions = _verified_revisions(backup, location, options.settings.version_table)
    aside = path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}.replaced")
    backup_engine.restore(
        Restoring(
            path=path,
            label=label,
            copy=backup.copy,
            aside=aside,
            patience=Patience(seconds=options.wait),
            replaces_anything=NO_DATABASE in options.allow,
            progress=options.progress,
        )
    )
    return Restored(
        database=label,
        backup=backup.copy.path,
        aside=aside if aside.exists() else None,
        revisions=revisions,
    )


def _verified_revisions(backup: Backup, location: Location, version_table: str) -> tuple[str, ...]:
    """Return the revisions of the backup, once its schema is what the receipt says."""
    try:
        with location.open() as live:
            current = fingerprint(without(live.read(to_plan=True).whole, version_table))
            revisions = live.at(version_table)
    except PlumbError as error:
        message = f"{backup.label}: the backup cannot be read: {error}"
        raise DatabaseFailed(Problem(message, "nothing was changed")) from error
    if current != backup.fingerprint and of_this_version(backup.fingerprint):
        message = f"{backup.label}: the backup is not what the receipt says was there"
        raise Refused(Problem(message, "nothing was changed; is it the right receipt?"))
    return revisions
