"""What names and canonical expressions say, word by word. A string is one word."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CONSTANT = re.compile(r"x?'.*'|\.?\d.*|true|false|null", re.DOTALL)
_NAME_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def name_parts(name: str) -> list[str]:
    """Split `unit_price` or `UnitPrice` into unit, price."""
    return [part.lower() for part in _NAME_PART.findall(name)]


def enumerate_names(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def split_at(words: Sequence[str], separator: str) -> list[list[str]]:
    """Split at each "and", "or" or comma that is not nested.

    The brackets that a canonical expression has around an operand are removed.
    """
    parts: list[list[str]] = [[]]
    depth = 0
    for word in words:
        depth += (word in ("(", "case")) - (word in (")", "end"))
        if word == separator and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    if len(parts) == 1 or separator == ",":
        return parts
    return [part[1:-1] if part[:1] == ["("] else part for part in parts]


def items_of_in(words: Sequence[str]) -> list[list[str]]:
    """Return the items of the first `IN ( ... )`; an empty list if there is none."""
    begin = words.index("in") + 1 if "in" in words else len(words)
    depth = 0
    for position, word in enumerate(words[begin:], begin):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            return split_at(words[begin + 1 : position], ",")
    return []


def unquote_name(word: str) -> str:
    """Return the name that a word of a canonical expression stands for."""
    return word[1:-1].replace('""', '"') if word[0] == '"' else word


def is_constant(word: str) -> bool:
    return _CONSTANT.fullmatch(word) is not None
