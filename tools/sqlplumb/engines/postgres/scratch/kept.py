"""Remember what files were read as, in the user's cache: the same text is loaded once by each
version of the server. Must never decide which server that is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from sqlplumb import cache
from sqlplumb.engines.postgres.read.catalog import CATALOG_VERSION, Rows
from sqlplumb.engines.postgres.read.seals import Seal

_SEAL = "-seal"  # the end of its key


def key_of(files: Mapping[str, str], server: str, rows_allowed: bool) -> str:
    """Return the key of what these files are read as; `server` says what reads them."""
    made_by = repr(("postgresql", CATALOG_VERSION, server, rows_allowed, sorted(files.items())))
    return blake2b(made_by.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def load(key: str) -> Rows | None:
    entry = cache.load(key)
    if entry is None:
        return None
    try:
        rows: dict[str, list[dict[str, Any]]] = json.loads(entry[1])
    except ValueError:
        return None
    return rows


def load_seal(key: str) -> Seal | None:
    """Return the seal of what was read by this key, where there was nothing else to tell."""
    entry = cache.load(key + _SEAL)
    return Seal(**entry[0]) if entry else None


def save_seal(key: str, seal: Seal) -> None:
    facts = {"columns": seal.columns, "digests": seal.digests, "units": seal.units}
    cache.save(key + _SEAL, facts, b"")


def save(key: str, rows: Rows) -> None:
    cache.save(key, {}, json.dumps(rows).encode())
