"""A folder of answers that cost time, in the user's own cache.

Whatever is wrong with the folder, it is as if it were empty. The key of an entry holds all that
made it. An entry is written beside its place and renamed, so that a reader sees all of it or none.
It is JSON and bytes, and nothing in it is ever run. Must never know what it keeps.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

_MOST_BYTES = 64 << 20
_MOST_ENTRIES = 500
_SUFFIX = ".entry"


def folder() -> Path | None:
    """Return the user's folder for what can be made again; None where there is no home."""
    try:
        home = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(home) if os.path.isabs(home) else Path.home() / ".cache"  # noqa: PTH117
        return base / "sqlplumb"
    except RuntimeError:
        return None


def names() -> frozenset[str]:
    """Return the keys that have an entry."""
    with suppress(OSError):
        if place := _private(folder()):
            files = os.listdir(place)  # noqa: PTH208
            return frozenset(name.removesuffix(_SUFFIX) for name in files)
    return frozenset()


def load(key: str) -> tuple[Mapping[str, Any], bytes] | None:
    try:
        place = _private(folder())
        if place is None:
            return None
        file = place / f"{key}{_SUFFIX}"
        raw = file.read_bytes()
        digest, packed = raw[:16], raw[16:]
        if blake2b(key.encode() + packed, digest_size=16).digest() != digest:
            return None
        head, _, body = zlib.decompress(packed).partition(b"\n")
        facts = json.loads(head)
        os.utime(file)  # the oldest go first
    except (OSError, ValueError, zlib.error):
        return None
    return (facts, body) if isinstance(facts, dict) else None


def save(key: str, facts: Mapping[str, Any], body: bytes) -> None:
    packed = zlib.compress(json.dumps(facts).encode() + b"\n" + body, 1)
    with suppress(OSError):
        place = folder()
        if place is None:
            return
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _private(place) is None:
            return
        handle, written = tempfile.mkstemp(dir=place)  # for nobody else to read
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(blake2b(key.encode() + packed, digest_size=16).digest() + packed)
            Path(written).replace(place / f"{key}{_SUFFIX}")
        except BaseException:
            Path(written).unlink(missing_ok=True)
            raise
        _forget_oldest(place)


def _private(place: Path | None) -> Path | None:
    """Return the folder, unless somebody else could write to it."""
    if place is None:
        return None
    status = place.stat()
    is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return place if is_own and not status.st_mode & 0o022 else None


def _forget_oldest(place: Path) -> None:
    """Remove the oldest entries; other processes may remove entries at the same time."""
    entries = []
    for entry in os.scandir(place):
        with suppress(OSError):
            status = entry.stat()
            entries.append((status.st_mtime, status.st_size, entry.path))
    total = 0
    for number, (_, size, path) in enumerate(sorted(entries, reverse=True)):
        total += size
        if number >= _MOST_ENTRIES or total > _MOST_BYTES:
            Path(path).unlink(missing_ok=True)
