"""Where each thing of a site is: names of files and anchors that any file system and any URL takes.

A name that is plain already stays what it is; any other one gets a digest behind it, so that no
two names share an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from sqlplumb.schema import Ref

FOLDER = "tables"
_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_-]{0,59}")
# A file of Windows cannot be called so, whatever stands behind a dot.
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{at}" for name in ("com", "lpt") for at in "123456789"),
}


def slug(name: str) -> str:
    """Return a word that names this and nothing else."""
    if _PLAIN.fullmatch(name) and name not in _DEVICES:
        return name
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    word = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:40]
    return f"{word}-{digest}".lstrip("-")


def files_of(keys: Iterable[str]) -> dict[str, str]:
    """Return the file of each table and view, seen from the first page."""
    return {key: f"{FOLDER}/{slug(key)}.html" for key in keys}


def anchor_of(ref: Ref) -> str:
    """Return the anchor of an object on the page of its table."""
    name = ref.name if ref.kind in ("column", "index", "trigger") else f"{ref.kind} {ref.name}"
    return f"{ref.kind.replace(' ', '-')}-{slug(name)}"


def revision_anchor(revision: str) -> str:
    return f"revision-{slug(revision)}"
