"""Expressions that are hard to tell apart: the same words, with brackets elsewhere.

`swept` is every hard literal in every position between every two operators, with the brackets on
either side and without any. `pairs` draws larger shapes, each with every leaf in every position in
turn. Nothing here asks sqlplumb what SQL means: SQLite evaluates all sides, over hard rows.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import cycle, islice, product

Words = tuple[str, ...]

TABLE = 'a INTEGER, b TEXT COLLATE nocase, c REAL, d, "end", "like", "true", "x y"'
COLUMNS = frozenset(("a", "b", "c", "d", "end", "like", "true", "x y", "rowid", "oid", "_rowid_"))
LEAVES = (
    *(
        "a",
        "b",
        "c",
        "d",
        "end",
        "like",
        "true",
        '"x y"',
        "t.a",
        '"t"."b"',
        "main.t.c",
        "[d]",
        "`a`",
    ),
    *('"nocase"', "'nocase'", '"A"', "'A'", "'a'", "''", "'it''s'", "'%'", "'1'", "'1.0'", "'.5'"),
    *("0", "1", "2", ".5", "0.5", "1.", "1.0", "5e-1", ".5e1", "1E2", "1e2", "0x10", "0X1F"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "- 1", "+1", "-.5"),
    *("1.0000000000000002", "x'61'", "X'610001'", "x'610002'", "NULL", "false", "rowid"),
    *(
        "abs(a)",
        "max(a, c)",
        "like('a', b)",
        "CAST(d AS TEXT)",
        "CAST(b AS INTEGER)",
        "(a)",
        "((b))",
    ),
    *(
        "CASE a WHEN 1 THEN b ELSE end END",
        "CASE WHEN a THEN b END",
        "ifnull(d, .5)",
        "b COLLATE binary",
    ),
)
OPERATORS = (
    *("+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>", "->", "->>", "AND", "OR"),
    *("=", "==", "!=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT", "LIKE", "NOT LIKE", "GLOB"),
    *("IS DISTINCT FROM", "IS NOT DISTINCT FROM"),
)
PREFIXES = ("-", "+", "~", "NOT")
SUFFIXES = ("ISNULL", "NOTNULL", "NOT NULL", "IS NULL", "IS NOT NULL", "IS TRUE", "IS NOT FALSE")
COLLATES = ("COLLATE nocase", "COLLATE binary", 'COLLATE "rtrim"')
VALUES = (
    *(
        None,
        0,
        1,
        -1,
        2,
        0.5,
        1.5,
        2.75,
        -0.0,
        16,
        5,
        "",
        "a",
        "A",
        "1",
        "1.0",
        ".5",
        "b ",
        "nocase",
    ),
    *(b"a", b"a\x00\x01", "%", 9223372036854775807, -9223372036854775808, 1e300, '{"a":1}'),
)
ROWS = 26


# x, y and z are operands; the other small letters are drawn from `_DRAWN`.
SHAPES = (
    *("x o y o z", "( x o y ) o z", "x o ( y o z )", "p x o y o z", "x o p y o z"),
    *("x o p ( y o z )", "p ( x o y ) s o z", "p p x o y o z", "x o y s o z", "x s o y o z"),
    *("x o y c o z", "( x o y ) c o z", "p x c o y", "x n BETWEEN y AND z o x"),
    *("x o y n BETWEEN y AND z", "x BETWEEN y o z AND y", "x BETWEEN y AND z BETWEEN x AND y"),
    *("x n IN ( y , z ) o x", "x o y n IN ( z )", "x n IN ( ) o y", "x n LIKE y ESCAPE '!' o z"),
    *("x o y LIKE z ESCAPE '!'", "x LIKE y o z ESCAPE '!'", "x n LIKE y ESCAPE z o y"),
    *("CASE x o y WHEN z THEN x o y ELSE z END o x", "CASE WHEN x o y THEN z END o y"),
    *("x o ifnull ( y o z , x )", "( x , y ) q ( z , x o y )", "CAST ( x o y AS TEXT ) o z"),
)
_DRAWN: dict[str, Sequence[str]] = {
    "o": OPERATORS,
    "p": PREFIXES,
    "s": SUFFIXES,
    "c": COLLATES,
    "n": ("", "NOT"),
    "q": ("=", "<", "IS", "!="),
}


# One of each kind of token, and what begins or ends like another one.
LITERALS = (
    *(".5", "5.", "0x10", "1e2", "- 1", "NULL", "'a'", "x'61'", '"x y"', "[d]", "end", "true"),
    *("abs ( a )", "CASE WHEN a THEN b END", "( b )"),
)
SIDES = ("+", "-", "*", "||", "->", "&", "<", "=", "IS", "IS NOT", "LIKE", "NOT LIKE", "AND", "OR")


def swept() -> Iterator[tuple[str, ...]]:
    """Each time the same words, grouped in other ways."""
    for literal, place, first, second in product(LITERALS, range(3), SIDES, SIDES):
        x, y, z = [literal if at == place else column for at, column in enumerate("abc")]
        without = f"{x} {first} {y} {second} {z}"
        yield without, f"( {x} {first} {y} ) {second} {z}", f"{x} {first} ( {y} {second} {z} )"
    for literal, place, prefix, second in product(LITERALS, range(2), PREFIXES, SIDES):
        x, y = [literal if at == place else column for at, column in enumerate("ab")]
        without = f"{prefix} {x} {second} {y}"
        yield without, f"( {prefix} {x} ) {second} {y}", f"{prefix} ( {x} {second} {y} )"


def pairs(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """An expression, and the same with a pair of brackets gone, one more, or a word respelled."""
    draw = random.Random(seed)  # noqa: S311
    places = list(product(SHAPES, "xyz", LEAVES))
    draw.shuffle(places)
    for shape, letter, leaf in islice(cycle(places), count):
        drawn = {other: draw.choice(LEAVES) for other in "xyz"} | {letter: leaf}
        words = tuple(_drawn(draw, shape, drawn))
        yield " ".join(words), " ".join(_changed(draw, words))


def _drawn(draw: random.Random, shape: str, operands: dict[str, str]) -> Iterator[str]:
    for word in shape.split():
        said = operands.get(word, word)
        yield from _words(draw.choice(_DRAWN[word]) if word in _DRAWN else said)


def _words(leaf: str) -> Words:
    return tuple(re.findall(r'"[^"]*"|\S+', leaf))


def _changed(draw: random.Random, words: Words) -> Words:
    found = list(_brackets(words))
    kind = draw.randrange(4)
    if kind == 0 and found:
        opens, closes = draw.choice(found)
        return (*words[:opens], *words[opens + 1 : closes], *words[closes + 1 :])
    if kind == 1:
        return _respelled(draw, words)
    first = draw.randrange(len(words))
    last = draw.randrange(first + 1, len(words) + 1)
    return (*words[:first], "(", *words[first:last], ")", *words[last:])


_OTHERS = {
    "=": "==",
    "==": "=",
    "!=": "<>",
    "<>": "!=",
    "ISNULL": "IS NULL",
    "NOTNULL": "NOT NULL",
    "a": '"A"',
    "b": "[b]",
    "d": "t.d",
    "1": "1.0",
    ".5": "0.5",
    "'a'": '"a"',
    "1e2": "100.0",
    "true": '"true"',
    "end": '"END"',
    "NULL": "(NULL)",
    "0x10": "16",
    '"nocase"': "'nocase'",
    "1.0": "1.0000000000000002",
    "x'610002'": "X'610001'",
    "AND": "and",
    "OR": "or",
    "+": "-",
    "<": "<=",
    "LIKE": "GLOB",
    "IS": "=",
    "NOT": "- -",
    "nocase": "NOCASE",
    "'1'": "1",
}


def _respelled(draw: random.Random, words: Words) -> Words:
    places = [place for place, word in enumerate(words) if word in _OTHERS]
    if not places:
        return words
    place = draw.choice(places)
    return (*words[:place], *_words(_OTHERS[words[place]]), *words[place + 1 :])


def _brackets(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    open_at: list[int] = []
    for index, word in enumerate(words):
        if word == "(":
            open_at.append(index)
        elif word == ")":
            yield open_at.pop(), index


@contextmanager
def hard_rows() -> Iterator[sqlite3.Connection]:
    """Every value in every column, the columns out of step with each other."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({TABLE})")
        for number in range(ROWS):
            row = [VALUES[(number * step + step) % ROWS] for step in (1, 3, 5, 7, 9, 11, 15, 17)]
            connection.execute(f"INSERT INTO t VALUES ({', '.join('?' * 8)})", row)
        yield connection


def values(rows: sqlite3.Connection, expression: str) -> list[str] | None:
    """Its value in each row; an error is a value too. None where it is no SQL at all."""
    try:
        return [repr(value) for value in rows.execute(f"SELECT ({expression}) FROM t")]
    except sqlite3.Error:
        pass
    try:
        rows.execute(f"EXPLAIN SELECT ({expression}) FROM t")
    except sqlite3.Error:
        return None
    return [_in_row(rows, expression, number) for number in range(1, ROWS + 1)]


def _in_row(rows: sqlite3.Connection, expression: str, number: int) -> str:
    try:
        query = f"SELECT ({expression}) FROM t WHERE rowid = ?"
        return repr(rows.execute(query, (number,)).fetchone())
    except sqlite3.Error:
        return "an error"
