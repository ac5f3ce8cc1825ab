"""What a column stores for a default that is a literal: SQLite itself is asked.

`DEFAULT '0'` and `DEFAULT 0` are one default where both store the number 0, and two where the
column converts nothing. It is one rule for files, databases, histories and models.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import lru_cache

from sqlplumb.engines.sqlite.limited import scratch
from sqlplumb.engines.sqlite.parse.affinity import affinity
from sqlplumb.engines.sqlite.parse.lexer import literal, tokens

_INTEGER = re.compile(r"-?\d+\Z")
_PLAIN = re.compile(r"(?:0|[1-9]\d{0,17})\Z")
_LONGEST = 100  # signs: no number has more


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
