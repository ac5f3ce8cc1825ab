"""A rule that stays can refuse rows where a column that it reads is stored or compared otherwise:
what is said of live rows is what SQLite does with them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

# before, after, what fills it, whether rows are refused
CASES = {
    "collation under UNIQUE": (
        "t(a TEXT UNIQUE)",
        "t(a TEXT COLLATE NOCASE UNIQUE)",
        "('x'), ('X')",
        True,
    ),
    "collation that goes as UNIQUE comes": (
        "t(a TEXT COLLATE NOCASE)",
        "t(a TEXT UNIQUE)",
        "('x'), ('X')",
        False,
    ),
    "collation under CHECK": (
        "t(a TEXT CHECK (a <> 'X'))",
        "t(a TEXT COLLATE NOCASE CHECK (a <> 'X'))",
        "('x')",
        True,
    ),
    "type under CHECK": (
        "t(a TEXT CHECK (a < 5))",
        "t(a INTEGER CHECK (a < 5))",
        "('10')",
        True,
    ),
    "type with a new CHECK": ("t(a TEXT)", "t(a INTEGER CHECK (a > 5))", "('10')", False),
    "type under UNIQUE": ("t(a UNIQUE)", "t(a TEXT UNIQUE)", "(1), ('1')", True),
    "type of another name": ("t(a TEXT UNIQUE)", "t(a VARCHAR UNIQUE)", "('1'), ('01')", False),
    "expression under UNIQUE": (
        "t(a TEXT, b AS (a) UNIQUE)",
        "t(a TEXT, b AS (lower(a)) UNIQUE)",
        "('x'), ('X')",
        True,
    ),
    "expression under CHECK": (
        "t(a INT, b AS (a) CHECK (b < 5))",
        "t(a INT, b AS (a * 2) CHECK (b < 5))",
        "(2), (4)",
        True,
    ),
    "default under CHECK": (
        "t(a INT)",
        "t(a INT, b INT NOT NULL DEFAULT 3 CHECK (b < a))",
        "(3)",
        True,
    ),
    "default under UNIQUE": ("t(a INT)", "t(a INT, b INT DEFAULT 3 UNIQUE)", "(1), (2)", True),
    "hint under UNIQUE": (
        "t(a TEXT UNIQUE)",
        "t(a TEXT UNIQUE CHECK (a = lower(a)) -- @backfill lower(a)\n)",
        "('x'), ('X')",
        True,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_of_rows_is_what_sqlite_does(case: str, project: Project, run: Run) -> None:
    before, after, rows, is_refused = CASES[case]
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(f"CREATE TABLE {before}; INSERT INTO t (a) VALUES {rows}")
    project.write("before.sql", f"CREATE TABLE {before};\n")
    project.write("after.sql", f"CREATE TABLE {after};\n")

    looked = run("diff", "sqlite:///app.db", "after.sql", "--format", "sql")
    script = run("diff", "before.sql", "after.sql", "--format", "sql", "--allow", "destructive")
    assert looked.code == (3 if is_refused else 1), looked.err
    assert ("would be refused by" in looked.err) is is_refused
    with closing(sqlite3.connect("app.db")) as connection:
        if not is_refused:
            connection.executescript(script.out)
            return
        with pytest.raises(sqlite3.DatabaseError, match="constraint failed"):
            connection.executescript(script.out)


INDEXED = {
    "key": ("a TEXT, b", "a TEXT COLLATE NOCASE, b", "(a)", "('x', 1), ('X', 1)"),
    "predicate": (
        "a, b TEXT",
        "a, b TEXT COLLATE NOCASE",
        "(a) WHERE b = 'x'",
        "(1, 'x'), (1, 'X')",
    ),
    "both": (
        "a TEXT, b TEXT",
        "a TEXT COLLATE NOCASE, b TEXT COLLATE NOCASE",
        "(a) WHERE b = 'x'",
        "('y', 'x'), ('Y', 'X')",
    ),
    "type": ("a, b", "a, b INT", "(a) WHERE typeof(b) = 'integer'", "(1, 1), (1, '1')"),
}


@pytest.mark.parametrize("case", INDEXED)
def test_a_unique_index_over_columns_that_compare_otherwise(
    case: str, project: Project, run: Run
) -> None:
    before, after, on, rows = INDEXED[case]
    index = f"CREATE UNIQUE INDEX i ON t {on};"
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(f"CREATE TABLE t({before}); {index} INSERT INTO t VALUES {rows}")
    project.write("after.sql", f"CREATE TABLE t({after});\n{index}\n")
    ran = run("diff", "sqlite:///app.db", "after.sql", "--format", "sql")
    assert (ran.code, ran.out) == (3, "")
    assert "2 rows of t would be refused by i UNIQUE (a)" in ran.err


def test_a_unique_index_over_rows_that_its_predicate_will_leave_out(
    project: Project, run: Run
) -> None:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.execute("CREATE TABLE t(a, b TEXT COLLATE NOCASE)")
        connection.execute("INSERT INTO t VALUES (1, 'x'), (1, 'X')")
        connection.commit()
    index = "CREATE UNIQUE INDEX i ON t (a) WHERE b = 'x';"
    project.write("after.sql", f"CREATE TABLE t(a, b TEXT);\n{index}\n")
    ran = run("diff", "sqlite:///app.db", "after.sql", "--format", "sql")
    assert ran.code == 1, ran.err
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(ran.out)


def test_rows_that_refer_to_others_by_a_collation_that_goes(project: Project, run: Run) -> None:
    """Nobody names the key; and without its collation, 'a' is no 'A'."""
    table = "CREATE TABLE p(id TEXT {}PRIMARY KEY, above TEXT REFERENCES p);"
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(table.format("COLLATE NOCASE "))
        connection.execute("INSERT INTO p VALUES ('A', 'a')")
        connection.commit()
    project.write("after.sql", table.format(""))
    script = run("diff", "sqlite:///app.db", "after.sql", "--format", "sql").out
    with (
        closing(sqlite3.connect("app.db")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="refers to rows of p"),
    ):
        connection.executescript(script)


MOVED = {
    "collation": ("id TEXT COLLATE NOCASE PRIMARY KEY", "id TEXT PRIMARY KEY", "'A'", "'a'"),
    "affinity": ("id INTEGER UNIQUE", "id TEXT UNIQUE", "1", "'01'"),
    "strict": ("id ANY PRIMARY KEY", "id ANY PRIMARY KEY) STRICT; --", "1", "'1'"),
    "expression": ("b TEXT, id AS (b) UNIQUE", "b TEXT, id AS (b || 'x') UNIQUE", "'A'", "'A'"),
    "hint": (
        "id TEXT PRIMARY KEY",
        "id TEXT PRIMARY KEY CHECK (id <> 'A') -- @backfill lower(id)\n",
        "'A'",
        "'A'",
    ),
}


@pytest.mark.parametrize("case", MOVED)
def test_no_row_is_left_without_what_it_refers_to(case: str, project: Project, run: Run) -> None:
    """The table that refers to it is as it was, and so is its text."""
    was, will_be, parent, child = MOVED[case]
    texts = [f"CREATE TABLE p({p});\nCREATE TABLE c(a REFERENCES p(id));\n" for p in (was, will_be)]
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(texts[0])
        connection.execute(f"INSERT INTO p ({'b' if 'b TEXT' in was else 'id'}) VALUES ({parent})")
        connection.execute(f"INSERT INTO c VALUES ({child})")
        connection.commit()
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    for name, text in zip(("before", "after"), texts, strict=True):
        project.write(f"{name}.sql", text)
    ran = run("diff", "before.sql", "after.sql", "--format", "sql", "--allow", "destructive")
    assert ran.code == 1, ran.err
    with closing(sqlite3.connect("app.db")) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="refers to rows of p"):
            connection.executescript(ran.out)
        connection.rollback()
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


AT_FIRST = """
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('first');
"""
C = "CREATE TABLE c(a TEXT REFERENCES p{});"
# What the parent is before and after, and how the child refers to it.
WOKEN = {
    "UNIQUE": ("CREATE TABLE p(k TEXT);", "CREATE TABLE p(k TEXT UNIQUE);", "(k)"),
    "PRIMARY KEY": ("CREATE TABLE p(k TEXT);", "CREATE TABLE p(k TEXT PRIMARY KEY);", ""),
    "index": (
        "CREATE TABLE p(k TEXT);",
        "CREATE TABLE p(k TEXT);\nCREATE UNIQUE INDEX i ON p(k);",
        "(k)",
    ),
    "index of all rows": (
        "CREATE TABLE p(k TEXT); CREATE UNIQUE INDEX i ON p(k) WHERE k > 'a';",
        "CREATE TABLE p(k TEXT);\nCREATE UNIQUE INDEX i ON p(k);",
        "(k)",
    ),
    "collation": (
        "CREATE TABLE p(k TEXT COLLATE NOCASE); CREATE UNIQUE INDEX i ON p(k COLLATE BINARY);",
        "CREATE TABLE p(k TEXT);\nCREATE UNIQUE INDEX i ON p(k COLLATE BINARY);",
        "(k)",
    ),
    "column": (
        "CREATE TABLE p(x TEXT);",
        "CREATE TABLE p(x TEXT, k TEXT UNIQUE -- @backfill x\n);",
        "(k)",
    ),
    "table": ("CREATE VIEW p AS SELECT 1 AS k;", "CREATE TABLE p(k UNIQUE);", "(k)"),
}


@pytest.mark.parametrize("case", WOKEN)
def test_a_key_that_comes_to_a_parent_makes_no_orphan_in_silence(
    case: str, project: Project, run: Run
) -> None:
    """Its child named it all along, and SQLite could not say who refers to nothing."""
    before, after, columns = WOKEN[case]
    child = C.format(columns)
    project.write("before.sql", before + child)
    project.write("after.sql", f"{after}\n{child}\n")
    argv = ("after.sql", "--format", "sql", "--allow", "destructive")
    for row, is_orphan in (("NULL", False), ("'y'", case == "table"), ("'z'", True)):
        parents = "INSERT INTO p VALUES ('y');" if case != "table" else ""
        (project.root / "app.db").unlink(missing_ok=True)
        project.database(f"{before}{child} {parents} INSERT INTO c VALUES ({row});")
        looked = run("diff", "sqlite:///app.db", *argv)
        if case not in ("collation", "column"):  # values of which nobody knows what they will be
            assert looked.code == (3 if is_orphan else 1)
            assert ("1 row of c would be refused by" in looked.err) is is_orphan
        script = run("diff", "before.sql", *argv).out
        with closing(sqlite3.connect("app.db")) as connection:
            if is_orphan:
                with pytest.raises(sqlite3.IntegrityError, match="refers to rows of p"):
                    connection.executescript(script)
            else:
                connection.executescript(script)
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize(
    ("case", "style"),
    [("UNIQUE", "batch"), ("UNIQUE", "sql"), ("index", "batch"), ("table", "sql")],
)
def test_a_revision_that_gives_a_parent_its_key(
    case: str, style: str, project: Project, run: Run
) -> None:
    before, after, columns = WOKEN[case]
    child = C.format(columns)
    history = History(project, run)
    history.begin(before + child)
    project.write("schema.sql", f"{after}\n{child}\n")
    assert history.revise("--style", style, "--allow", "destructive").code == 0
    assert run("prove", "second").code == 0
    for row, code in (("NULL", 0), ("'z'", 3)):
        (project.root / "app.db").unlink(missing_ok=True)
        project.database(f"{before}{child} {AT_FIRST} INSERT INTO c VALUES ({row});")
        ran = run("apply", "sqlite:///app.db", "--allow", "destructive")
        assert ran.code == code, ran.err
    assert "c.foreign key(a) REFERENCES p" in ran.err


def test_a_text_that_is_no_utf8_is_shown(project: Project, run: Run) -> None:
    with closing(sqlite3.connect("app.db")) as connection:
        connection.executescript(
            "CREATE TABLE t(a TEXT); INSERT INTO t VALUES (CAST(x'ab' AS TEXT))"
        )
    project.write("after.sql", "CREATE TABLE t(a TEXT CHECK (a < 'a'));\n")
    ran = run("diff", "sqlite:///app.db", "after.sql", "--format", "sql")
    assert (ran.code, ran.out) == (3, "")
    assert "1 row of t would be refused by" in ran.err
    assert r"'\udcab'" in ran.err
