"""Which revisions were proved, and with which bytes: the file beside the history that says so.

One line for each revision, in the order of their ids, so that two branches merge. Whether a missing
line is allowed is not decided here.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.sources.history_lock import locked_folder
from sqlplumb.sources.scripts import down_revisions

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

NAME = "proofs.toml"
_HEAD = (
    "# Written by `sqlplumb revise` and `sqlplumb prove`: what was proved, byte for byte.\n"
    "[proved]\n"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a revision was when it was proved: its bytes, what it came behind, and the wording of
    the schema that it led to."""

    sha256: str
    after: tuple[str, ...]
    makes: str = ""


def kept_of(script: Script) -> Kept:
    """What it is now."""
    return Kept(_digest(Path(script.path)), down_revisions(script))


def file_of(scripts: ScriptDirectory) -> Path:
    return Path(scripts.dir, NAME)


def read_kept(file: Path) -> Mapping[str, Kept]:
    """By the id of the revision; empty where nothing was ever proved."""
    if not file.is_file():
        return {}
    try:
        lines = tomllib.loads(file.read_text("utf-8"))["proved"]
        return {
            name: Kept(str(one["sha256"]), tuple(map(str, one["after"])), one.get("makes", ""))
            for name, one in lines.items()
        }
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        message = f"{file} cannot be read"
        raise WrongInput(
            Problem(message, "mend it, or remove it and run `sqlplumb prove`")
        ) from None


def proved_end(folder: Path) -> tuple[str, str] | None:
    """The end of a history of which nothing but what was proved is there, and the wording that it
    leads to. None: that needs a closer look."""
    kept = read_kept(folder / NAME)
    files = sorted(_digest(file) for file in (folder / "versions").glob("*.py"))
    ends = kept.keys() - {name for one in kept.values() for name in one.after}
    if files != sorted(one.sha256 for one in kept.values()) or len(ends) != 1:
        return None
    (end,) = ends
    return (end, kept[end].makes) if kept[end].makes else None


def _digest(file: Path) -> str:
    """Of what Python reads: to it the three ends of a line are one, and git may change them."""
    said = file.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return sha256(said).hexdigest()


def keep(file: Path, proved: Mapping[str, Kept], gone: Collection[str] = ()) -> None:
    """These and those that are known already; nothing is written where nothing is new."""
    with locked_folder(file.parent):
        known = read_kept(file)
        kept = {name: one for name, one in {**known, **proved}.items() if name not in gone}
        if kept != known:
            _write(file, _HEAD + "".join(_line(name, kept[name]) for name in sorted(kept)))


def _line(name: str, one: Kept) -> str:
    after = ", ".join(json.dumps(parent) for parent in one.after)
    makes = f', makes = "{one.makes}"' if one.makes else ""
    return f'{json.dumps(name)} = {{ sha256 = "{one.sha256}", after = [{after}]{makes} }}\n'


def _write(file: Path, text: str) -> None:
    """All of it or nothing."""
    handle, draft = tempfile.mkstemp(prefix=f".{NAME}-", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as opened:
        opened.write(text)
    Path(draft).chmod(0o644)
    Path(draft).replace(file)
