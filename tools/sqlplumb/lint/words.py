"""What rules read in names and in canonical expressions: their words, and lists of members."""

from __future__ import annotations

import re

from sqlplumb.schema import Check, Expr

_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\S+""")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(expression: Expr) -> list[str]:
    """A canonical expression, word by word; a string is one word."""
    return _WORD.findall(expression.canonical)


def parts(name: str) -> list[str]:
    """`unit_price`, `UnitPrice`: unit, price."""
    return [part.lower() for part in _PART.findall(name)]


def members(check: Check) -> tuple[str, tuple[str, ...]] | None:
    """The column and the strings that it may be, of a CHECK that is such a list and nothing more,
    but for letting NULL through."""
    said = words(check.expression)
    if len(said) > 4 and said[1:4] == ["is", "null", "or"] and said[4] == said[0]:
        said = said[4:]
    if said[1:3] != ["in", "("] or said[-1] != ")":
        return None
    listed = tuple(said[3:-1:2])
    commas = said[4:-1:2]
    if set(commas) <= {","} and listed and all(one[0] == "'" for one in listed):
        return said[0].strip('"'), listed
    return None


def listed(names: list[str] | tuple[str, ...]) -> str:
    """`a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def is_constant(word: str) -> bool:
    return word[0] in "'0123456789" or word in ("true", "false", "null")
