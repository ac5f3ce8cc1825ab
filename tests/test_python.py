"""What may be relied on from Python: `sqlplumb.read` and `sqlplumb.diff`, as README shows them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.commands.api import diff
from sqlplumb.errors import DatabaseFailed, PlumbError, WrongInput
from sqlplumb.schema import Column, ForeignKey, Index, Ref

if TYPE_CHECKING:
    from tests.conftest import Project

SCHEMA = """\
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE t (
    a INTEGER NOT NULL REFERENCES parents ON DELETE CASCADE,
    Name VARCHAR (20) DEFAULT 'x'
);
CREATE INDEX idx_t ON t (lower(Name) DESC) WHERE a > 0;
"""
FROM_README = """
import sqlplumb

schema = sqlplumb.read("schema.sql")
changes = sqlplumb.diff(sqlplumb.read("sqlite:///app.db"), schema)
print(*changes)
"""


def test_reads_and_then_compares(project: Project) -> None:
    project.write("schema.sql", SCHEMA)
    project.database(SCHEMA)
    done = subprocess.run(
        [sys.executable, "-c", FROM_README], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_facts_say_what_was_written(project: Project) -> None:
    project.write("schema.sql", SCHEMA)
    objects = sqlplumb.read("schema.sql").objects
    name = objects[Ref("column", "t", "name")]
    assert isinstance(name, Column)
    assert (name.ref.shown, name.text) == ("Name", "Name VARCHAR (20) DEFAULT 'x'")
    assert (name.type, name.position) == ("varchar(20)", 1)
    assert name.default is not None
    assert name.default.text == "'x'"
    key = objects[Ref("foreign key", "t", "foreign key(a)")]
    assert isinstance(key, ForeignKey)
    assert (key.target, key.target_columns, key.on_delete) == ("parents", (), "CASCADE")
    index = objects[Ref("index", "t", "idx_t")]
    assert isinstance(index, Index)
    assert [part.descending for part in index.keys] == [True]
    assert index.predicate is not None
    assert index.predicate.text == "a > 0"


def test_changes_carry_both_sides(project: Project) -> None:
    project.write("a.sql", "CREATE TABLE t (a TEXT);")
    project.write("b.sql", "CREATE TABLE t (a TEXT NOT NULL, b TEXT);")
    changes = diff(sqlplumb.read("a.sql"), sqlplumb.read("b.sql"))
    assert [(change.verb, str(change.ref)) for change in changes] == [
        ("alter", "t.a"),
        ("create", "t.b"),
    ]


def test_alembics_own_table_is_no_change(project: Project) -> None:
    project.write("schema.sql", SCHEMA)
    url = project.database(SCHEMA + "CREATE TABLE alembic_version (version_num TEXT);")
    assert diff(sqlplumb.read(url), sqlplumb.read("schema.sql")) == ()


def test_what_goes_wrong_says_where_and_what_to_do(project: Project) -> None:
    project.write("a.sql", "CREATE TABLE t (a TEXT);\n\nCREATE TABLE t (a TEXT);\n")
    with pytest.raises(WrongInput) as caught:
        sqlplumb.read("a.sql")
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == ("a.sql", 3)
    assert problem.advice
    assert problem.excerpt == "CREATE TABLE t (a TEXT);"
    with pytest.raises(DatabaseFailed):
        sqlplumb.read("sqlite:///none.db")
    assert {error.exit_code for error in PlumbError.__subclasses__()} == {2, 3, 4}
