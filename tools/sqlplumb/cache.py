"""A folder of answers that cost time, in the user's own cache. Whatever is wrong with it, it is as
if it were empty.

An entry is told by a key that holds all that made it; it is written beside its place and renamed,
so that a reader sees all of it or none, whoever else writes. It is JSON and bytes, and nothing in
it is ever run. Must never know what it keeps.
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
    """The user's folder for what can be made again; None where nobody can say."""
    try:
        home = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(home) if os.path.isabs(home) else Path.home() / ".cache"  # noqa: PTH117
        return base / "sqlplumb"
    except RuntimeError:
        return None


def names() -> frozenset[str]:
    """The keys that have an entry."""
    with suppress(OSError):
        if place := _private(folder()):
            return frozenset(one.removesuffix(_SUFFIX) for one in os.listdir(place))  # noqa: PTH208
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
        said = json.loads(head)
        os.utime(file)  # the oldest go first
    except (OSError, ValueError, zlib.error):
        return None
    return (said, body) if isinstance(said, dict) else None


def save(key: str, said: Mapping[str, Any], body: bytes) -> None:
    packed = zlib.compress(json.dumps(said).encode() + b"\n" + body, 1)
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
    """A folder that somebody else could write to holds nothing that can be relied on."""
    if place is None:
        return None
    found = place.stat()
    is_own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return place if is_own and not found.st_mode & 0o022 else None


def _forget_oldest(place: Path) -> None:
    """What others remove meanwhile is gone as well."""
    found = []
    for one in os.scandir(place):
        with suppress(OSError):
            known = one.stat()
            found.append((known.st_mtime, known.st_size, one.path))
    size = 0
    for number, (_, bytes_, path) in enumerate(sorted(found, reverse=True)):
        size += bytes_
        if number >= _MOST_ENTRIES or size > _MOST_BYTES:
            Path(path).unlink(missing_ok=True)
