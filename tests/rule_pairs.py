"""Pairs of rules over small tables, and every row that such a table may hold, near enough.

A rule is drawn, and its pair is made of it by a few changes, of which some keep its meaning. Rows
are a grid over all values that the literals could tell apart. Nothing here asks sqlplumb.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from random import Random

TABLES = (
    ("a INTEGER", "b INTEGER"),
    ("a INTEGER NOT NULL", "b REAL"),
    ("a TEXT", "b TEXT"),
    ("a TEXT COLLATE NOCASE", "b TEXT COLLATE NOCASE"),
    ("a TEXT COLLATE NOCASE NOT NULL", "b TEXT"),
    ("a TEXT COLLATE RTRIM", "b TEXT COLLATE RTRIM"),
    ("a", "b"),
    ("a NUMERIC", "b TEXT"),
    ("a BLOB", "b INTEGER"),
    ("a BOOLEAN NOT NULL", "b BOOLEAN"),
    ("a REAL", "b NUMERIC"),
    ("a INTEGER PRIMARY KEY", "b INTEGER"),
    ("a INTEGER", "b TEXT", "STRICT"),
    ("a REAL NOT NULL", "b ANY", "STRICT"),
    ("a TEXT", "b BLOB", "STRICT"),
    ("a INTEGER", "b TEXT COLLATE NOCASE AS (a || 'x')"),
    ("a", "b INTEGER NOT NULL AS (coalesce(a, 0))"),
)
NUMBERS = (
    *("0", "1", "2", "3", "-1", "1.5", ".5", "2.0", "1e1", "9007199254740993"),
    *("9223372036854775807", "-9223372036854775807", "-9223372036854775808"),
)
TEXTS = ("'a'", "'b'", "'A'", "'b '", "''", "'1'", "'2'", "'1a'", "'x'", "' '", "'1.5'", "'1e1'")
OTHERS = ("x'61'", "x'31'", "x''", "NULL", "TRUE", "FALSE")
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT")
CALLS = (
    *("length({})", "lower({})", "coalesce({}, 0)", "{} + 1", "{} || 'a'", "-{}", "typeof({})"),
    *("{} LIKE 'a%'", "CASE WHEN {} > 1 THEN 1 ELSE 'b' END", "abs({})", "ifnull({}, 'a')"),
    *("CAST({} AS TEXT)", "{} COLLATE NOCASE", "+{}", "a + b", "max(a, b)", "a || b", "{} % 2"),
    *("b * {}", "{} | 1", "(a COLLATE NOCASE) + {}", "{} LIKE '_' || '1'"),
)
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}
OPPOSITE |= {"IS": "IS NOT", "IS NOT": "IS"}
GRID: tuple[int | float | str | bytes | None, ...] = (
    *(None, -2, -1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 9, 10, 11),
    *(2**53, 2**53 + 1, 2**53 + 2, 2.0**63, 9.3e18, 1 - 2**63, 2 - 2**63),
    *(2**63 - 1, 2**63 - 2, -(2**63), 1e300, -1e300, "", " ", "!", "0", "0a", "1", "1 ", "1!"),
    *("1.5", "1.50", "1a", "1aa", "1b", "1e1", "10", "2", "2a", "3", "A", "A ", "Aa", "B", "B "),
    *("a", "a ", "a!", "aa", "ab", "b", "b ", "b!", "b !", "ba", "c", "w", "x", "X", "xx", "y"),
    *("true", "\x01", "a\x01", "z", b"", b"0", b"1", b"1a", b"1\0", b"0a", b"2", b"a", b"a\0"),
    *(b"aa", b"b", b"c", b"\xff"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    table: tuple[str, ...]
    current: str
    desired: str
    given: str  # what holds for every row anyway

    def sql(self) -> str:
        columns = ", ".join(part for part in self.table if part != "STRICT")
        return f"CREATE TABLE t ({columns}){' STRICT' if 'STRICT' in self.table else ''}"


# A rule is a nested tuple: ("and", one, other), ("not", one), or (operator, operand, ...).
Rule = tuple[object, ...]


class Drawn:
    """Everything that one seed gives."""

    def __init__(self, seed: int, *, with_calls: bool) -> None:
        self.random = Random(seed)  # noqa: S311
        self.with_calls = with_calls

    def pairs(self, count: int) -> Iterator[Pair]:
        for _ in range(count):
            table = self.random.choice(TABLES)
            rule = self.rule(self.random.choice((0, 1, 1, 2)))
            other = rule
            for _ in range(self.random.choice((1, 1, 2, 3))):
                other = self.changed(other)
            given = written(self.rule(1)) if self.random.random() < 0.3 else "1"
            yield Pair(table=table, current=written(rule), desired=written(other), given=given)

    def rule(self, depth: int) -> Rule:
        if depth and self.random.random() < 0.9:
            kind = self.random.choice(("and", "or", "and", "or", "not"))
            inner = self.rule(depth - 1)
            return ("not", inner) if kind == "not" else (kind, inner, self.rule(depth - 1))
        return self.comparison()

    def comparison(self) -> Rule:
        choice = self.random.random()
        one = self.operand()
        if choice < 0.55:
            other = self.operand() if self.random.random() < 0.2 else self.literal()
            return (self.random.choice(COMPARISONS), one, other)
        if choice < 0.75:
            listed = [self.literal() for _ in range(self.random.randint(0, 4))]
            return (self.random.choice(("IN", "NOT IN")), one, *listed)
        if choice < 0.85:
            return (
                self.random.choice(("BETWEEN", "NOT BETWEEN")),
                one,
                self.literal(),
                self.literal(),
            )
        if choice < 0.93:
            tests = ("IS NULL", "IS NOT NULL", "IS TRUE", "ISNULL", "IS NOT FALSE")
            return ("test", one, self.random.choice(tests))
        if choice < 0.96:
            return (self.random.choice(COMPARISONS), self.comparison(), self.literal())
        return ("test", one, "")

    def operand(self) -> str:
        column = self.random.choice("ab")
        if self.with_calls and self.random.random() < 0.4:
            return f"({self.random.choice(CALLS).format(column)})"
        return column

    def literal(self) -> str:
        return self.random.choice((*NUMBERS, *NUMBERS, *TEXTS, *TEXTS, *OTHERS))

    def changed(self, rule: Rule) -> Rule:
        """Somewhere inside, one thing is another one, or the same is said in another way."""
        kind = rule[0]
        if kind in ("and", "or", "not") and self.random.random() < 0.6:
            at = self.random.randint(1, len(rule) - 1)
            inner = self.changed(rule[at])  # type: ignore[arg-type]
            return (*rule[:at], inner, *rule[at + 1 :])
        return self.random.choice(list(self.variants(rule)))

    def variants(self, rule: Rule) -> Iterator[Rule]:
        kind, *parts = rule
        yield ("not", ("not", rule))
        yield (self.random.choice(("and", "or")), rule, self.comparison())
        yield ("or", rule, ("and", rule, self.comparison()))
        match kind:
            case "and" | "or":
                yield (kind, *reversed(parts))
                yield parts[0]  # type: ignore[misc]
                yield ("not", ("or" if kind == "and" else "and", *(("not", one) for one in parts)))
            case "not":
                yield parts[0]  # type: ignore[misc]
            case "IN" | "NOT IN":
                yield (kind, parts[0], *reversed(parts[1:]))
                yield (kind, *parts, self.literal())
                yield from [(kind, *parts[:-1])] if len(parts) > 1 else []
                if kind == "IN" and len(parts) > 2:
                    yield ("or", ("=", parts[0], parts[1]), ("IN", parts[0], *parts[2:]))
            case "BETWEEN":
                yield ("and", (">=", parts[0], parts[1]), ("<=", parts[0], parts[2]))
                yield ("and", (">", parts[0], parts[1]), (">=", parts[2], parts[0]))
            case str() if kind in OPPOSITE:
                if isinstance(parts[0], str) and (other := reversed_sum(parts[0])):
                    yield (kind, other, *parts[1:])
                    yield (FLIPPED.get(kind, kind), parts[1], other)
                yield (FLIPPED.get(kind, kind), parts[1], parts[0])
                yield ("not", (OPPOSITE[kind], *parts))
                yield (self.random.choice(COMPARISONS), *parts)
                yield (kind, parts[0], self.literal())
                yield ("or", rule, ("test", parts[0], "IS NULL"))
                yield ("and", rule, ("test", parts[0], "IS NOT NULL"))


def reversed_sum(operand: str) -> str:
    """Return a sum in the other order, or a joined pattern in one piece."""
    for sign in (" + ", " * ", " | "):
        one, found, other = operand[1:-1].partition(sign)
        if found:
            return f"({other}{sign}{one})"
    for parts, whole in (("'a%'", "'a' || '%'"), ("'_' || '1'", "'_1'")):
        if parts in operand:
            return operand.replace(parts, whole)
    return ""


def written(rule: object) -> str:
    if isinstance(rule, str):
        return rule
    assert isinstance(rule, tuple)
    kind, *parts = rule
    match kind:
        case "and" | "or":
            return f" {kind.upper()} ".join(f"({written(part)})" for part in parts)
        case "not":
            return f"NOT ({written(parts[0])})"
        case "IN" | "NOT IN":
            return f"{written(parts[0])} {kind} ({', '.join(map(written, parts[1:]))})"
        case "BETWEEN" | "NOT BETWEEN":
            return f"{parts[0]} {kind} {parts[1]} AND {parts[2]}"
        case "test":
            return f"{parts[0]} {parts[1]}"
    one = written(parts[0])
    return f"{f'({one})' if isinstance(parts[0], tuple) else one} {kind} {written(parts[1])}"


def is_generated(create: str, name: str) -> bool:
    return name == "b" and " AS (" in create


@cache
def grid(create: str) -> sqlite3.Connection:
    """A database with every row of the grid that this table takes."""
    connection = sqlite3.connect(":memory:")
    # Each key once would be too few rows.
    connection.execute(create.replace(" PRIMARY KEY", " NOT NULL CHECK (typeof(a) = 'integer')"))
    names = [name for name in "ab" if not is_generated(create, name)]
    insert = f"INSERT INTO t ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    for row in itertools.product(GRID, repeat=len(names)):
        try:
            connection.execute(insert, row)
        except sqlite3.IntegrityError:
            continue
    return connection


def takes(create: str, holds: str) -> bool:
    """Is there a row for which this condition holds? An error is none."""
    rows = grid(create)
    try:
        return rows.execute(f"SELECT 1 FROM t WHERE {holds} LIMIT 1").fetchone() is not None
    except sqlite3.OperationalError:
        numbers = rows.execute("SELECT rowid FROM t").fetchall()
        return any(_holds(rows, f"rowid = {number} AND {holds}") for (number,) in numbers)


def _holds(rows: sqlite3.Connection, where: str) -> bool:
    try:
        return rows.execute(f"SELECT 1 FROM t WHERE {where}").fetchone() is not None
    except sqlite3.OperationalError:
        return False


def takes_row(create: str, holds: str, row: Mapping[str, str]) -> bool:
    """Does it hold for this row, in a table that takes it?"""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(create)
        for other in ("1", "'x'", "x'61'"):  # of a column that the row does not name
            names = [name for name in "ab" if name in row or not is_generated(create, name)]
            values = ", ".join(row.get(name, other) for name in names)
            try:
                connection.execute(f"INSERT INTO t ({', '.join(names)}) VALUES ({values})")
            except sqlite3.IntegrityError:
                continue
            return connection.execute(f"SELECT 1 FROM t WHERE {holds}").fetchone() is not None
    return False
