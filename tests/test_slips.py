"""A slip of the pen is told with the word that was meant, and never called a fault of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

TABLE = "CREATE TABLE tasks (id INTEGER PRIMARY KEY, notes TEXT);\n"


@pytest.mark.parametrize(
    ("argv", "meant"),
    [
        (("chek",), "check"),
        (("check", "--formt", "json"), "--format"),
        (("check", "--format", "jsn"), "json"),
        (("lint", "--explain", "S1111"), "S111"),
        (("lint", "--explain", "drop-colunm"), "drop-column"),
        (("diff", "empty", "empty", "--format", "sql", "--allow", "dorp:tasks"), "drop:tasks"),
        (("diff", "empty", "empty", "--format", "sql", "--allow", "destructve"), "destructive"),
        (("apply", "--allow", "P2066", "sqlite:///x.db"), "P206"),
    ],
)
def test_words_of_the_command_line(argv: tuple[str, ...], meant: str, run: Run) -> None:
    told = run(*argv)
    assert told.code == 2
    assert f"did you mean {meant}" in told.err


@pytest.mark.parametrize(
    ("written", "line", "told"),
    [
        ("CREATE TABLE t (\n    a TEXT -- @rename from=b\n);", 2, "did you mean `-- @renamed"),
        ("CREATE TABLE t (\n    a TEXT -- @Renamed from=b\n);", 2, "did you mean `-- @renamed"),
        ("-- @renamed_from x\nCREATE TABLE t (a TEXT);", 2, "did you mean `-- @renamed"),
        (
            "CREATE TABLE t (\n    a TEXT NOT NULL -- @backfil 1\n);",
            2,
            "did you mean `-- @backfill",
        ),
        ("CREATE TABLE t (\n    a TEXT -- @renamed form=b\n);", 2, "write `-- @renamed from=name`"),
        ("-- @renamed form=x\nCREATE TABLE t (a TEXT);", 2, "write `-- @renamed from=name`"),
        ("-- @backfill 1\nCREATE TABLE t (a TEXT);", 2, "put it on the line of the column"),
    ],
)
def test_hints(written: str, line: int, told: str, project: Project, run: Run) -> None:
    project.write("schema.sql", written)
    ran = run("diff", "empty", "schema.sql")
    assert ran.code == 2
    assert ran.err.startswith(f"schema.sql:{line}:")
    assert told in ran.err
    assert "report" not in ran.err


def test_notes_of_other_tools_are_no_hints(project: Project, run: Run) -> None:
    notes = "-- @named by=x, @fill, mail me@example.org\n/* @deprecated */ -- @author renamed\n"
    project.write("schema.sql", notes + TABLE)
    assert run("diff", "schema.sql", "schema.sql").code == 0


def test_what_is_allowed_by_another_name(project: Project, run: Run) -> None:
    project.write("a.sql", TABLE)
    project.write("b.sql", "CREATE TABLE tasks (id INTEGER PRIMARY KEY);\n")
    told = run("diff", "a.sql", "b.sql", "--format", "sql", "--allow", "drop:tasks.note")
    assert told.code == 3
    assert "--allow drop:tasks.note names nothing that is lost" in told.err
    assert "allow it with --allow drop:tasks.notes" in told.err


def test_rules_in_comments(project: Project, run: Run) -> None:
    project.write("schema.sql", f"-- sqlplumb: ignore S101x nobody asks\n{TABLE}")
    assert "there is no rule S101x, so nothing is ignored: did you mean S101?" in run("lint").out


def test_a_name_of_files_that_alembic_cannot_format(project: Project, run: Run) -> None:
    project.alembic()
    project.write(
        "alembic.ini", "[alembic]\nscript_location = migrations\nfile_template = %%(nope)s\n"
    )
    (project.root / "migrations" / "versions").mkdir()
    project.write("schema.sql", TABLE)
    told = run("revise", "-m", "x")
    assert told.code == 2
    assert "file_template gives the file no name: KeyError: 'nope'" in told.err
