"""The facts of columns. Defaults in one spelling, and as the value that a column stores for one.

`DEFAULT '0'` and `DEFAULT 0` are one default where both store the number 0, and two where the
column converts nothing. It is one rule for files, databases, histories and models.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache

from sqlplumb.engines.sqlite.limited import scratch
from sqlplumb.engines.sqlite.options import column_with_conflict
from sqlplumb.engines.sqlite.parse.expressions import read_expression, read_text
from sqlplumb.engines.sqlite.parse.lexer import REMEMBERED, fold, literal, tokens, unquoted
from sqlplumb.engines.sqlite.parse.parts import Default, Expression, TableText, affinity
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.read.keys import collation, conflict, required_by_key
from sqlplumb.schema import Column, Expr, Ref

_INTEGER = re.compile(r"-?\d+\Z")
_PLAIN = re.compile(r"(?:0|[1-9]\d{0,17})\Z")
_CONSTANTS = frozenset(
    ("null", "true", "false", "current_date", "current_time", "current_timestamp")
)
_LONGEST = 100  # signs: no number has more


def column_facts(
    statement: Statement, parsed: TableText, names: frozenset[str]
) -> Iterator[Column]:
    table, required = fold(statement.name), required_by_key(parsed)
    for position, column in enumerate(parsed.columns):
        name, start, body = fold(column.name), column.start, column.body
        not_null, default, generated = body.not_null, body.default, body.generated
        yield Column(
            ref=Ref("column", table, name, shown=column.name, shown_table=statement.name),
            text=statement.text[start : column.end],
            place=statement.place_at(start),
            type=body.type,
            not_null=not_null is not None or name in required,
            not_null_name=fold(not_null.name) if not_null else "",
            options=column_with_conflict(conflict(not_null.on_conflict) if not_null else ""),
            default=default_of(default, body.type, parsed.strict) if default else None,
            default_name=fold(default.name) if default else "",
            collation=collation(body.collate.collation) if body.collate else "",
            generated=expression_of(statement, generated.expression, names) if generated else None,
            stored=generated.stored if generated else False,
            position=position,
        )


def expression_of(statement: Statement, parsed: Expression, names: frozenset[str]) -> Expr:
    canonical, columns = read_text(parsed.text, names, statement.unit)
    return Expr(canonical, parsed.text, columns)


# ---------------------------------------------------------------------------------------- defaults


@lru_cache(maxsize=REMEMBERED)
def default_of(default: Default, declared: str, strict: bool) -> Expr:
    """Read the default of a column of this declared type, in a table that is STRICT or not."""
    spelled = _spelled(default.text, default.bracketed)
    return Expr(stored_default(spelled, declared, strict), default.text)


def _spelled(text: str, bracketed: bool) -> str:
    """`(CURRENT_TIMESTAMP)` is CURRENT_TIMESTAMP, `+5` is 5, and a bare word is a string."""
    words = tokens(text)
    if len(words) == 1 and not bracketed and words[0].kind in ("word", "quoted"):
        name = unquoted(text)
        if words[0].kind == "quoted" or fold(name) not in _CONSTANTS:
            return literal(name)
    if words and words[0].text == "+":
        words = words[1:]
    return read_expression(words, frozenset(), "")[0]


def stored_default(canonical: str, declared: str, strict: bool) -> str:
    """Return a canonical default, or the value that it stores in a column of this type where it is
    a literal and no number loses anything on the way."""
    meaning = "blob" if strict and declared == "any" else affinity(declared)
    is_string = canonical[:1] == "'"
    if len(canonical) > _LONGEST or (is_string and meaning in ("text", "blob")):
        return canonical
    if _PLAIN.match(canonical) and meaning not in ("real", "text"):
        return canonical
    words = tokens(canonical)
    if words and words[0].text == "-":
        is_literal = [word.kind for word in words[1:]] == ["number"]
    else:
        is_value = len(words) == 1 and words[0].kind in ("string", "number")
        is_literal = is_value or canonical in ("true", "false")
    return _stored(canonical, meaning, strict and declared != "any") if is_literal else canonical


@lru_cache(maxsize=10_000)
def _stored(canonical: str, meaning: str, strict: bool) -> str:
    values = _values(f"a {meaning} DEFAULT {canonical}", " STRICT" if strict else "")
    if len({(type(value), repr(value)) for value in values}) != 1:
        return canonical
    value = values[0]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if value not in (float("inf"), float("-inf")) else canonical
    # How a text shows a number that is not whole differs between versions of SQLite.
    is_whole = canonical[:1] == "'" or _INTEGER.match(str(value))
    return literal(str(value)) if is_whole else canonical


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
        rows = connection.execute("SELECT a FROM t UNION ALL SELECT a FROM u")
        return [value for (value,) in rows]
