"""The backup that a receipt names, brought back to where it was taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlplumb.config import VERSION_TABLE
from sqlplumb.engines import engine
from sqlplumb.errors import DatabaseFailed, Problem, WrongInput
from sqlplumb.journeys.measure import without
from sqlplumb.schema.fingerprint import fingerprint, of_this_version


@dataclass(frozen=True, slots=True)
class Restored:
    """`aside` is what was there until now; None, where nothing was."""

    database: str
    backup: Path
    aside: Path | None
    revisions: tuple[str, ...]


def restore(receipt: Path, wait: float, version_table: str = VERSION_TABLE) -> Iterator[Restored]:
    """Each database of the receipt that has a backup."""
    found = [one for one in _receipts(receipt) if one["backup"]]
    if not found:
        message = f"{receipt} names no backup"
        raise WrongInput(Problem(message, "it was applied with --no-backup, or changed nothing"))
    for one in found:
        yield _restored(one, wait, version_table)


def _restored(one: Any, wait: float, version_table: str) -> Restored:
    path, backup = Path(one["path"]), Path(one["backup"]["path"])
    label = one["database"]
    known = engine(label.partition(":")[0].partition("+")[0])
    existed = path.exists()
    aside = path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}.replaced")
    known.restore(path, label, backup, one["backup"]["mode"], aside, wait)
    with known.open_database(label, path) as live:
        versions = (live.versions and live.versions(version_table)) or ()
        said = fingerprint(without(live.read(), version_table))
    before = one["before"]["fingerprint"]
    if said != before and of_this_version(before):
        message = f"{label}: what was brought back is not what the receipt says was there"
        raise DatabaseFailed(Problem(message, f"what was there until now is {aside}"))
    return Restored(label, backup, aside if existed else None, versions)


def _receipts(file: Path) -> list[dict[str, Any]]:
    try:
        said = json.loads(file.read_text("utf-8"))
        found: list[dict[str, Any]] = said["receipts"]
        for one in found:
            _ = Path(one["path"]), f"{one['before']['fingerprint']}", "" + one["database"]
            _ = one["backup"] and (Path(one["backup"]["path"]), one["backup"]["mode"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{file} is no receipt that can be read"
        hint = "`sqlplumb apply` names the receipt that it writes"
        raise WrongInput(Problem(message, hint)) from error
    return found
