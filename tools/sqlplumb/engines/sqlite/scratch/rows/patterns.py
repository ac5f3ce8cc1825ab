"""Texts that a LIKE or GLOB pattern matches, made by walking along the pattern.

Knows patterns alone; whether SQLite agrees is found out by trying.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_IN_LIKE = re.compile(r"\\.|%|_|[^%_\\]+|\\", re.DOTALL)
_IN_GLOB = re.compile(r"\[\^?\]?[^\]]*\]|\*|\?|[^*?\[]+|\[", re.DOTALL)
_OTHERS = "a0Z _-.~é"


def liked(pattern: str, many: int) -> Iterator[str]:
    yield from ("".join(_like(pattern, number)) for number in range(many))


def globbed(pattern: str, many: int) -> Iterator[str]:
    """Also for `NOT GLOB '*[^a-f]*'`, the way to say that all is of one class."""
    yield from ("".join(_glob(pattern, number)) for number in range(many))
    if pattern.startswith("*[^") and pattern.endswith("]*"):
        inside = _members(f"[{pattern[3:-2]}]")
        for number in range(many):
            yield "".join(inside[(number * at + at) % len(inside)] for at in range(1, 4))


def _like(pattern: str, number: int) -> Iterator[str]:
    for at, part in enumerate(_IN_LIKE.findall(pattern)):
        if part == "%":
            yield _filling(number)
        elif part == "_":
            yield "0123456789abcdef"[(number + at) % 16]
        else:
            yield part[1:] if part[0] == "\\" and len(part) > 1 else part


def _glob(pattern: str, number: int) -> Iterator[str]:
    for at, part in enumerate(_IN_GLOB.findall(pattern)):
        if part == "*":
            yield _filling(number)
        elif part == "?" or (part[0] == "[" and len(part) > 1):
            inside = _members(part)
            yield inside[(number + at) % len(inside)] if number else inside[0]
        else:
            yield part


def _filling(number: int) -> str:
    """For `%` and `*`: nothing, one letter, then no two alike."""
    return ("", "x")[number] if number < 2 else f"x{number}"


def _members(part: str) -> str:
    """The letters of `[a-f0-9]` in their order; of `[^...]` and `?` some that are not named."""
    if part == "?":
        return _OTHERS
    inside = part[1:-1]
    said = inside.removeprefix("^")
    found = re.sub(r"(.)-(.)", _range, said, flags=re.DOTALL)
    if inside != said:
        return "".join(letter for letter in _OTHERS if letter not in found) or "\u2603"
    return found or "]"


def _range(match: re.Match[str]) -> str:
    first, last = ord(match[1]), ord(match[2])
    return "".join(map(chr, range(first, min(last, first + 99) + 1)))
