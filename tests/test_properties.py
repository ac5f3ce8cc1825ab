"""What must hold for every expression and every schema, not only for those somebody thought of."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import sqlplumb
from sqlplumb.commands.api import diff
from sqlplumb.engines.sqlite.parse.expressions import read_expression
from sqlplumb.engines.sqlite.parse.lexer import tokens
from sqlplumb.errors import PlumbError, Refused, WrongInput
from sqlplumb.schema import Schema, fingerprint

if TYPE_CHECKING:
    from tests import hard_pairs as hard
    from tests import strategies as draws
else:
    import hard_pairs as hard
    import strategies as draws

PAIRS = int(os.environ.get("SQLPLUMB_PAIRS", "500"))

KEYWORDS = ("end", "like", "match")
NAMES = frozenset((*draws.COLUMNS, *KEYWORDS, "rowid"))
VALUES = (None, 0, 1, -1, 1.5, "", "a", "A", "1", "b ", b"a", 9223372036854775807)
ROWS = 12
TABLE = 'a INTEGER, b TEXT COLLATE nocase, c REAL, d, "end", "like", "match"'

settings.register_profile(
    "sqlplumb",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("sqlplumb")
many = settings(max_examples=500)  # an expression costs little


@pytest.fixture(scope="module")
def rows() -> Iterator[sqlite3.Connection]:
    """Every value of `VALUES` in every column, never the same two beside each other for long."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({TABLE})")
        for number in range(ROWS):
            row = [VALUES[(number * step) % len(VALUES)] for step in (1, 5, 7, 11, 5, 7, 1)]
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        yield connection


def evaluated(rows: sqlite3.Connection, expression: str) -> list[str]:
    """Its value in each row; an error is a value too, but a text that is no SQL has none."""
    try:
        rows.execute(f"EXPLAIN SELECT ({expression}) FROM t")
    except sqlite3.Error:
        assume(False)
    try:
        return [repr(value) for value in rows.execute(f"SELECT ({expression}) FROM t")]
    except sqlite3.Error:
        return [_evaluated(rows, expression, number) for number in range(1, ROWS + 1)]


def _evaluated(rows: sqlite3.Connection, expression: str, number: int) -> str:
    query = f"SELECT ({expression}) FROM t WHERE rowid = ?"
    try:
        return repr(rows.execute(query, (number,)).fetchone())
    except sqlite3.Error:
        return "an error"


def canonical(expression: str) -> str:
    return read_expression(tokens(expression), NAMES, "t")[0]


FAMILIES = [
    pytest.param(draws.COLUMNS, draws.OPERATORS, id="every operator"),
    pytest.param(
        draws.COLUMNS,
        ("IS DISTINCT FROM", "IS NOT DISTINCT FROM", "=", "OR"),
        id="is distinct from",
    ),
    pytest.param(("a", "like", "match"), draws.OPERATORS, id="bare keywords"),
    pytest.param(("a", '"end"', "[like]"), draws.OPERATORS, id="quoted keywords"),
]


@pytest.mark.parametrize(("columns", "operators"), FAMILIES)
@many
@given(data=st.data())
def test_the_canonical_form_means_the_same(
    rows: sqlite3.Connection,
    columns: Sequence[str],
    operators: Sequence[str],
    data: st.DataObject,
) -> None:
    expression = " ".join(data.draw(draws.expressions(columns, operators)))
    assert evaluated(rows, canonical(expression)) == evaluated(rows, expression)


@pytest.mark.parametrize(
    "expression",
    [
        "- (9223372036854775808)",
        "a NOTNULL = b",
        "a BETWEEN (b BETWEEN c AND d) AND (c = d)",
        "(a, b) < (c, d)",
        "c || (a -> b)",
        "a LIKE b ESCAPE ('!' || '')",
        "CASE (a = 1) WHEN (b) THEN (c) ELSE (NOT d) END = (a IS NOT b)",
        pytest.param("a IS DISTINCT FROM (b OR c)"),
        pytest.param("a IS NOT DISTINCT FROM (b = c)"),
        pytest.param("(a IN (end) IS NOT NULL)"),
        pytest.param("(- abs(end) < c != b) - d"),
        pytest.param("(a BETWEEN end AND (b = c))"),
    ],
)
def test_this_canonical_form_means_the_same(rows: sqlite3.Connection, expression: str) -> None:
    assert evaluated(rows, canonical(expression)) == evaluated(rows, expression)


@pytest.mark.parametrize(("columns", "operators"), FAMILIES[:2])
@many
@given(data=st.data())
def test_expressions_that_are_called_equal_are_equal(
    rows: sqlite3.Connection,
    columns: Sequence[str],
    operators: Sequence[str],
    data: st.DataObject,
) -> None:
    words = data.draw(draws.expressions(columns, operators))
    expression, other = " ".join(words), " ".join(data.draw(draws.rebracketed(words)))
    values = evaluated(rows, expression), evaluated(rows, other)
    if canonical(expression) == canonical(other):
        assert values[0] == values[1]


@many
@given(expression=draws.expressions().map(" ".join))
def test_the_canonical_form_is_its_own(expression: str) -> None:
    assert canonical(canonical(expression)) == canonical(expression)


def called_hard(expression: str) -> str:
    return read_expression(tokens(expression), hard.COLUMNS, "t")[0]


def test_no_hard_literal_takes_a_bracket_from_another_meaning() -> None:
    false = []
    with hard.hard_rows() as rows:
        for texts in hard.swept():
            said = [(called_hard(text), hard.values(rows, text), text) for text in texts]
            for (one, of_one, text), (other, of_other, again) in combinations(said, 2):
                if one == other and None not in (of_one, of_other) and of_one != of_other:
                    false.append((text, again))
    assert not false


def test_hard_pairs_that_are_called_equal_are_equal() -> None:
    """And what each is called means what it says, and is called the same when it is read again."""
    equal = 0
    with hard.hard_rows() as rows:
        for pair in hard.pairs(seed=PAIRS, count=PAIRS):
            meant = [hard.values(rows, text) for text in pair]
            if None in meant:
                continue
            called = [called_hard(text) for text in pair]
            equal += called[0] == called[1]
            assert called[0] != called[1] or meant[0] == meant[1], pair
            assert [hard.values(rows, text) for text in called] == meant, pair
            assert [called_hard(text) for text in called] == called, pair
    assert equal > PAIRS // 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("properties")


def accepted(sql: str) -> str:
    """What SQLite says against it, or nothing."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.executescript(sql)
        except sqlite3.Error as error:
            return str(error)
    return ""


def read_file(folder: Path, sql: str) -> Schema:
    path = folder / "schema.sql"
    path.write_bytes(sql.encode())
    return sqlplumb.read(str(path))


def read_database(folder: Path, sql: str) -> Schema:
    path = folder / "app.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"BEGIN;{sql}COMMIT;")
    return sqlplumb.read(f"sqlite:///{path}")


@given(model=draws.schemas())
def test_a_file_and_a_database_of_one_schema_are_equal(folder: Path, model: draws.Model) -> None:
    assume(not accepted(model.sql()))
    file, database = read_file(folder, model.sql()), read_database(folder, model.sql())
    assert diff(file, file) == diff(file, database) == diff(database, file) == ()
    assert fingerprint(file) == fingerprint(database)


@given(model=draws.schemas(), hand=draws.hands)
def test_who_wrote_it_does_not_matter(folder: Path, model: draws.Model, hand: draws.Hand) -> None:
    assume(not accepted(model.sql()))
    plain, written = read_file(folder, model.sql()), read_file(folder, model.sql(hand))
    assert diff(plain, written) == ()
    assert fingerprint(plain) == fingerprint(written)


@given(model=draws.schemas(), data=st.data())
def test_one_thing_changed_is_seen(folder: Path, model: draws.Model, data: st.DataObject) -> None:
    other = data.draw(draws.with_one_thing_changed(model))
    assume(not accepted(model.sql()) and not accepted(other.sql()))
    before, after = read_file(folder, model.sql()), read_file(folder, other.sql())
    assert diff(before, after)
    assert fingerprint(before) != fingerprint(after)


@settings(max_examples=200)
@given(model=draws.schemas(), data=st.data())
def test_what_sqlite_takes_is_read_and_what_it_does_not_is_told(
    folder: Path, model: draws.Model, data: st.DataObject
) -> None:
    sql = data.draw(draws.damaged(model.sql()))
    against = accepted(sql)
    try:
        read_file(folder, sql)
    except PlumbError as error:
        assert_told(error, sql)
        assert against or not isinstance(error, Refused), error
        assert against or re.search("temporary|query|INSERT|another database", str(error)), error
    else:
        assert not against


def assert_told(error: PlumbError, sql: str) -> None:
    """Each with a place that is inside the file, and the line that stands there."""
    lines = sql.split("\n")
    assert error.problems
    for problem in error.problems:
        assert problem.place, problem
        assert 1 <= problem.place.line <= len(lines), problem
        line = lines[problem.place.line - 1]
        assert 1 <= problem.place.column <= len(line) + 1, problem
        if isinstance(error, WrongInput):
            assert problem.excerpt == line.rstrip("\r"), problem
