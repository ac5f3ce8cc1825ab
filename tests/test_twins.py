"""Where only a name differs, the report says what the other side calls it, and guesses nothing."""

from __future__ import annotations

from tests.conftest import Project, Run

NAMED = "CREATE TABLE t (a INT, b INT, CONSTRAINT ck CHECK (a > 0), CONSTRAINT uq UNIQUE (b));"
UNNAMED = "CREATE TABLE t (a INT CHECK (a > 0), b INT UNIQUE);"


def test_a_name_that_one_side_has_is_noted(project: Project, run: Run) -> None:
    project.write("named.sql", NAMED)
    project.write("unnamed.sql", UNNAMED)
    ran = run("diff", "unnamed.sql", "named.sql")
    assert ran.code == 0
    assert "a name that only one side has: t.ck, t.uq" in ran.out


def test_the_other_name_is_told_on_both_sides(project: Project, run: Run) -> None:
    project.write("named.sql", NAMED)
    project.write("other.sql", NAMED.replace("ck", "positive").replace("uq", "once"))
    told = run("diff", "other.sql", "named.sql").out
    for words in ("called positive", "called ck", "called once", "called uq"):
        assert words in told


def test_what_differs_has_no_other_name(project: Project, run: Run) -> None:
    project.write("named.sql", NAMED)
    project.write("other.sql", UNNAMED.replace("a > 0", "a > 1").replace("b INT UNIQUE", "b INT"))
    assert "called" not in run("diff", "other.sql", "named.sql").out


def test_a_constraint_in_a_column_is_shown_with_its_column(project: Project, run: Run) -> None:
    project.write("one.sql", "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);")
    project.write("two.sql", "CREATE TABLE t (a INTEGER PRIMARY KEY);")
    lines = run("diff", "one.sql", "two.sql").out.splitlines()
    assert "    - a INTEGER PRIMARY KEY AUTOINCREMENT" in lines
    assert "    + a INTEGER PRIMARY KEY" in lines
