"""What a change of type does to values: what is said of them is what SQLite does to them."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing, suppress
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.engines.sqlite.parse.parts import affinity
from sqlplumb.engines.sqlite.plan import losses as conversions

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

TYPES = ("INTEGER", "NUMERIC", "REAL", "TEXT", "BLOB")
STRICT_TYPES = ("INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY")
CLASSES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "real": (float,),
    "text": (str,),
    "numeric": (object,),
    "blob": (object,),
}
CASTS = {int: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"}
VALUES: list[Any] = [
    *(None, 0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 10**18),
    *(0.0, 1.0, 1.5, -0.5, 0.1 + 0.2, 1 / 3, 1e20, 1e300, 2.0**63, -(2.0**63), math.inf, 5e-324),
    *("", "a", "1", "007", "1.50", "1.5", "1.0", "1e5", "1E5", " 7", "7 ", "+7", "-7", "0x10", "."),
    *(
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "12345678901234567890123",
        "1e400",
        "inf",
    ),
    *("1_0", "7abc", "٣", "0.1", ".5", "5.", "-0", "1e", "e1", "abc", "ABC"),
    *(b"", b"1", b"abc", b"\x00\xff"),
]


def is_so(connection: sqlite3.Connection, condition: str) -> bool:
    if not condition:
        return False
    (found,) = connection.execute(f"SELECT ({condition}) IS TRUE FROM was").fetchone()
    return bool(found)


@pytest.mark.parametrize(("before", "after"), [*product(TYPES, TYPES)])
def test_what_is_lost_cannot_be_had_back(before: str, after: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE was (x {before} COLLATE NOCASE)")
        connection.execute(f"CREATE TABLE now (x {after})")
        lost = conversions.lost("x", affinity(before), affinity(after))
        kept = conversions.kept("x", affinity(after))
        unfit = conversions.unfit("x", affinity(after))
        for value in VALUES:
            for one in ("was", "now"):
                connection.execute(f"DELETE FROM {one}")
            connection.execute("INSERT INTO was VALUES (?)", (value,))
            connection.execute("INSERT INTO now SELECT x FROM was")
            ((held,),) = connection.execute("SELECT x FROM was").fetchall()
            ((stands,),) = connection.execute("SELECT x FROM now").fetchall()
            cast = CASTS.get(type(held), "BLOB")
            ((back,),) = connection.execute(f"SELECT CAST(x AS {cast}) FROM now").fetchall()
            assert is_so(connection, lost) == (back != held), (held, stands, back)
            fits = stands is None or isinstance(stands, CLASSES[affinity(after)])
            assert is_so(connection, unfit) == (not fits), (held, stands)
            stays = not fits and type(held) is type(stands)
            assert is_so(connection, kept) == stays, (held, stands)


@pytest.mark.parametrize(("before", "after"), [*product((*TYPES, ""), STRICT_TYPES)])
def test_what_a_strict_table_refuses(before: str, after: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE was (x {before})")
        connection.execute(f"CREATE TABLE now (x {after}) STRICT")
        refused = conversions.refused("x", after.lower())
        for value in VALUES:
            connection.execute("DELETE FROM was")
            connection.execute("INSERT INTO was VALUES (?)", (value,))
            try:
                connection.execute("INSERT INTO now SELECT x FROM was")
                taken = True
            except sqlite3.IntegrityError:
                taken = False
            assert is_so(connection, refused) == (not taken), value


DATABASE, FILE = "sqlite:///app.db", "schema.sql"


def written(kind: str, strict: str = "") -> str:
    return f"CREATE TABLE t (id INTEGER PRIMARY KEY, a {kind}) {strict};"


def filled(project: Project, kind: str, *values: str, strict: str = "") -> None:
    rows = "".join(f"INSERT INTO t (a) VALUES ({value});" for value in values)
    project.database(written(kind, strict) + rows)


NOTHING_LOST = [
    ("uuid", "TEXT", "'7b1e'"),
    ("json", "TEXT", "'{}'"),
    ("DATE", "TEXT", "'2026-01-01'"),
    ("BLOB", "TEXT", "'abc'"),
    ("", "TEXT", "12"),
    ("DECIMAL(10, 2)", "TEXT", "1.5"),
    ("REAL", "TEXT", "0.25"),
    ("TEXT", "INTEGER", "'12'"),
    ("TEXT", "INTEGER", "NULL"),
    ("INTEGER", "REAL", "5"),
    ("REAL", "INTEGER", "2.0"),
]
LOST = [
    ("TEXT", "INTEGER", "'007'"),
    ("TEXT", "NUMERIC", "'1.50'"),
    ("", "INTEGER", "'1e2'"),
    ("INTEGER", "REAL", "9007199254740993"),
    ("REAL", "TEXT", "1.0 / 3"),
    ("uuid", "TEXT", "1.0 / 3"),
]


@pytest.mark.parametrize(("before", "after", "value"), NOTHING_LOST)
def test_rows_that_lose_nothing_need_no_leave(
    before: str, after: str, value: str, project: Project, run: Run
) -> None:
    filled(project, before, value)
    project.write(FILE, written(after))
    ran = run("diff", DATABASE, FILE, "--format", "sql")
    assert (ran.code, ran.err) == (1, "")
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.executescript(ran.out)
    assert run("diff", DATABASE, FILE).code == 0


@pytest.mark.parametrize(("before", "after", "value"), LOST)
def test_rows_that_lose_are_counted_and_shown(
    before: str, after: str, value: str, project: Project, run: Run
) -> None:
    filled(project, before, value, "NULL")
    project.write(FILE, written(after))
    ran = run("diff", DATABASE, FILE, "--format", "sql")
    assert (ran.code, ran.out) == (3, "")
    assert "this would lose 1 value of t.a" in ran.err
    assert "--allow narrow:t.a" in ran.err
    assert run("diff", DATABASE, FILE, "--format", "sql", "--allow", "narrow:t.a").code == 1


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [("REAL", "INTEGER", "1.5"), ("TEXT", "INTEGER", "'abc'"), ("BLOB", "TEXT", "x'00'")],
)
def test_values_that_stay_what_they_are_are_told(
    before: str, after: str, value: str, project: Project, run: Run
) -> None:
    filled(project, before, value, "NULL")
    project.write(FILE, written(after))
    ran = run("diff", DATABASE, FILE, "--format", "sql")
    assert ran.code == 1
    assert "1 value of t.a" in ran.err
    assert "stay" in ran.err


def test_each_value_is_told_once_and_as_what_it_will_be(project: Project, run: Run) -> None:
    filled(project, "TEXT", "'abc'", "'def'", "'1.5'", "'1.50'", "'007'", "'12'", "'2.0'", "NULL")
    project.write(FILE, written("INTEGER"))
    ran = run("diff", DATABASE, FILE, "--format", "sql", "--allow", "narrow:t.a")
    assert "2 values of t.a that stay what they are, text to integer: 'abc'; 'def'" in ran.err
    assert "1 value of t.a that becomes a number with a fraction" in ran.err
    refused = run("diff", DATABASE, FILE, "--format", "sql").err
    assert "3 values of t.a that change with its type" in refused
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.executescript(ran.out)
        kinds = connection.execute("SELECT typeof(a), count(*) FROM t GROUP BY 1").fetchall()
    assert dict(kinds) == {"text": 2, "real": 2, "integer": 3, "null": 1}


def test_what_a_hint_replaces_does_not_stay(project: Project, run: Run) -> None:
    filled(project, "TEXT", "'abc'", "'007'", "'12'", "NULL")
    rule = "INTEGER CHECK (typeof(a) = 'integer' OR a GLOB '[1-9]*' OR a IS NULL) -- @backfill 0\n"
    project.write(FILE, written(rule))
    ran = run("diff", DATABASE, FILE, "--format", "sql")
    assert (ran.code, ran.err) == (1, "")
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.executescript(ran.out)
        assert connection.execute("SELECT a FROM t").fetchall() == [(0,), (0,), (12,), (None,)]


def test_without_rows_it_is_said_that_they_may(project: Project, run: Run) -> None:
    project.write("current.sql", written("TEXT"))
    project.write(FILE, written("INTEGER"))
    ran = run("diff", "current.sql", FILE, "--format", "sql")
    assert (ran.code, "this may lose values of t.a" in ran.err) == (3, True)
    project.write("current.sql", written("uuid"))
    project.write(FILE, written("TEXT"))
    ran = run("diff", "current.sql", FILE, "--format", "sql")
    assert (ran.code, "there may be values of t.a that change" in ran.err) == (1, True)
    project.write("current.sql", written("REAL"))
    project.write(FILE, written("INTEGER"))
    ran = run("diff", "current.sql", FILE, "--format", "sql")
    assert (ran.code, "there may be values of t.a that stay" in ran.err) == (1, True)


def test_a_revision_asks_the_rows_of_a_database(project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin(written("TEXT"))
    filled(project, "TEXT", "'12'", "'abc'")
    project.write(FILE, written("INTEGER"))
    assert history.revise().code == 3
    done = history.revise("--database", DATABASE)
    assert (done.code, "1 value of t.a" in done.err) == (0, True)
    assert "May lose values of t.a" in history.second().read_text("utf-8")


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ("INT", "BLOB", "1"),
        ("ANY", "INT", "'abc'"),
        ("TEXT", "REAL", "'x'"),
        ("REAL", "INT", "1.5"),
    ],
)
def test_a_strict_table_that_will_not_take_a_value(
    before: str, after: str, value: str, project: Project, run: Run
) -> None:
    filled(project, before, value, "NULL", strict="STRICT")
    project.write(FILE, written(after, "STRICT"))
    ran = run("diff", DATABASE, FILE, "--format", "sql", "--allow", "destructive")
    assert (ran.code, ran.out) == (3, "")
    assert "1 row of t would be refused by t.a STRICT" in ran.err


@pytest.mark.parametrize("style", ["batch", "sql"])
def test_any_in_a_table_that_is_strict_no_more(style: str, project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin(written("ANY", "STRICT"))
    project.write(FILE, written("ANY"))
    assert "narrow:t.a" in history.revise().err
    done = history.revise("--style", style, "--allow", "narrow:t.a")
    assert (done.code, done.err) == (0, "")
    history.upgrade("second")
    assert run("check", DATABASE).code == 0


def test_what_a_strict_table_computes_is_no_damage(project: Project, run: Run) -> None:
    """SQLite itself lets it compute a BLOB where TEXT is declared, and complains of it."""
    history = History(project, run)
    computed = "CREATE TABLE u (id INTEGER PRIMARY KEY, raw BLOB, said TEXT AS (raw)) STRICT;"
    history.begin(computed)
    history.upgrade("first")
    with suppress(sqlite3.Error):  # later versions of SQLite take no such row
        history.execute("INSERT INTO u (raw) VALUES (x'00ff');")
    project.write(FILE, computed + "CREATE TABLE more (x);")
    assert history.revise().code == 0
    assert run("apply", DATABASE).code == 0
