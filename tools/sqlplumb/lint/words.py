"""What rules read in names and in canonical expressions: their words, and lists of members."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlplumb.engines import engine
from sqlplumb.schema import Check, Expr, Schema, Unit

_CONSTANT = re.compile(r"x?'.*'|\.?\d.*|true|false|null", re.DOTALL)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(expression: Expr, schema: Schema) -> list[str]:
    """A canonical expression, word by word; a string is one word."""
    return engine(schema.engine).expression_words(expression.canonical)


def parts(name: str) -> list[str]:
    """`unit_price`, `UnitPrice`: unit, price."""
    return [part.lower() for part in _PART.findall(name)]


def sides(said: Sequence[str], word: str) -> list[list[str]]:
    """The words between each "and", "or" or comma that stands in no bracket, without the brackets
    that a canonical expression has around an operand."""
    found: list[list[str]] = [[]]
    depth = 0
    for one in said:
        depth += (one in ("(", "case")) - (one in (")", "end"))
        if one == word and depth == 0:
            found.append([])
        else:
            found[-1].append(one)
    if len(found) == 1 or word == ",":
        return found
    return [side[1:-1] if side[:1] == ["("] else side for side in found]


def listed_in(said: Sequence[str]) -> list[list[str]]:
    """What stands between the commas of the first `IN ( ... )`; nothing, where there is none."""
    begins = said.index("in") + 1 if "in" in said else len(said)
    depth = 0
    for at, one in enumerate(said[begins:], begins):
        depth += (one == "(") - (one == ")")
        if depth == 0:
            return sides(said[begins + 1 : at], ",")
    return []


def where_not_null(expression: Expr, schema: Schema) -> list[str]:
    """`x IS NULL OR ...` without its first part, where the rest speaks of x."""
    said = words(expression, schema)
    found = sides(said, "or")
    if len(found) == 2 and found[0][1:] == ["is", "null"] and found[0][0] in found[1]:
        return found[1]
    return said


def members(check: Check, schema: Schema) -> tuple[str, tuple[str, ...]] | None:
    """The column and the strings that it may be, of a CHECK that is such a list and nothing more,
    but for letting NULL through."""
    said = where_not_null(check.expression, schema)
    if said[1:3] != ["in", "("] or said[-1] != ")":
        return None
    listed = sides(said[3:-1], ",")
    if all(len(one) == 1 and one[0][0] == "'" for one in listed):
        return named(said[0]), tuple(one[0] for one in listed)
    return None


def named(word: str) -> str:
    """The name that a word of a canonical expression stands for."""
    return word[1:-1].replace('""', '"') if word[0] == '"' else word


def listed(names: list[str] | tuple[str, ...]) -> str:
    """`a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def is_constant(word: str) -> bool:
    return _CONSTANT.fullmatch(word) is not None


def never_null(table: Unit) -> frozenset[str]:
    """The columns that are never NULL: by their own word, or as the row's number."""
    key = table.primary_key
    numbered = table.key if key and key.options.flag("rowid_alias") else ()
    return frozenset((*numbered, *(name for name, one in table.columns.items() if one.not_null)))
