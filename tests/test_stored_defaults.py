"""A default is what a column stores for it, and SQLite says what that is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlplumb.engines import engine

NUMBERS = (
    *("0", "-0", "1", "-1", "+1", "007", "0x10", "12345678901234567", "9223372036854775807"),
    *("9223372036854775808", "1.0", "-1.0", "0.5", ".5", "5.", "1e2", "1E-2", "0.1", "1e400"),
)
WORDS = ("x", "", " 1 ", "- 1", "1 x", "1_0", "true", "\u0661", "1\t", "--1", "0x10", "inf")
DEFAULTS = (
    *NUMBERS,
    *(f"({one})" for one in NUMBERS[:6]),
    *(f"'{one}'" for one in (*NUMBERS, *WORDS)),
    *("true", "FALSE", "(true)", '"1"', "x'31'", "(1 + 0)", "('1' || '')"),
)
TYPES = ("INTEGER", "INT", "VARCHAR(5)", "TEXT", "REAL", "DOUBLE", "NUMERIC", "BOOLEAN", "BLOB", "")
STRICT = ("INTEGER", "REAL", "TEXT", "BLOB", "ANY")


def canonical(declared: str, default: str, options: str) -> str:
    sql = f"CREATE TABLE t (id INTEGER, a {declared} DEFAULT {default}){options};"
    schema = engine("sqlite").open_script("a", {"a.sql": sql}).read()
    (found,) = (fact for ref, fact in schema.objects.items() if ref.name == "a")
    return found.default.canonical  # type: ignore[union-attr]


def stored(declared: str, default: str, options: str) -> tuple[object, ...] | None:
    """In a new row, and in one that was there before the column, which SQLite does not always fill
    alike; None where it is refused."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t (id INTEGER, a {declared} DEFAULT {default}){options}")
        connection.execute(f"CREATE TABLE u (id INTEGER){options}")
        connection.execute("INSERT INTO u VALUES (1)")
        try:
            connection.execute("INSERT INTO t (id) VALUES (1)")
        except sqlite3.Error:
            return None
        found = connection.execute("SELECT typeof(a), quote(a) FROM t").fetchone()
        try:
            connection.execute(f"ALTER TABLE u ADD COLUMN a {declared} DEFAULT {default}")
        except sqlite3.Error:  # what is in brackets is not constant there
            return (*found, *found)
        return (*found, *connection.execute("SELECT typeof(a), quote(a) FROM u").fetchone())


def is_bare(default: str) -> bool:
    """A literal, of which a text shows every digit, and a number is none too large."""
    said = default.strip("()")
    is_whole = said.lstrip("+-").isdigit() and len(said) < 19
    return default[0] == "'" or is_whole or said in ("true", "FALSE", "1.0", "0.5", "1e2")


@pytest.mark.parametrize("options", ["", " STRICT"])
@pytest.mark.parametrize("declared", dict.fromkeys((*TYPES, *STRICT)))
def test_defaults_are_the_same_where_the_same_is_stored(declared: str, options: str) -> None:
    if declared not in (STRICT if options else TYPES):
        pytest.skip("no such type")
    read = {one: canonical(declared, one, options) for one in DEFAULTS}
    told = {one: stored(declared, one, options) for one in DEFAULTS}
    is_text = declared in ("TEXT", "VARCHAR(5)")
    for one, other in combinations(DEFAULTS, 2):
        if read[one] == read[other]:
            assert told[one] == told[other], (one, other)
        elif told[one] == told[other] is not None and is_bare(one) and is_bare(other):
            has_point = is_text and {one, other} & {"1.0", "0.5", "1e2"}
            assert has_point or "1e400" in f"{one}{other}", (one, other)


numbers = st.from_regex(r"[+-]?(0x)?[0-9]{0,20}(\.[0-9]{0,4})?(e[+-]?[0-9]{1,3})?", fullmatch=True)
strings = st.one_of(numbers, st.text(" +-.0123456789eExX\t\n'", max_size=8))
literals = st.one_of(numbers, strings.map(lambda text: "'" + text.replace("'", "''") + "'"))


@given(st.sampled_from(TYPES), literals, literals)
def test_no_two_literals_are_one_that_store_two_values(declared: str, one: str, other: str) -> None:
    pair = [default for default in (one, other) if is_accepted(declared, default)]
    read = [canonical(declared, default, "") for default in pair]
    told = [stored(declared, default, "") for default in pair]
    if len(pair) == 2 and read[0] == read[1]:
        assert told[0] == told[1]


def is_accepted(declared: str, default: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(f"CREATE TABLE t (id INTEGER, a {declared} DEFAULT {default})")
        except sqlite3.Error:
            return False
        return True
