"""A name is a name and a string is a string: nothing is told or kept silent by the wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.schema import Check, Schema

if TYPE_CHECKING:
    from tests.conftest import Project, Run

TASKS = "CREATE TABLE tasks (id INTEGER PRIMARY KEY, kind TEXT, status TEXT{});"
# A column that comes, called like what a rule says without meaning it.
COMES = [
    ("archived TEXT", "CHECK (status IN ('new', 'archived'))"),
    ("archived TEXT", "CHECK (status IN ('new', \"archive\" /* archived */))"),
    ("length INTEGER", "CHECK (length(status) < 4 AND status <> 'bad')"),
    ("text TEXT", "CHECK (CAST(status AS TEXT) <> 'bad')"),
    ("nocase TEXT", "CHECK (status <> 'BAD' COLLATE nocase)"),
    ("tasks TEXT", "CHECK (tasks.status <> 'bad')"),
    ("is_done TEXT", "CHECK (status <> 'bad' -- is_done\n)"),
]


@pytest.mark.parametrize(("column", "check"), COMES)
def test_rows_are_looked_at_whatever_else_is_called_so(
    column: str, check: str, project: Project, run: Run
) -> None:
    rows = "INSERT INTO tasks (status) VALUES ('new'), ('bad'), (NULL);"
    url = project.database(TASKS.format("") + rows)
    project.write("schema.sql", TASKS.format(f", {column}, {check}"))
    done = run("diff", url, "schema.sql", "--format", "sql")
    assert done.code == 3, done.out
    assert "tasks" in done.err


@pytest.mark.parametrize(
    ("key", "where"),
    [("parent", "a unique index"), ("orders", "a key beside it"), ("id", "the parent's column")],
)
def test_a_foreign_key_is_looked_at_whatever_comes_beside_it(
    key: str, where: str, project: Project, run: Run
) -> None:
    current = (
        "CREATE TABLE orders (no INTEGER PRIMARY KEY, p INTEGER); INSERT INTO orders VALUES (1, 7);"
    )
    parents = "CREATE TABLE parents (id INTEGER PRIMARY KEY);"
    url = project.database(parents + current)
    desired = (
        f"CREATE TABLE orders (no INTEGER PRIMARY KEY, p INTEGER REFERENCES parents, {key} TEXT);"
    )
    project.write("schema.sql", parents + desired)
    assert run("diff", url, "schema.sql", "--format", "sql").code == 3, where


def read(folder: Path, sql: str) -> Schema:
    (folder / "schema.sql").write_text(sql)
    return sqlplumb.read(str(folder / "schema.sql"))


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        ("kind IN ('a', 'status')", "kind"),
        ("kind IN (\"a\", 'status')", "kind"),
        ("length(kind) > 0 /* status */", "kind"),
        ("tasks.kind > '' AND \"status\" > ''", "kind, status"),
        ("id = 1 OR rowid = 2", "id, rowid"),
        ("date(kind) = 'id'", "kind"),
    ],
)
def test_an_unnamed_check_is_called_by_its_columns(rule: str, columns: str, tmp_path: Path) -> None:
    schema = read(tmp_path, TASKS.format(f", CHECK ({rule})"))
    (check,) = [fact for fact in schema.objects.values() if isinstance(fact, Check)]
    assert check.ref.name == f"check({columns})"
    assert check.expression.columns == frozenset(columns.split(", "))
