"""Defaults in one spelling, and what a column stores for one that is a literal: SQLite is asked.

`DEFAULT '0'` and `DEFAULT 0` are one default where both store the number 0, and two where the
column converts nothing. It is one rule for files, databases, histories and models.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import lru_cache

from sqlplumb.engines.sqlite.limited import scratch
from sqlplumb.engines.sqlite.parse.expressions import read_expression
from sqlplumb.engines.sqlite.parse.lexer import REMEMBERED, fold, literal, tokens, unquoted
from sqlplumb.engines.sqlite.parse.parts import Default, affinity
from sqlplumb.schema import Expr

_INTEGER = re.compile(r"-?\d+\Z")
_PLAIN = re.compile(r"(?:0|[1-9]\d{0,17})\Z")
_CONSTANTS = frozenset(
    ("null", "true", "false", "current_date", "current_time", "current_timestamp")
)
_LONGEST = 100  # signs: no number has more


def default_of(default: Default, declared: str, strict: bool) -> Expr:
    """Of a column that is `declared` so, in a table that is `strict` or not."""
    return _default_of(default.text, default.bracketed, declared, strict)


@lru_cache(maxsize=REMEMBERED)
def _default_of(text: str, bracketed: bool, declared: str, strict: bool) -> Expr:
    return Expr(stored_default(_spelled(text, bracketed), declared, strict), text)


def _spelled(text: str, bracketed: bool) -> str:
    """`(CURRENT_TIMESTAMP)` is CURRENT_TIMESTAMP, `+5` is 5, and a bare word is a string."""
    said = tokens(text)
    if len(said) == 1 and not bracketed and said[0].kind in ("word", "quoted"):
        name = unquoted(text)
        if said[0].kind == "quoted" or fold(name) not in _CONSTANTS:
            return literal(name)
    if said and said[0].text == "+":
        said = said[1:]
    return read_expression(said, frozenset(), "")[0]


def stored_default(said: str, declared: str, strict: bool) -> str:
    """The canonical text of a default, or of the value that it stores in a column of this type,
    where that is a literal and no number loses anything on the way."""
    meaning = "blob" if strict and declared == "any" else affinity(declared)
    is_string = said[:1] == "'"
    if len(said) > _LONGEST or (is_string and meaning in ("text", "blob")):
        return said
    if _PLAIN.match(said) and meaning not in ("real", "text"):
        return said
    return _asked(said, meaning, strict and declared != "any") if _is_literal(said) else said


def _is_literal(said: str) -> bool:
    """A string, a number with or without a sign, TRUE or FALSE."""
    words = list(tokens(said))
    if len(words) == 2 and words[0].text == "-":
        return words[1].kind == "number"
    return len(words) == 1 and (words[0].kind in ("string", "number") or said in ("true", "false"))


@lru_cache(maxsize=10_000)
def _asked(said: str, meaning: str, strict: bool) -> str:
    values = _values(f"a {meaning} DEFAULT {said}", " STRICT" if strict else "")
    if len({(type(value), repr(value)) for value in values}) != 1:
        return said
    value = values[0]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if value not in (float("inf"), float("-inf")) else said
    # How a text shows a number that is not whole differs between versions of SQLite.
    is_whole = said[:1] == "'" or _INTEGER.match(str(value))
    return literal(str(value)) if is_whole else said


def _values(column: str, options: str) -> list[object]:
    """In a new row, and in one that was there before the column: SQLite converts them by two ways,
    which do not always agree. None where a STRICT column refuses it."""
    with closing(scratch()) as connection:
        try:
            connection.execute(f"CREATE TABLE t (id INTEGER, {column}){options}")
            connection.execute("INSERT INTO t (id) VALUES (1)")
            connection.execute(f"CREATE TABLE u (id INTEGER){options}")
            connection.execute("INSERT INTO u VALUES (1)")
            connection.execute(f"ALTER TABLE u ADD COLUMN {column}")
        except sqlite3.Error:
            return []
        return [one for (one,) in connection.execute("SELECT a FROM t UNION ALL SELECT a FROM u")]
