"""What names say, word by word; and how several are told."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAME_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def name_parts(name: str) -> list[str]:
    """Split `unit_price` or `UnitPrice` into unit, price."""
    return [part.lower() for part in _NAME_PART.findall(name)]


def enumerate_names(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
