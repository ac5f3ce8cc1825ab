"""What one rule lets through that the other does not: never claimed where it is not so.

SQLPLUMB_RELATIONS says how many random pairs are held against a grid of rows.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqlplumb.engines import engine
from sqlplumb.engines.sqlite.evaluator import TableEvaluator
from sqlplumb.engines.sqlite.parse.expressions import read_text
from sqlplumb.schema import Unit
from sqlplumb.understanding.evaluator import Purpose
from sqlplumb.understanding.reading import read_tree
from sqlplumb.understanding.relation import Relation, relation
from sqlplumb.understanding.tree import Node, columns, conjuncts, members

if TYPE_CHECKING:
    from tests.rule_pairs import TABLES as COLUMNS
    from tests.rule_pairs import Drawn, Pair, takes, takes_row
else:
    from rule_pairs import TABLES as COLUMNS
    from rule_pairs import Drawn, Pair, takes, takes_row

SEED = int(os.environ.get("SQLPLUMB_SEED", "14"))
PAIRS = int(os.environ.get("SQLPLUMB_RELATIONS", "1000"))
PURPOSES: tuple[Purpose, ...] = ("check", "filter", "check", "value")
TABLES: dict[str, Unit] = {}


def table(create: str) -> Unit:
    if create not in TABLES:
        source = engine("sqlite").open_script("schema.sql", {"schema.sql": f"{create};"})
        TABLES[create] = source.read().tables["t"]
    return TABLES[create]


def related(
    create: str, current: str, desired: str, purpose: Purpose = "check", given: Sequence[str] = ()
) -> Relation:
    unit = table(create)
    names = frozenset(unit.columns)
    one, other, *known = (read_text(text, names, "t")[0] for text in (current, desired, *given))
    evaluator = TableEvaluator(unit, unit)
    return relation(one, other, evaluator, purpose=purpose, given=known)


def claims_of(found: Relation) -> tuple[bool, bool]:
    """Does it say that no row is taken by the current rule alone, or by the desired alone?"""
    return found.verdict in ("equal", "looser"), found.verdict in ("equal", "stricter")


def false_claims(pair: Pair, found: Relation, purpose: Purpose) -> list[str]:
    """A row that is shown need not satisfy what is given: not all of that is understood."""
    if purpose == "value":
        one, other = f"({pair.current})", f"({pair.desired})"
        differ = f"NOT ({one} IS {other} AND typeof({one}) = typeof({other}))"
        alone = differ, differ
    else:
        holds = "IS NOT FALSE" if purpose == "check" else "IS TRUE"
        one, other = f"(({pair.current}) {holds})", f"(({pair.desired}) {holds})"
        alone = f"{one} AND NOT {other}", f"{other} AND NOT {one}"
    said: list[str] = []
    for where, claimed in zip(alone, claims_of(found), strict=True):
        if claimed and takes(pair.sql(), f"{where} AND (({pair.given}) IS NOT FALSE)"):
            said.append(f"claimed {found.verdict}, and there is a row where {where}")
    for where, row in zip(alone, (found.only_current, found.only_desired), strict=True):
        if row is not None and not takes_row(pair.sql(), where, row):
            said.append(f"{row} is no row where {where}")
    return said


@pytest.mark.parametrize("with_calls", [False, True], ids=["columns", "calls"])
def test_no_claim_about_random_pairs_is_false(with_calls: bool) -> None:
    verdicts = Counter[str]()
    for number, pair in enumerate(Drawn(SEED, with_calls=with_calls).pairs(PAIRS // 2)):
        purpose = PURPOSES[number % len(PURPOSES)]
        found = related(pair.sql(), pair.current, pair.desired, purpose, (pair.given,))
        assert false_claims(pair, found, purpose) == [], (pair, found)
        verdicts[found.verdict] += 1
    assert verdicts["unknown"] < PAIRS / 4, verdicts
    assert min(verdicts[one] for one in ("equal", "looser", "stricter", "other")) > PAIRS / 100


T, N = "CREATE TABLE t (s TEXT, p INTEGER, b BOOLEAN NOT NULL)", None


@pytest.mark.parametrize(
    ("current", "desired", "verdict", "only_current", "only_desired"),
    [
        ("s IN ('a', 'b')", "s IN ('b', 'a')", "equal", N, N),
        ("s IN ('a', 'b')", "s IN ('a', 'b', 'c')", "looser", N, {"s": "'c'"}),
        ("s IN ('a', 'b')", "s = 'a'", "stricter", {"s": "'b'"}, N),
        ("s IN ('a', 'b')", "s IN ('a', 'c')", "other", {"s": "'b'"}, {"s": "'c'"}),
        ("p BETWEEN 1 AND 5", "5 >= p AND NOT p < 1", "equal", N, N),
        ("p BETWEEN 1 AND 5", "p >= 1 AND p < 5", "stricter", {"p": "5"}, N),
        ("p >= 1 AND p <= 5", "p > 0 AND p < 6", "looser", N, {"p": "5.5"}),
        ("p > 0", "p IS NULL OR p > 0", "equal", N, N),
        ("p > 0", "p IS NOT NULL AND p > 0", "stricter", {"p": "NULL"}, N),
        ("b", "b = 1", "stricter", {"b": "2"}, N),
        ("b IN (0, 1)", "b = 0 OR b = 1", "equal", N, N),
        ("b IS TRUE", "b", "equal", N, N),
        ("p = '1'", "p = 1", "equal", N, N),
        ("s = 1", "s = '1'", "equal", N, N),
        ("s = 1.0", "s = '1'", "other", {"s": "'1.0'"}, {"s": "'1'"}),
        ("p = NULL", "1", "equal", N, N),
        ("s IN ('a', NULL)", "1 = 1", "equal", N, N),
        ("length(s) < 10", "length(s) <= 10", "looser", N, {"s": "'xxxxxxxxxx'"}),
        ("length(s) > 0 AND p > 0", "p > 0 AND length(s) > 0", "equal", N, N),
        ("NOT (length(s) > 3 OR p + 1 > 4)", "length(s) <= 3 AND p + 1 <= 4", "equal", N, N),
        ("s LIKE 'a%'", "s LIKE 'a%' OR p = 1", "looser", N, {"s": "''", "p": "1"}),
        ("p + 1 > 3", "1 + p > 3", "equal", N, N),
        ("p * (b + 1) > 3 OR b", "b OR 3 < (1 + b) * p", "equal", N, N),
        ("(s COLLATE NOCASE) + p = 'A'", "p + (s COLLATE NOCASE) = 'A'", "unknown", N, N),
        ("p - 1 > 3", "1 - p > 3", "unknown", N, N),
        ("s LIKE 'x%'", "s LIKE 'x' || '%'", "equal", N, N),
        ("s LIKE 'it''s' || '%'", "s LIKE 'it''s%' OR b IS NULL", "equal", N, N),
        ("abs(b) + p > 1", "p + abs(b) > 1", "equal", N, N),
        # An error on one side is none on the other, where the order decides which is asked.
        ("abs(p) > 3 OR s = 'a'", "s = 'a' OR abs(p) > 3", "unknown", N, N),
        ("json_extract(s, '$.*') = 1", "json_extract(s, '$') = 1", "unknown", N, N),
        ("+p = '1'", "p = '1'", "unknown", N, N),
        ("CAST(p AS TEXT) = '1'", "CAST(p AS BLOB) = '1'", "unknown", N, N),
        ("s COLLATE NOCASE = 'a'", "s = 'a'", "unknown", N, N),
        ("random() > p", "p < random()", "unknown", N, N),
        ("rowid > 1", "1 < rowid", "unknown", N, N),
        ("p IS (s NOT IN ())", "p IS (NOT (s IN ()))", "unknown", N, N),
        ("p IS (s IN ())", "p IS 0", "unknown", N, N),
        ("s REGEXP 'a'", "s REGEXP 'b'", "unknown", N, N),
    ],
)
def test_two_checks(
    current: str,
    desired: str,
    verdict: str,
    only_current: dict[str, str] | None,
    only_desired: dict[str, str] | None,
) -> None:
    found = related(T, current, desired)
    assert found.verdict == verdict
    if verdict != "unknown":
        assert (found.only_current, found.only_desired) == (only_current, only_desired)


@pytest.mark.parametrize(
    ("create", "current", "desired", "verdict"),
    [
        ("CREATE TABLE t (a TEXT COLLATE NOCASE)", "a IN ('x')", "a = 'X'", "equal"),
        ("CREATE TABLE t (a TEXT)", "a IN ('x')", "a = 'X'", "other"),
        ("CREATE TABLE t (a TEXT COLLATE NOCASE, b TEXT)", "a < b", "b > a", "other"),
        ("CREATE TABLE t (a TEXT, b TEXT)", "a < b", "b > a", "equal"),
        (
            "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER)",
            "a < b",
            "a < b AND b < c",
            "stricter",
        ),
        ("CREATE TABLE t (a, b)", "a = b AND b = 5", "b = 5 AND a = 5", "stricter"),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY)", "a > 0", "a >= 1", "equal"),
        ("CREATE TABLE t (a INTEGER) STRICT", "a > 0", "a >= 1", "equal"),
        # An edge beyond the whole numbers that can be stored has all of them on one side.
        ("CREATE TABLE t (a INTEGER NOT NULL) STRICT", "1", "a > 1e308", "stricter"),
        ("CREATE TABLE t (a INTEGER NOT NULL) STRICT", "a > -1e999 AND a < 9e18", "0", "stricter"),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY)", "a < -1e999", "a > 9e999", "equal"),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY)", "a <= -9223372036854775808", "0", "stricter"),
        ("CREATE TABLE t (a INTEGER)", "a > 0", "a >= 1", "stricter"),
        # Whole numbers that only one of the two can hold.
        (
            "CREATE TABLE t (a REAL, b NUMERIC)",
            "a <> b",
            "a <> b OR a <= 9223372036854775807",
            "looser",
        ),
        (
            "CREATE TABLE t (b REAL)",
            "NOT b IS 9223372036854775807",
            "NOT b < 9223372036854775807",
            "stricter",
        ),
        ("CREATE TABLE t (a INTEGER)", "a = 1", "a = '1'", "equal"),
        ("CREATE TABLE t (a BLOB)", "a = 1", "a = '1'", "other"),
        ("CREATE TABLE t (a TEXT NOT NULL)", "a IS NOT NULL AND a <> ''", "a <> ''", "equal"),
        # A generated column may have any value, as far as is known, so that no row is shown.
        ("CREATE TABLE t (a AS (1), b)", "a > 0", "a > 1", "stricter"),
        ("CREATE TABLE t (a INTEGER AS (b) NOT NULL, b)", "a > 0 OR a IS NULL", "0 < a", "equal"),
        ("CREATE TABLE t (a AS (b), b)", "a > 0 AND b > 0", "a > 0 AND b > 1", "stricter"),
        ("CREATE TABLE t (a AS (b), b)", "a > 0", "b > 0", "unknown"),
        ("CREATE TABLE t (a AS (b), b)", "a = 1", "a = 2", "unknown"),
        ('CREATE TABLE t ("true")', "a IN (TRUE)", "a IN (1)", "unknown"),
        ('CREATE TABLE t ("or" INTEGER)', '"or" > 0', 'NOT "or" <= 0', "equal"),
    ],
)
def test_types_and_collations_decide(create: str, current: str, desired: str, verdict: str) -> None:
    assert related(create, current, desired).verdict == verdict


@pytest.mark.parametrize(
    ("purpose", "current", "desired", "verdict"),
    [
        ("filter", "p > 0", "p IS NULL OR p > 0", "looser"),
        ("filter", "p > 0", "p IS NOT NULL AND p > 0", "equal"),
        ("filter", "b", "b = 1", "stricter"),
        ("value", "p > 0", "0 < p", "equal"),
        ("value", "p > 0", "p IS NOT NULL AND p > 0", "other"),
        ("value", "p", "s", "other"),
        ("value", "1 + 1", "2", "equal"),
        ("value", "'1'", "1", "other"),
        ("value", "p * 2", "2 * p", "equal"),
    ],
)
def test_what_an_expression_is_for_decides(
    purpose: Purpose, current: str, desired: str, verdict: str
) -> None:
    assert related(T, current, desired, purpose).verdict == verdict


@pytest.mark.parametrize("sign", ["+", "*", "&", "|"])
def test_a_sum_of_two_has_one_value_in_either_order(sign: str) -> None:
    """To the bit, with overflow, texts and NULL, for columns of every affinity and collation."""
    one, other = f"(a {sign} b)", f"(b {sign} a)"
    same = f"quote{one} IS quote{other} AND typeof{one} = typeof{other} AND {one} IS {other}"
    for table_columns in COLUMNS:
        pair = Pair(table=table_columns, current=one, desired=other, given="1")
        assert not takes(pair.sql(), f"NOT ({same})"), table_columns


def test_what_holds_anyway() -> None:
    assert related(T, "b", "b = 1", "filter", given=("b IN (0, 1)",)).verdict == "equal"
    assert related(T, "p < 9", "p < 5 ", given=("p < 3", "s > p")).verdict == "equal"
    assert related(T, "p < 9", "p < 5 ", given=("abs(p) < 3",)).verdict == "stricter"


def test_too_many_rows_are_not_claimed_to_be_all() -> None:
    columns = [f"c{number}" for number in range(9)]
    create = f"CREATE TABLE t ({', '.join(columns)})"
    rule = " AND ".join(f"{name} BETWEEN 1 AND 9" for name in columns)
    assert related(create, rule, f"NOT NOT ({rule})").verdict == "unknown"


def test_long_rules() -> None:
    listed = ", ".join(f"'{number}'" for number in range(900))
    equal = " OR ".join(f"s = '{number}'" for number in reversed(range(900)))
    assert related(T, f"s IN ({listed})", equal).verdict == "equal"
    assert related(T, f"s IN ({listed})", f"s IN ({listed}, 'x')").verdict == "looser"
    deep = "s = 'a'"
    for _ in range(20):
        deep = f"NOT ({deep})"
    assert related(T, deep, "s IN ('a')").verdict == "equal"
    for _ in range(80):
        deep = f"NOT ({deep})"
    assert related(T, deep, "s IN ('a')").verdict == "unknown"  # deeper than is read


def tree_of(text: str) -> Node | None:
    return read_tree(read_text(text, frozenset(("a", "b", "c")), "t")[0])


@pytest.mark.parametrize(
    "text",
    [
        *("+a > 3", "json_extract(a, '$.*')", "a -> '$.x'", "a IN (SELECT 1)", "a REGEXP 'x'"),
        *("EXISTS (SELECT 1)", "a = current_date", "strftime('%Y', a)", "count(*)", "a; b", "?"),
        *("other.a > 1", "(SELECT a)", "a IN b", "a = b IN (SELECT 1)", "", ")", "a AS b"),
    ],
)
def test_what_sqlglot_reads_otherwise_is_not_understood(text: str) -> None:
    assert tree_of(text) is None


@pytest.mark.parametrize("raw", ["a = b in ( 1 )", "a and b or c", "a like b >= c", "- a > b"])
def test_a_text_without_its_brackets_is_not_understood(raw: str) -> None:
    assert read_tree(raw) is None


def test_a_tree_knows_its_own_words() -> None:
    tree = tree_of("NOT a IN ('x', 'it''s') AND (b > .5 AND length(c) = 0x10 OR c IS NOT NULL)")
    assert tree is not None
    assert columns(tree) == {"a", "b", "c"}
    one, other = conjuncts(tree)
    assert (one.text, other.kind) == ("not ( a in ( 'x' , 'it''s' ) )", "or")
    assert members(one.parts[0]) == ("a", ("'x'", "'it''s'"))
    assert members(other) is None


def test_what_the_page_on_sqlglot_lists_is_never_read_so() -> None:
    """Every text in the first column is bracketed by SQLite's own levels, or is not understood."""
    page = (Path(__file__).parents[1] / "docs" / "sqlglot.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == 15
    bracketed = {
        "a = b IN (1)": "( a = b ) in ( 1 )",
        "a == b LIKE c": "( a = b ) like c",
        "a LIKE b >= c": "a like ( b >= c )",
        "a BETWEEN 1 AND 2 >= c": "a between 1 and ( 2 >= c )",
        "a > b IN ()": "( a > b ) in ( )",
        "CAST(a AS STRING)": "cast ( a as string )",
        "CAST(a AS BYTEA)": "cast ( a as bytea )",
        "c IN (d) & 0": "( c in ( d ) ) & 0",
        "d NOT NULL << 1": "( d is not null ) << 1",
        "a ISNULL << 1": "( a is null ) << 1",
    }
    for row in rows:
        for text in re.findall(r"`([^`]*)`", row[0]):
            tree = tree_of(text)
            assert (tree.text if tree else None) == bracketed.get(text), text


@pytest.mark.parametrize(
    "text", ["a -> '$.[' = 1", "json_extract(a, 'it') = 1", "replace(a, 'x', 'y') = a", "show = 1"]
)
def test_sqlglot_says_nothing_aloud(text: str, caplog: pytest.LogCaptureFixture) -> None:
    assert tree_of(text) is None
    assert caplog.messages == []
