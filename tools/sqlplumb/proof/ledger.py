"""The ledger of proofs, `proofs.toml` beside the history: which revisions were proved, with which
bytes.

One line for each revision, in the order of their ids, so that two branches merge. Whether a missing
line is allowed is not decided here.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlplumb.approvals import read_approvals
from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.sources.base import parents
from sqlplumb.sources.history_lock import locked_folder
from sqlplumb.sources.scripts import down_revisions

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

LEDGER_NAME = "proofs.toml"
BY_REVISE = "revise"
_HEAD = (
    "# Written by `sqlplumb revise` and `sqlplumb prove`: what was proved, byte for byte.\n"
    "[proved]\n"
)
# The text that was read or written last, and its entries: a proof of many revisions adds to the
# ledger after each of them, and would parse all of it again each time.
_PARSED: dict[str, Mapping[str, LedgerEntry]] = {}


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What a revision was when it was proved: its bytes, what it came behind, and the wording of
    the schema that it led to. `by` says who wrote these bytes, where that was no person."""

    sha256: str
    after: tuple[str, ...]
    makes: str = ""
    by: str = field(default="", kw_only=True)

    def line(self, revision: str) -> str:
        after = ", ".join(json.dumps(parent) for parent in self.after)
        makes = f', makes = "{self.makes}"' if self.makes else ""
        by = f', by = "{self.by}"' if self.by else ""
        fields = f'sha256 = "{self.sha256}", after = [{after}]{makes}{by}'
        return f"{json.dumps(revision)} = {{ {fields} }}"


def entry_of(script: Script, settings: Settings) -> LedgerEntry:
    """Return the entry that a revision would get now; what it makes only a proof can tell."""
    return entry_of_file(script.path, down_revisions(script), settings)


def entry_of_file(file: str, down: tuple[str, ...], settings: Settings) -> LedgerEntry:
    return LedgerEntry(_digest(Path(file)), parents(down, settings))


def outdated(revision: str, then: LedgerEntry, now: LedgerEntry | None) -> str:
    """Say why what was proved is not so any more; nothing where it is."""
    if now is None:
        return f"revision {revision} was proved and is no more in the history: it was removed"
    if then.after != now.after:
        was, is_now = (" and ".join(entry.after) or "nothing" for entry in (then, now))
        return f"revision {revision} came behind {was} when it was proved, and behind {is_now} now"
    if then.sha256 != now.sha256:
        return f"revision {revision} was changed after it was proved"
    return ""


def ledger_file(scripts: ScriptDirectory, settings: Settings) -> Path:
    return Path(scripts.dir, ledger_name(settings))


def ledger_name(settings: Settings) -> str:
    """Return the name of the file: where a history is that of several databases, each has one."""
    database = settings.alembic.database if settings.alembic else ""
    return f"proofs.{database}.toml" if database else LEDGER_NAME


def read_ledger(file: Path) -> Mapping[str, LedgerEntry]:
    """Return the entries by revision id; none where nothing was ever proved."""
    if not file.is_file():
        return {}
    try:
        return _entries(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        message = f"{file} cannot be read"
        raise WrongInput(
            Problem(message, "mend it, or remove it and run `sqlplumb prove`")
        ) from None


def _entries(text: str) -> Mapping[str, LedgerEntry]:
    if text not in _PARSED:
        entries = {
            revision: LedgerEntry(
                str(fields["sha256"]),
                tuple(map(str, fields["after"])),
                fields.get("makes", ""),
                by=fields.get("by", ""),
            )
            for revision, fields in tomllib.loads(text)["proved"].items()
        }
        _remember(text, entries)
    return _PARSED[text]


def _remember(text: str, entries: Mapping[str, LedgerEntry]) -> None:
    _PARSED.clear()
    _PARSED[text] = MappingProxyType(entries)


def proved_end(folder: Path, settings: Settings) -> tuple[str, str] | None:
    """Return the last revision of a history that holds proved files alone, and the wording of the
    schema that it makes; None where only a closer look can tell."""
    entries = read_ledger(folder / ledger_name(settings))
    digests = sorted(_digest(file) for file in (folder / "versions").glob("*.py"))
    ends = entries.keys() - {parent for entry in entries.values() for parent in entry.after}
    if digests != sorted(entry.sha256 for entry in entries.values()) or len(ends) != 1:
        return None
    if any(entry.after != parents((), settings) for entry in _roots(entries)):
        return None
    (end,) = ends
    return (end, entries[end].makes) if entries[end].makes else None


def _roots(entries: Mapping[str, LedgerEntry]) -> list[LedgerEntry]:
    """Return those that come behind no other revision."""
    return [entry for entry in entries.values() if entries.keys().isdisjoint(entry.after)]


def _digest(file: Path) -> str:
    """Digest what Python reads: it takes the three ends of a line as one, and git may change
    them. Who approved it is no part of that."""
    return read_approvals(file.read_bytes()).sha256


def update_ledger(
    file: Path, proved: Mapping[str, LedgerEntry], gone: Collection[str] = ()
) -> None:
    """Add these entries, take those away that are gone; write nothing where nothing changes. Who
    wrote the bytes of a file is known as long as they stay the same."""
    with locked_folder(file.parent):
        known = read_ledger(file)
        proved = {
            name: replace(entry, by=entry.by or known[name].by)
            if name in known and known[name].sha256 == entry.sha256
            else entry
            for name, entry in proved.items()
        }
        entries = {name: entry for name, entry in {**known, **proved}.items() if name not in gone}
        if entries == known:
            return
        lines = (f"{entries[name].line(name)}\n" for name in sorted(entries))
        text = _HEAD + "".join(lines)
        # All of it or nothing: whoever is killed here leaves the ledger as it was.
        handle, draft = tempfile.mkstemp(prefix=f".{LEDGER_NAME}-", dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
        _remember(text, entries)
