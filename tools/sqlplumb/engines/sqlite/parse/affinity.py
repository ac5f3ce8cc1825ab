"""What a declared type means to SQLite: the five rules, in their order."""

from __future__ import annotations

_RULES = (
    ("int", "integer"),
    ("char", "text"),
    ("clob", "text"),
    ("text", "text"),
    ("blob", "blob"),
    ("real", "real"),
    ("floa", "real"),
    ("doub", "real"),
)


def affinity(declared: str) -> str:
    if not declared:
        return "blob"
    folded = declared.lower()
    return next((meaning for part, meaning in _RULES if part in folded), "numeric")
