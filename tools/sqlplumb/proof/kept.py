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

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.sources.scripts import parents_of

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

NAME = "proofs.toml"
_HEAD = (
    "# Written by `sqlplumb revise` and `sqlplumb prove`: what was proved, byte for byte.\n"
    "[proved]\n"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a revision was when it was proved: its bytes, and what it came behind."""

    sha256: str
    after: tuple[str, ...]


def kept_of(script: Script) -> Kept:
    """What it is now."""
    return Kept(sha256(Path(script.path).read_bytes()).hexdigest(), parents_of(script))


def file_of(scripts: ScriptDirectory, settings: Settings) -> Path:
    return settings.root / scripts.dir / NAME


def read_kept(file: Path) -> Mapping[str, Kept]:
    """By the id of the revision; empty where nothing was ever proved."""
    if not file.is_file():
        return {}
    try:
        lines = tomllib.loads(file.read_text("utf-8"))["proved"]
        return {name: Kept(one["sha256"], tuple(one["after"])) for name, one in lines.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        message = f"{file} cannot be read"
        raise WrongInput(
            Problem(message, "mend it, or remove it and run `sqlplumb prove`")
        ) from None


def keep(file: Path, proved: Mapping[str, Kept], gone: Collection[str] = ()) -> None:
    """These and those that are known already; nothing is written where nothing is new."""
    known = read_kept(file)
    kept = {name: one for name, one in {**known, **proved}.items() if name not in gone}
    if kept != known:
        _write(file, _HEAD + "".join(_line(name, kept[name]) for name in sorted(kept)))


def _line(name: str, one: Kept) -> str:
    after = ", ".join(json.dumps(parent) for parent in one.after)
    return f'{json.dumps(name)} = {{ sha256 = "{one.sha256}", after = [{after}] }}\n'


def _write(file: Path, text: str) -> None:
    """All of it or nothing."""
    handle, draft = tempfile.mkstemp(prefix=f".{NAME}-", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as opened:
        opened.write(text)
    Path(draft).chmod(0o644)
    Path(draft).replace(file)
