"""Generated rows: what is in the tables afterwards, asked of SQLite in its own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sqlplumb.engines.sqlite.read.memory import scratch_for_creates
from sqlplumb.engines.sqlite.scratch.rows import Filled, fill

if TYPE_CHECKING:
    from tests import clock
    from tests import strategies as draws
else:
    import clock
    import strategies as draws

ROOT = Path(__file__).parents[1]


@pytest.fixture
def scratch() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def filled(scratch: sqlite3.Connection, sql: str, per_table: int = 5) -> Filled:
    """All that must hold for any schema, asserted."""
    scratch.executescript(sql)
    before = schema_of(scratch)
    done = fill(scratch, per_table)
    assert schema_of(scratch) == before
    assert_sound(scratch)
    for table, count in done.counts.items():
        quoted = table.replace('"', '""')
        assert count <= one(scratch, f'SELECT count(*) FROM "{quoted}"')
    return done


def schema_of(scratch: sqlite3.Connection) -> list[Any]:
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name <> 'sqlite_sequence'"
    return sorted(scratch.execute(query).fetchall(), key=repr)


def assert_sound(scratch: sqlite3.Connection) -> None:
    assert scratch.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert scratch.execute("PRAGMA foreign_key_check").fetchall() == []


def one(scratch: sqlite3.Connection, query: str) -> Any:
    return scratch.execute(query).fetchone()[0]


def column(scratch: sqlite3.Connection, query: str) -> list[Any]:
    return [value for (value,) in scratch.execute(query)]


def test_the_schema_of_this_project(scratch: sqlite3.Connection) -> None:
    done = filled(scratch, (ROOT / "schema.sql").read_text("utf-8"))
    assert done.unfilled == {}
    assert min(done.counts.values()) >= 5


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "cases").rglob("*.sql")), ids=str)
def test_every_case(scratch: sqlite3.Connection, path: Path) -> None:
    try:
        scratch.executescript(path.read_text("utf-8"))
    except (sqlite3.Error, UnicodeDecodeError):
        return  # a case of what SQLite will not have
    done = fill(scratch)
    assert done.counts.keys().isdisjoint(done.unfilled)


SATISFIABLE = [
    "x TEXT NOT NULL CHECK (length(x) = 36 AND x = lower(x) AND substr(x, 9, 1) = '-')",
    "x TEXT NOT NULL UNIQUE CHECK (length(x) = 64 AND x NOT GLOB '*[^0-9a-f]*')",
    "x BLOB NOT NULL CHECK (typeof(x) = 'blob' AND length(x) = 16)",
    "x TEXT NOT NULL CHECK (x IS strftime('%Y-%m-%dT%H:%M:%fZ', x))",
    "x TEXT NOT NULL CHECK (x IS date(x)), y TEXT NOT NULL CHECK (y > x)",
    "x TEXT NOT NULL CHECK (x GLOB '[A-Z][A-Z][0-9]*' AND length(x) >= 15)",
    "x TEXT NOT NULL CHECK (x LIKE '+%' AND substr(x, 2) NOT GLOB '*[^0-9]*' AND length(x) > 7)",
    "x TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (x LIKE '%_@_%.__%' AND instr(x, ' ') = 0)",
    "x TEXT NOT NULL CHECK (json_valid(x) AND json_type(x) = 'object')",
    "x NOT NULL, y AS (x ->> 'id') NOT NULL UNIQUE, z AS (x ->> '$.k') CHECK (z IN ('a', 'b'))",
    "x REAL NOT NULL CHECK (x > 0 AND x < 0.125)",
    "x NUMERIC NOT NULL CHECK (x BETWEEN -1.5 AND -1.25)",
    "x INT NOT NULL CHECK (x % 5 = 0), y INT NOT NULL CHECK (x < y)",
    "x INT, y INT, z INT, v INT, CHECK ((x IS NULL) + (y IS NULL) + (z IS NULL) + (v IS NULL) = 3)",
    "x BOOLEAN NOT NULL CHECK (x IN (0, 1)), y DATETIME, CHECK ((x = 1) = (y IS NOT NULL))",
    "x TEXT NOT NULL, y, CHECK (CASE x WHEN 'int' THEN typeof(y) = 'integer' ELSE y IS NULL END)",
    '"x" TEXT NOT NULL CHECK ("x" = \'only\'), "y" NOT NULL CHECK ("y" > 7 AND "y" < "z"), "z" INT',
    "x INT, y INT AS (x * 2) STORED UNIQUE, z AS (y + 1) NOT NULL CHECK (z > 10)",
]


@pytest.mark.parametrize("columns", SATISFIABLE)
def test_a_check_that_can_be_satisfied_is(scratch: sqlite3.Connection, columns: str) -> None:
    done = filled(scratch, f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns})")
    assert done == Filled({"t": 5}, {})


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("x CHECK (0)", "CHECK constraint failed: 0"),
        ("x NOT NULL CHECK (x IS NULL)", "CHECK constraint failed: x IS NULL"),
        ("x CHECK (x < date('now'))", "non-deterministic"),
        ("x NOT NULL REFERENCES elsewhere", "refer to"),
    ],
)
def test_what_cannot_be_filled_says_why(
    scratch: sqlite3.Connection, columns: str, said: str
) -> None:
    scratch.executescript(f"CREATE TABLE t ({columns}); CREATE TABLE u (x)")
    done = fill(scratch)
    assert done.counts == {"u": 5}
    assert said in done.unfilled["t"]
    assert one(scratch, "SELECT count(*) FROM t") == 0


def test_a_collation_that_is_not_here(scratch: sqlite3.Connection) -> None:
    scratch.create_collation("of_somebody", lambda one, other: 0)
    scratch.executescript("CREATE TABLE t (x TEXT COLLATE of_somebody UNIQUE); CREATE TABLE u (x)")
    scratch.create_collation("of_somebody", None)
    done = fill(scratch)
    assert done == Filled({"u": 5}, {"t": "no such collation sequence: of_somebody"})


def test_edges_of_types(scratch: sqlite3.Connection) -> None:
    filled(scratch, "CREATE TABLE t (a TEXT, i INTEGER NOT NULL, r REAL NOT NULL, n NOT NULL)")
    assert {"Abc", "abc", "1.50", None} <= {*column(scratch, "SELECT a FROM t")}
    assert one(scratch, "SELECT count(*) FROM t WHERE a LIKE '%''%' AND a GLOB '*[^ -~]*'") == 1
    assert {*column(scratch, "SELECT typeof(i) FROM t")} == {"integer", "text"}
    assert one(scratch, "SELECT max(i) FROM t WHERE typeof(i) = 'integer'") > 2**53
    assert {*column(scratch, "SELECT typeof(r) FROM t")} == {"real", "text"}
    assert {*column(scratch, "SELECT typeof(n) FROM t")} == {"blob", "integer", "real", "text"}


def test_numbers_of_rows_have_gaps(scratch: sqlite3.Connection) -> None:
    filled(
        scratch,
        "CREATE TABLE named (id INTEGER PRIMARY KEY); CREATE TABLE bare (x);"
        'CREATE TABLE hidden (rowid TEXT, "_rowid_" INT);'
        "CREATE TABLE keyless (rowid, oid, _rowid_)",
    )
    for query in ("SELECT id FROM named", "SELECT rowid FROM bare", "SELECT oid FROM hidden"):
        numbers = sorted(column(scratch, query))
        assert numbers[0] < 0
        assert numbers[-1] > 2**32
        assert numbers[-1] - numbers[0] > len(numbers)


def test_autoincrement_has_given_out_more_than_there_is(scratch: sqlite3.Connection) -> None:
    filled(scratch, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT)")
    assert one(scratch, "SELECT seq FROM sqlite_sequence") > one(scratch, "SELECT max(id) FROM t")


def test_every_column_has_null_and_every_listed_value(scratch: sqlite3.Connection) -> None:
    filled(
        scratch,
        "CREATE TABLE t (a TEXT CHECK (a IN ('x', 'it''s', 'z')), b INT CHECK (b BETWEEN 3 AND 9),"
        "c TEXT, d REAL DEFAULT 2.75, e TEXT NOT NULL CHECK (e IN ('1', '2', '3', '4', '5')))",
    )
    assert {*column(scratch, "SELECT a FROM t")} == {"x", "it's", "z", None}
    assert {*column(scratch, "SELECT b FROM t")} >= {3, 9, None}
    assert {*column(scratch, "SELECT d FROM t")} >= {2.75, None}
    assert sorted(column(scratch, "SELECT e FROM t")) == ["1", "2", "3", "4", "5"]
    for name in "abcd":
        assert one(scratch, f"SELECT count(*) FROM t WHERE {name} IS NULL") == 1


@pytest.mark.parametrize(
    "predicate",
    [
        "deleted IS NULL",
        "state = 'open' AND deleted IS NOT NULL",
        "state IN ('a', 'b') AND deleted IS NULL AND owner > '2024'",
        "length(owner) > 20 AND state = 'zzz' AND n BETWEEN 40 AND 50",
        "state = 'x' OR n = 77",
        'lower("state") = \'q\' AND "t".n <> 0',
    ],
)
@pytest.mark.parametrize("key", ["(owner)", "(lower(owner), coalesce(n, 0))"])
def test_rows_on_both_sides_of_a_partial_index(
    scratch: sqlite3.Connection, key: str, predicate: str
) -> None:
    filled(
        scratch,
        "CREATE TABLE t (id TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'new', deleted INT,"
        f"owner TEXT, n INT) WITHOUT ROWID; CREATE UNIQUE INDEX i ON t {key} WHERE {predicate}",
    )
    assert one(scratch, f"SELECT count(*) FROM t WHERE {predicate}") > 0
    assert one(scratch, f"SELECT count(*) FROM t WHERE ({predicate}) IS NOT TRUE") > 0
    assert one(scratch, "SELECT count(*) FROM t") <= 10


def test_children_share_a_parent_and_some_have_none(scratch: sqlite3.Connection) -> None:
    filled(
        scratch,
        "CREATE TABLE child (x INT REFERENCES parent, y NOT NULL UNIQUE REFERENCES parent (k));"
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, k TEXT NOT NULL UNIQUE)",
    )
    query = "SELECT max(n) FROM (SELECT count(*) AS n FROM child WHERE x NOTNULL GROUP BY x)"
    assert one(scratch, query) > 1
    assert one(scratch, "SELECT count(*) FROM child WHERE x IS NULL") > 0
    assert one(scratch, "SELECT count(DISTINCT y) FROM child") == 5


def test_keys_that_share_a_column_agree(scratch: sqlite3.Connection) -> None:
    done = filled(
        scratch,
        """
        CREATE TABLE tenants (id TEXT PRIMARY KEY);
        CREATE TABLE users (
            tenant TEXT NOT NULL REFERENCES tenants, id INT NOT NULL, boss INT,
            PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, boss) REFERENCES users (tenant, id)
        );
        CREATE TABLE projects (
            tenant TEXT NOT NULL REFERENCES tenants, id INT NOT NULL, PRIMARY KEY (tenant, id)
        );
        CREATE TABLE members (
            tenant TEXT NOT NULL, user INT NOT NULL, project INT NOT NULL,
            PRIMARY KEY (tenant, user, project),
            FOREIGN KEY (tenant, user) REFERENCES users,
            FOREIGN KEY (tenant, project) REFERENCES projects (tenant, id)
        ) WITHOUT ROWID;
        """,
    )
    assert done.unfilled == {}
    assert done.counts["members"] >= 2


CIRCLES = [
    "CREATE TABLE a (id INTEGER PRIMARY KEY, up INT REFERENCES a)",
    "CREATE TABLE a (id INTEGER PRIMARY KEY, up INT NOT NULL REFERENCES a)",
    "CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY, up TEXT REFERENCES a, CHECK (up <> id))",
    "CREATE TABLE a (id INTEGER PRIMARY KEY, up INT NOT NULL REFERENCES b);"
    "CREATE TABLE b (id INTEGER PRIMARY KEY, up INT NOT NULL REFERENCES a)",
    "CREATE TABLE a (id TEXT PRIMARY KEY, up TEXT REFERENCES b, CHECK (length(id) = 8));"
    "CREATE TABLE b (id TEXT PRIMARY KEY, up TEXT NOT NULL REFERENCES c) WITHOUT ROWID;"
    "CREATE TABLE c (id TEXT PRIMARY KEY, up TEXT NOT NULL REFERENCES a) WITHOUT ROWID",
]


@pytest.mark.parametrize("sql", CIRCLES)
def test_tables_in_a_circle(scratch: sqlite3.Connection, sql: str) -> None:
    done = filled(scratch, sql)
    assert done.unfilled == {}
    assert one(scratch, "SELECT count(*) FROM a WHERE up IS NOT NULL") > 0


def test_a_key_to_a_column_that_its_own_table_does_not_have(scratch: sqlite3.Connection) -> None:
    scratch.executescript(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, up INT REFERENCES a (missing));"
        "CREATE TABLE b (id INTEGER PRIMARY KEY, up INT NOT NULL REFERENCES b (missing));"
        "CREATE TABLE c (id INTEGER PRIMARY KEY)"
    )
    done = fill(scratch)
    assert done.counts == {"a": 5, "c": 5}
    assert done.unfilled == {"b": "there is no row that it could refer to"}
    assert column(scratch, "SELECT up FROM a") == [None] * 5


@pytest.mark.parametrize("option", ["", "WITHOUT ROWID"])
def test_a_key_that_loses_its_form_is_taken_out(scratch: sqlite3.Connection, option: str) -> None:
    """'1.50' becomes 1.5 in a numeric column, and refers to nothing then."""
    done = filled(
        scratch,
        f"CREATE TABLE parent (k TEXT PRIMARY KEY) {option};"
        f"CREATE TABLE child (k NUMERIC PRIMARY KEY REFERENCES parent) {option}",
    )
    assert done.unfilled == {}
    assert 1.5 not in column(scratch, "SELECT k FROM child")


def test_a_long_chain(scratch: sqlite3.Connection) -> None:
    tables = (
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, x REFERENCES t{n + 1});" for n in range(1200)
    )
    done = filled(scratch, "".join(tables) + "CREATE TABLE t1200 (id INTEGER PRIMARY KEY);")
    assert done.unfilled == {}


def test_triggers_stay_silent_and_stay(scratch: sqlite3.Connection) -> None:
    done = filled(
        scratch,
        """
        CREATE TABLE t (x);
        CREATE TABLE log (x);
        CREATE VIEW v AS SELECT x FROM t;
        CREATE TRIGGER "it's" BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no'); END;
        CREATE TRIGGER r AFTER INSERT ON T BEGIN INSERT INTO log SELECT 1 FROM log; END;
        CREATE TRIGGER w INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES (new.x); END;
        """,
    )
    assert done.counts == {"t": 5, "log": 5}
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        scratch.execute("INSERT INTO t VALUES (1)")


def test_conflict_clauses_neither_replace_nor_pass_over(scratch: sqlite3.Connection) -> None:
    done = filled(
        scratch,
        "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE,"
        " u TEXT NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT ROLLBACK);"
        "INSERT INTO t VALUES (3, 'Abc'), (7, 'kept')",
    )
    assert done.counts == {"t": 5}
    kept = scratch.execute("SELECT * FROM t WHERE id IN (3, 7) ORDER BY id").fetchall()
    assert kept == [(3, "Abc"), (7, "kept")]


def test_virtual_tables(scratch: sqlite3.Connection) -> None:
    done = filled(
        scratch,
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL);"
        "CREATE VIRTUAL TABLE found USING fts5(body, content='notes', content_rowid='id');"
        "CREATE VIRTUAL TABLE words USING fts5(a, b); CREATE VIRTUAL TABLE old USING fts4(a);"
        "CREATE VIRTUAL TABLE space USING rtree(id, x0, x1);"
        "CREATE VIRTUAL TABLE terms USING fts5vocab('words', 'row')",
    )
    assert {*done.counts} == {"notes", "found", "words", "old", "space"}
    assert done.unfilled == {"terms": "table terms may not be modified"}
    assert one(scratch, "SELECT count(*) FROM found WHERE found MATCH 'abc'") == 2


def test_names_are_quoted(scratch: sqlite3.Connection) -> None:
    done = filled(
        scratch,
        """
        CREATE TABLE "a ""b"", 'c'" ("x y" TEXT CHECK ("x y" <> 'it''s'), "select" INT NOT NULL,
            [c.d] INT, UNIQUE ("select", [c.d]));
        CREATE TRIGGER "t 'r'" AFTER INSERT ON "a ""b"", 'c'" BEGIN SELECT 1; END;
        """,
    )
    assert done.unfilled == {}


@pytest.mark.parametrize("enforced", [False, True])
@pytest.mark.parametrize("begun", [False, True])
def test_the_connection_is_left_as_it_was(
    scratch: sqlite3.Connection, begun: bool, enforced: bool
) -> None:
    scratch.executescript(
        "CREATE TABLE child (x INT NOT NULL REFERENCES parent ON DELETE RESTRICT);"
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, x INT REFERENCES child (rowid) );"
        "CREATE TABLE other (id INTEGER PRIMARY KEY, up INT NOT NULL REFERENCES other);"
        f"PRAGMA foreign_keys = {int(enforced)}; {'BEGIN' if begun else ''}"
    )
    done = fill(scratch)
    assert done.counts["other"] == 5
    assert scratch.in_transaction == begun
    assert one(scratch, "PRAGMA foreign_keys") == enforced
    if begun:
        scratch.execute("COMMIT")


def test_the_same_rows_every_time() -> None:
    sql = (ROOT / "schema.sql").read_text("utf-8")
    dumps = []
    for _ in range(2):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.executescript(sql)
            fill(connection)
            dumps.append([*connection.iterdump()])
    assert dumps[0] == dumps[1]


def test_a_hundred_tables_take_no_time(scratch: sqlite3.Connection) -> None:
    columns = "a TEXT UNIQUE, b INT CHECK (b > 0), c REAL, d TEXT CHECK (d IN ('x', 'y')), e, f, g"
    tables = (
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, {columns}, up REFERENCES t{max(n - 1, 0)});"
        f"CREATE TRIGGER r{n} AFTER INSERT ON t{n} BEGIN SELECT RAISE(ABORT, 'no'); END;"
        for n in range(100)
    )
    scratch.executescript("".join(tables))
    with clock.within(2):  # a tenth of that here
        fill(scratch)
    assert scratch.execute("SELECT count(*) FROM t99").fetchone() > (0,)


@settings(max_examples=200)
@given(model=draws.schemas(), many=st.integers(1, 8), closed=st.booleans())
def test_any_schema(model: draws.Model, many: int, closed: bool) -> None:
    """Rows or the reason why not, and never an error; also where pragmas may not be set."""
    made = scratch_for_creates() if closed else sqlite3.connect(":memory:", isolation_level=None)
    with closing(made) as connection:
        try:
            connection.executescript(model.sql())
        except sqlite3.Error:
            assume(False)
        before = schema_of(connection)
        done = fill(connection, many)
        connection.set_authorizer(None)
        assert schema_of(connection) == before
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for table in model.tables:
            rows = one(connection, f"SELECT count(*) FROM {table.name}")
            assert rows == done.counts.get(table.name, 0)
            assert bool(rows) != bool(done.unfilled.get(table.name))
