"""Names that change places, by hints: done by way of a third name, once, and never in silence."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

DATABASE, FILE = "sqlite:///app.db", "schema.sql"
ALLOWED = ("--allow", "destructive")


@dataclass(frozen=True)
class Case:
    """`after` is what the query says of the desired schema; `before` what it said before."""

    current: str
    rows: str
    desired: str
    query: str
    after: list[tuple[Any, ...]]
    before: list[tuple[Any, ...]]


def columns(*moves: str, kind: str = "TEXT") -> str:
    """`b<a`: the column b, which was a."""
    said = ""
    for move in moves:
        name, _, former = move.partition("<")
        said += f", -- @renamed from={former}\n{name} {kind}" if former else f", {name} {kind}"
    # A hint stands on the line above its column.
    return said.replace(", --", ",\n--")


def table(inside: str) -> str:
    return f"CREATE TABLE t (id INTEGER PRIMARY KEY{inside}\n);\n"


PLAIN = table(columns("a", "b"))
ROWS = "INSERT INTO t VALUES (1, 'was a', 'was b'), (5, NULL, 'b alone');"
AB = "SELECT id, a, b FROM t ORDER BY id"
A_AND_B = [(1, "was a", "was b"), (5, None, "b alone")]
B_AND_A = [(1, "was b", "was a"), (5, "b alone", None)]
HANGS = """
CREATE INDEX i ON t ({a}) WHERE {b} IS NOT NULL;
CREATE UNIQUE INDEX j ON t ({b});
CREATE VIEW v AS SELECT {a} AS first, {b} AS second FROM t;
CREATE TRIGGER r AFTER UPDATE OF {a} ON t BEGIN UPDATE t SET {b} = new.{a} WHERE id = 99; END;
CREATE TABLE child (x TEXT REFERENCES t ({b}) ON DELETE CASCADE);
"""
PQ = """
CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT);
CREATE TABLE q (id INTEGER PRIMARY KEY, b);
"""
PQ_ROWS = "INSERT INTO p VALUES (1, 'in p'); INSERT INTO q VALUES (7, 'in q'), (8, 'q too');"
QP = (
    "-- @renamed from=q\nCREATE TABLE p (id INTEGER PRIMARY KEY, b);\n"
    "-- @renamed from=p\nCREATE TABLE q (id INTEGER PRIMARY KEY, a TEXT);\n"
)
QUERY_PQ = "SELECT 'p' AS t, * FROM p UNION ALL SELECT 'q', * FROM q ORDER BY 1, 2"
IN_PQ: list[tuple[Any, ...]] = [("p", 1, "in p"), ("q", 7, "in q"), ("q", 8, "q too")]
IN_QP: list[tuple[Any, ...]] = [("p", 7, "in q"), ("p", 8, "q too"), ("q", 1, "in p")]

CASES = {
    "two columns": Case(PLAIN, ROWS, table(columns("b<a", "a<b")), AB, B_AND_A, A_AND_B),
    "two columns in their order": Case(
        PLAIN, ROWS, table(columns("a<b", "b<a")), AB, B_AND_A, A_AND_B
    ),
    "two columns whose third name is taken": Case(
        table(columns("a", "b", "_plumb_a", "_plumb__plumb_a")),
        "INSERT INTO t VALUES (1, 'A', 'B', 'C', 'D');",
        table(columns("a<b", "b<a", "_plumb_a", "_plumb__plumb_a")),
        "SELECT a, b, _plumb_a, _plumb__plumb_a FROM t",
        [("B", "A", "C", "D")],
        [("A", "B", "C", "D")],
    ),
    "columns of other types": Case(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INT DEFAULT 7);",
        "INSERT INTO t VALUES (1, 'x', 2), (2, 'y', NULL);",
        """CREATE TABLE t (id INTEGER PRIMARY KEY,
            -- @renamed from=b
            a INT DEFAULT 7,
            -- @renamed from=a
            b TEXT NOT NULL);""",
        AB,
        [(1, 2, "x"), (2, None, "y")],
        [(1, "x", 2), (2, "y", None)],
    ),
    "three columns in a circle": Case(
        table(columns("a", "b", "c")),
        "INSERT INTO t VALUES (1, 'A', 'B', 'C');",
        table(columns("b<a", "c<b", "a<c")),
        "SELECT a, b, c FROM t",
        [("C", "A", "B")],
        [("A", "B", "C")],
    ),
    "two circles beside a chain and what is new": Case(
        table(columns("a", "b", "c", "d", "e")),
        "INSERT INTO t VALUES (1, 'A', 'B', 'C', 'D', 'E');",
        table(columns("a<b", "b<a", "c<d", "d<c", "f<e", "g")),
        "SELECT a, b, c, d, {f}, {g} FROM t",
        [("B", "A", "D", "C", "E", None)],
        [("A", "B", "C", "D", "E", None)],
    ),
    "columns that much speaks of": Case(
        PLAIN + HANGS.format(a="a", b="b"),
        f"{ROWS} INSERT INTO child VALUES ('was b');",
        table(columns("a<b", "b<a")) + HANGS.format(a="b", b="a"),
        f"SELECT t.*, v.first, v.second, child.x FROM ({AB}) AS t"
        " JOIN v ON v.first IS {first} LEFT JOIN child ON x = {second} ORDER BY 1",
        [
            (1, "was b", "was a", "was a", "was b", "was b"),
            (5, "b alone", None, None, "b alone", None),
        ],
        [
            (1, "was a", "was b", "was a", "was b", "was b"),
            (5, None, "b alone", None, "b alone", None),
        ],
    ),
    "columns, while the words about them stay": Case(
        PLAIN + "CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t;",
        ROWS,
        table(columns("a<b", "b<a")) + "CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t;",
        "SELECT t.id, v.a, t.b FROM t JOIN v ON v.a IS t.a ORDER BY 1",
        B_AND_A,
        A_AND_B,
    ),
    "columns of another case": Case(
        'CREATE TABLE t (id INTEGER PRIMARY KEY, "A b" TEXT, Other TEXT);',
        "INSERT INTO t VALUES (1, 'x', 'y');",
        'CREATE TABLE t (id INTEGER PRIMARY KEY,\n-- @renamed from="a B"\nother TEXT,\n'
        '-- @renamed from=OTHER\n"a b" TEXT);',
        'SELECT "a b", other FROM t',
        [("y", "x")],
        [("x", "y")],
    ),
    "two tables": Case(PQ, PQ_ROWS, QP, QUERY_PQ, IN_QP, IN_PQ),
    "tables whose third names are taken": Case(
        PQ + "CREATE TABLE _plumb_p (x); CREATE VIEW _plumb_q AS SELECT 1;",
        PQ_ROWS,
        QP + "CREATE TABLE _plumb_p (x); CREATE VIEW _plumb_q AS SELECT 1;",
        QUERY_PQ,
        IN_QP,
        IN_PQ,
    ),
    "tables, and all that speaks of them": Case(
        PQ + "CREATE TABLE child (p INT REFERENCES p, q INT REFERENCES q (id) ON DELETE CASCADE);"
        "CREATE INDEX i ON p (a); CREATE VIEW v AS SELECT a FROM p;"
        "CREATE TRIGGER r AFTER DELETE ON q BEGIN DELETE FROM p WHERE id = old.id; END;",
        PQ_ROWS + "INSERT INTO child VALUES (1, 8);",
        QP + "CREATE TABLE child (p INT REFERENCES q, q INT REFERENCES p (id) ON DELETE CASCADE);"
        "CREATE INDEX i ON q (a); CREATE VIEW v AS SELECT a FROM q;"
        "CREATE TRIGGER r AFTER DELETE ON p BEGIN DELETE FROM q WHERE id = old.id; END;",
        f"SELECT * FROM ({QUERY_PQ}) JOIN child JOIN v ON 1 ORDER BY 1, 2",
        [(*one, 1, 8, "in p") for one in IN_QP],
        [(*one, 1, 8, "in p") for one in IN_PQ],
    ),
    "tables whose columns change places as well": Case(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT, b TEXT);"
        "CREATE TABLE q (id INTEGER PRIMARY KEY, c INT);",
        "INSERT INTO p VALUES (1, 'A', 'B'); INSERT INTO q VALUES (2, 3);",
        "-- @renamed from=p\nCREATE TABLE q (id INTEGER PRIMARY KEY,\n-- @renamed from=b\na TEXT,\n"
        "-- @renamed from=a\nb TEXT);\n"
        "-- @renamed from=q\nCREATE TABLE p (id INTEGER PRIMARY KEY, c INT);\n",
        "SELECT {t}.id, a, b, {u}.c FROM {t}, {u}",
        [(1, "B", "A", 3)],
        [(1, "A", "B", 3)],
    ),
    "tables that are alike": Case(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, a); CREATE TABLE q (id INTEGER PRIMARY KEY, a);",
        PQ_ROWS,
        "CREATE TABLE p ( -- @renamed from=q\nid INTEGER PRIMARY KEY, a);\n"
        "CREATE TABLE q ( -- @renamed from=p\nid INTEGER PRIMARY KEY, a);\n",
        QUERY_PQ,
        IN_QP,
        IN_PQ,
    ),
    "names of indexes": Case(
        PLAIN + "CREATE INDEX i ON t (a); CREATE INDEX j ON t (b);",
        ROWS,
        PLAIN + "-- @renamed from=j\nCREATE INDEX i ON t (b);\n"
        "-- @renamed from=i\nCREATE INDEX j ON t (a);\n",
        AB,
        A_AND_B,
        A_AND_B,
    ),
    "a circle and a rebuild": Case(
        table(columns("a", "b", "gone")),
        "INSERT INTO t VALUES (1, '1', '2', 'x');",
        """CREATE TABLE t (id INTEGER PRIMARY KEY,
            -- @renamed from=b
            a INT CHECK (a > 0),
            -- @renamed from=a
            b TEXT NOT NULL, more DEFAULT 5);""",
        "SELECT a, b FROM t",
        [(2, "1")],
        [("1", "2")],
    ),
}
FIRST_NAMES = {"f": "f", "g": "g", "first": "t.b", "second": "t.a", "t": "q", "u": "p"}
LAST_NAMES = {"f": "e", "g": "NULL", "first": "t.a", "second": "t.b", "t": "p", "u": "q"}


def rows_of(case: Case, project: Project, done: bool) -> list[Any]:
    query = case.query.format(**(FIRST_NAMES if done else LAST_NAMES))
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_script_does_it_once(case: Case, project: Project, run: Run) -> None:
    project.database(case.current + case.rows)
    project.write("current.sql", case.current)
    project.write(FILE, case.desired)
    script = run("diff", "current.sql", FILE, "--format", "sql", *ALLOWED)
    assert (script.code, "--swaps" in script.err) == (1, False)
    assert run("diff", DATABASE, FILE, "--format", "sql", *ALLOWED).out == script.out
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.executescript(f"PRAGMA foreign_keys = ON; {script.out}")
    assert rows_of(case, project, done=True) == case.after
    again = run("diff", DATABASE, FILE, "--format", "sql", *ALLOWED)
    assert (again.code, again.out) == (0, "")
    assert run("diff", DATABASE, FILE).code == 0


@pytest.mark.parametrize("style", ["batch", "sql"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_revision_does_it_once_and_goes_back(
    case: Case, style: str, project: Project, run: Run
) -> None:
    history = History(project, run)
    history.begin(case.current)
    project.write(FILE, case.desired)
    assert run("check", "history").code == 1
    written = history.revise("--style", style, *ALLOWED)
    assert (written.code, "--swaps" in written.err) == (0, False)
    history.upgrade("first")
    history.execute(case.rows)
    assert run("check", DATABASE).code == 1
    history.upgrade("second")
    assert rows_of(case, project, done=True) == case.after
    assert (run("check").code, run("check", DATABASE).code) == (0, 0)
    again = history.revise(*ALLOWED)
    assert (again.code, again.out.partition("\n")[0]) == (
        0,
        "nothing to write: the history is plumb",
    )
    history.downgrade("first")
    assert rows_of(case, project, done=False) == case.before
    history.upgrade("second")
    assert rows_of(case, project, done=True) == case.after
    assert run("prove", "second").code == 0


SWAPPED = table(columns("a<b", "b<a"))


def script_of(run: Run, current: str, *argv: str) -> str:
    return run("diff", current, FILE, "--format", "sql", *ALLOWED, *argv).out


def run_on(project: Project, script: str) -> None:
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.executescript(script)


def a_and_b(project: Project) -> list[Any]:
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        return connection.execute(AB).fetchall()


def test_what_a_database_is_made_of_needs_no_swap(project: Project, run: Run) -> None:
    """It has the hints in its own text, and its values are where they belong."""
    project.database(SWAPPED + ROWS)
    project.write(FILE, SWAPPED)
    assert run("diff", DATABASE, FILE).code == 0
    said = run("diff", DATABASE, FILE, "--format", "sql")
    assert (said.code, said.out) == (0, "")
    assert "t.a was b, t.b was a" in said.err
    assert "--swaps do" in said.err


def test_it_is_done_again_where_a_person_says_so(project: Project, run: Run) -> None:
    project.database(PLAIN + ROWS)
    project.write(FILE, SWAPPED)
    run_on(project, script_of(run, DATABASE))
    assert a_and_b(project) == B_AND_A
    assert script_of(run, DATABASE) == ""
    again = script_of(run, DATABASE, "--swaps", "do")
    assert again.startswith("-- Run this once: ")
    run_on(project, again)
    assert a_and_b(project) == A_AND_B


def test_it_is_taken_as_done_where_a_person_says_so(project: Project, run: Run) -> None:
    project.database(PLAIN + ROWS)
    project.write(FILE, SWAPPED)
    assert run("diff", DATABASE, FILE).code == 1
    assert run("diff", DATABASE, FILE, "--swaps", "done").code == 0
    assert script_of(run, DATABASE, "--swaps", "done") == ""


PLAINLY_ALIKE = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, a); CREATE TABLE q (id INTEGER PRIMARY KEY, a);"
)
HINTED_ABOVE = (
    "-- @renamed from=q\nCREATE TABLE p (id INTEGER PRIMARY KEY, a);\n"
    "-- @renamed from=p\nCREATE TABLE q (id INTEGER PRIMARY KEY, a);\n"
)


def test_what_nobody_knows_is_refused(project: Project, run: Run) -> None:
    """No database keeps a comment above its CREATE TABLE, so one made of this file looks alike."""
    project.database(PLAINLY_ALIKE + PQ_ROWS)
    project.write(FILE, HINTED_ABOVE)
    plain = run("diff", DATABASE, FILE)
    assert (plain.code, "whether they have changed places" in plain.err) == (0, True)
    refused = run("diff", DATABASE, FILE, "--format", "sql", *ALLOWED)
    assert (refused.code, refused.out) == (3, "")
    assert "--swaps do" in refused.err
    assert script_of(run, DATABASE, "--swaps", "done") == ""
    run_on(project, script_of(run, DATABASE, "--swaps", "do"))
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        assert connection.execute(QUERY_PQ).fetchall() == IN_QP


def test_a_database_of_a_history_that_is_not_here(project: Project, run: Run) -> None:
    """Batch mode has made the table anew since, and its text tells no more."""
    version = (
        "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('x');"
    )
    project.database(PLAIN + ROWS + version)
    project.write(FILE, SWAPPED)
    assert run("diff", DATABASE, FILE).code == 0
    refused = run("diff", DATABASE, FILE, "--format", "sql")
    assert (refused.code, refused.out) == (3, "")
    assert "whether they have changed places" in refused.err


SET_ASIDE = [
    'op.execute("ALTER TABLE t RENAME COLUMN a TO x")',
    'op.execute("ALTER TABLE t RENAME COLUMN b TO a")',
    'op.execute("ALTER TABLE t RENAME COLUMN x TO b")',
]
BY_COPY = [
    'op.execute("CREATE TABLE u (id INTEGER PRIMARY KEY, a TEXT, b TEXT)")',
    'op.execute("INSERT INTO u (id, a, b) SELECT id, b, a FROM t")',
    'op.execute("DROP TABLE t")',
    'op.execute("ALTER TABLE u RENAME TO t")',
]


@pytest.mark.parametrize("done", [SET_ASIDE, BY_COPY], ids=["by a third name", "by a copy"])
def test_a_swap_by_hand_is_known(done: list[str], project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin(PLAIN)
    history.by_hand(done, done)
    project.write(FILE, SWAPPED)
    assert run("check", "history@first").code == 1
    assert run("check", "history").code == 0
    again = history.revise()
    assert (again.code, again.out.partition("\n")[0]) == (
        0,
        "nothing to write: the history is plumb",
    )
    assert "as the history tells" in again.err
    history.upgrade("first")
    history.execute(ROWS)
    assert run("check", DATABASE).code == 1
    history.upgrade("second")
    assert run("check", DATABASE).code == 0
    assert run("prove", "second").code == 0
    written = run("revise", "-m", "back", "--rev-id", "third", "--swaps", "do")
    assert written.code == 0
    history.upgrade("third")
    assert a_and_b(project) == A_AND_B


def test_a_table_that_moved_takes_its_swaps_along(project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin(PLAIN)
    moved = 'op.execute("ALTER TABLE t RENAME TO moved")'
    history.by_hand([*SET_ASIDE, moved], [moved.replace("t RENAME TO moved", "moved RENAME TO t")])
    project.write(FILE, SWAPPED.replace("TABLE t", "TABLE moved"))
    assert run("check", "history").code == 0


def test_a_name_that_was_left_has_no_past(project: Project, run: Run) -> None:
    """`b` is another column now, and has never changed places with `a`."""
    history = History(project, run)
    history.begin(PLAIN)
    history.by_hand(SET_ASIDE, SET_ASIDE)
    later = [
        'op.execute("ALTER TABLE t RENAME COLUMN b TO c")',
        'op.execute("ALTER TABLE t ADD COLUMN b TEXT")',
    ]
    project.revision("third", "second", *later)
    project.write(FILE, table(columns("a<b", "b<a", "c")))
    assert run("check", "history").code == 1


def test_a_former_name_that_is_made_anew_moves_once(project: Project, run: Run) -> None:
    """`b` was never there, but the hint of the new `a` names it: once done, the two look as if they
    were to change places."""
    project.database(table(columns("a")) + "INSERT INTO t VALUES (1, 'was a'), (5, NULL);")
    project.write(FILE, table(columns("a<b", "b<a")))
    run_on(project, script_of(run, DATABASE))
    assert a_and_b(project) == [(1, None, "was a"), (5, None, None)]
    assert script_of(run, DATABASE) == ""
    assert run("check", DATABASE).code == 0


def test_a_name_that_is_free_again_is_said_to_be_so(project: Project, run: Run) -> None:
    """A chain whose names are all there: somebody has made another `a` since, most likely."""
    project.database(PLAIN + ROWS)
    project.write(FILE, table(columns("a", "b<a")))
    said = run("diff", DATABASE, FILE, "--format", "sql", *ALLOWED)
    assert (said.code, said.out) == (0, "")
    assert "t.b was a" in said.err
    run_on(project, script_of(run, DATABASE, "--swaps", "do"))
    assert a_and_b(project) == [(1, None, "was a"), (5, None, None)]
    assert script_of(run, DATABASE) == ""


def test_models_have_no_values_to_swap(project: Project, run: Run) -> None:
    from sqlalchemy import Column, Integer, MetaData, Table, Text

    metadata = MetaData()
    Table(
        "t", metadata, Column("id", Integer, primary_key=True), Column("a", Text), Column("b", Text)
    )
    project.write(FILE, SWAPPED)
    assert run("check", project.metadata(metadata)).code == 0


def test_for_python(project: Project) -> None:
    import sqlplumb

    project.database(PLAIN + ROWS)
    project.write(FILE, SWAPPED)
    changes = sqlplumb.diff(sqlplumb.read(DATABASE), sqlplumb.read(FILE))
    run_on(project, sqlplumb.plan(changes).sql())
    assert a_and_b(project) == B_AND_A
    assert not sqlplumb.diff(sqlplumb.read(DATABASE), sqlplumb.read(FILE))


def test_a_receipt_tells_a_rename_as_one(project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin(PQ + "CREATE TABLE items (a);")
    history.upgrade("first")
    history.execute(PQ_ROWS + "INSERT INTO items VALUES (1), (2);")
    project.write(FILE, QP + "-- @renamed from=items\nCREATE TABLE lines (a);")
    assert history.revise().code == 0
    done = run("apply", DATABASE, "--no-backup")
    assert done.code == 0
    assert "  items renamed to lines: 2 rows\n" in done.out
    assert "  q renamed to p: 2 rows\n" in done.out
    assert "  p renamed to q: 1 row\n" in done.out
    assert "no table" not in done.out
    (file,) = project.root.glob("*receipt*.json")
    (receipt,) = json.loads(file.read_text("utf-8"))["receipts"]
    (revision,) = receipt["revisions"]
    assert revision["rows"]["lines"] == {"before": 2, "after": 2, "renamed_from": "items"}
