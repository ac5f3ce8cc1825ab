"""The backup that a receipt names, brought back to where it was taken.

A receipt is a file that anybody may have written. Unless the person says otherwise it may name a
backup that lies in its own folder, and a database that this is by its name the backup of.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlplumb.commands.comparing import without
from sqlplumb.config import Settings
from sqlplumb.engines import Copy, Engine, Location, Patience, Progress, Restoring, engine
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem, Refused, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.schema.schema import fingerprint, of_this_version

ELSEWHERE, NO_DATABASE = "elsewhere", "no-database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`aside` is what was there until now; None, where nothing was."""

    database: str
    backup: Path
    aside: Path | None
    revisions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a receipt says of one database."""

    path: Path
    label: str
    copy: Copy
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOptions:
    """`allow` may hold ELSEWHERE and NO_DATABASE."""

    settings: Settings
    wait: float = 30.0
    allow: Collection[str] = ()
    progress: Progress = field(default_factory=Progress)


def restore(receipt: Path, options: RestoreOptions) -> Iterator[Restored]:
    """Each database of the receipt that has a backup; none of them, if it names what it may not."""
    found = _read(receipt)
    if not found:
        message = f"{receipt} names no backup"
        raise WrongInput(Problem(message, "it was applied with --no-backup, or changed nothing"))
    if ELSEWHERE not in options.allow:
        _refuse_others(found, receipt.resolve().parent, options.settings)
    for one in found:
        yield _restored(one, options)


def _refuse_others(found: Collection[_Said], folder: Path, settings: Settings) -> None:
    hint = f"was the receipt changed or moved? If it is right: --allow {ELSEWHERE}"
    homes = (folder, settings.root.resolve())
    problems = []
    for one in found:
        path, copy = one.path.resolve(), one.copy.path.resolve()
        if not copy.is_relative_to(folder):
            problems.append(Problem(f"the receipt names a backup in another folder: {copy}", hint))
        elif not copy.name.startswith(f"{path.name}."):
            message = f"the receipt names a backup of another database for {path}: {copy.name}"
            problems.append(Problem(message, hint))
        elif not any(path.is_relative_to(home) for home in homes):
            message = f"the receipt names a database in another folder: {path}"
            problems.append(Problem(message, hint))
    if problems:
        raise Refused(problems)


def _restored(one: _Said, options: RestoreOptions) -> Restored:
    known = engine(one.label.partition(":")[0].partition("+")[0])
    revisions = _verified(known, one, options.settings.version_table)
    aside = one.path.with_name(f"{one.path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}.replaced")
    known.restore(
        Restoring(
            path=one.path,
            label=one.label,
            copy=one.copy,
            aside=aside,
            patience=Patience(seconds=options.wait),
            replaces_anything=NO_DATABASE in options.allow,
            progress=options.progress,
        )
    )
    return Restored(
        database=one.label,
        backup=one.copy.path,
        aside=aside if aside.exists() else None,
        revisions=revisions,
    )


def _verified(known: Engine, one: _Said, version_table: str) -> tuple[str, ...]:
    """The revisions at which the backup is, once its schema is what the receipt says."""
    try:
        backup = Location(engine=known, url="", label=str(one.copy.path), file=one.copy.path)
        with backup.open() as live:
            said = fingerprint(without(live.read(), version_table))
            revisions = live.at(version_table)
    except PlumbError as error:
        message = f"{one.label}: the backup cannot be read: {error}"
        raise DatabaseFailed(Problem(message, "nothing was changed")) from error
    if said != one.fingerprint and of_this_version(one.fingerprint):
        message = f"{one.label}: the backup is not what the receipt says was there"
        raise Refused(Problem(message, "nothing was changed; is it the right receipt?"))
    return revisions


def _read(file: Path) -> list[_Said]:
    try:
        said = json.loads(file.read_text("utf-8"))
        found: list[dict[str, Any]] = said["receipts"]
        return [_said(one) for one in found if one["backup"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"{without_password(str(file))} is no receipt that can be read"
        hint = "`sqlplumb apply` names the receipt that it writes"
        raise WrongInput(Problem(message, hint)) from error


def _said(one: dict[str, Any]) -> _Said:
    backup = one["backup"]
    words = [one["path"], one["database"], backup["path"], backup["mode"], backup["sha256"]]
    if not all(isinstance(word, str) and "\0" not in word for word in words):
        raise TypeError("a text is meant")
    path, label, copy, mode, sha256 = words
    bytes_ = int(backup["bytes"])
    made = Copy(path=Path(copy), bytes=bytes_, mode=mode, sha256=sha256)
    return _Said(
        path=Path(path), label=label, copy=made, fingerprint=f"{one['before']['fingerprint']}"
    )
