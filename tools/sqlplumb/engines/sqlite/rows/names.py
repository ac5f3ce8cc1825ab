"""Names in statements that only SQLite reads: always quoted, so none is ever a keyword."""

from __future__ import annotations


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
