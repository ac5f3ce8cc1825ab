"""What nobody can act on is not told, and what stands behind many differences is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Project, Run

BOOLEAN = "CREATE TABLE t (id INTEGER PRIMARY KEY, active BOOLEAN NOT NULL);\n"
MODELS = """\
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("active", sa.Boolean, nullable=False))
"""


def test_booleans_of_a_project_with_models(project: Project, run: Run) -> None:
    project.write("schema.sql", BOOLEAN)
    project.write("models_of_little.py", MODELS)
    assert "S111" in run("lint").out
    assert "S111" not in run("lint", "models_of_little:metadata").out
    settings = '[tool.sqlplumb]\nmetadata = "models_of_little:metadata"\n'
    project.write("pyproject.toml", settings)
    assert "S111" not in run("lint").out
    project.write("pyproject.toml", f'{settings}lint = {{ severity = {{ S111 = "warning" }} }}\n')
    assert "warning S111" in run("lint").out
    assert "warning S111" in run("lint", "models_of_little:metadata").out
    explained = run("lint", "--explain", "S111").out
    assert "Off where a project has models of SQLAlchemy" in explained


def test_an_ignore_of_what_is_off_is_not_idle(project: Project, run: Run) -> None:
    project.write("schema.sql", f"-- sqlplumb: ignore S111 old clients write it\n{BOOLEAN}")
    project.write("pyproject.toml", '[tool.sqlplumb]\nmetadata = "models_of_little:metadata"\n')
    assert "C302" not in run("lint").out


def test_models_that_were_not_imported(project: Project, run: Run) -> None:
    project.write("models_of_little.py", MODELS)
    project.write("schema.sql", "".join(f"CREATE TABLE t{n} (a TEXT);\n" for n in range(8)))
    told = "models_of_little:metadata holds 1 table, and schema.sql 8 tables and views"
    assert told in run("check", "models_of_little:metadata").err
    assert told in run("diff", "schema.sql", "models_of_little:metadata").err
    project.write("schema.sql", BOOLEAN + "CREATE TABLE u (a TEXT);\n")
    assert "were its models imported" not in run("check", "models_of_little:metadata").err


def test_annotations(project: Project, run: Run) -> None:
    """GitHub shows ten of a kind: what fails comes first, and infos stand in the log."""
    keys = "".join(f"CREATE TABLE b{n} (id INTEGER PRIMARY KEY, done BOOLEAN);\n" for n in range(3))
    wrong = "CREATE TABLE z (id INTEGER PRIMARY KEY, p INTEGER REFERENCES nowhere (id));\n"
    project.write("schema.sql", keys + wrong)
    lines = run("lint", "--format", "github").out.splitlines()
    assert lines[0].startswith("::error file=schema.sql,line=4")
    assert lines[1:] == ["3 notes: `sqlplumb lint` lists them"]
    project.write("pyproject.toml", '[tool.sqlplumb.lint]\nfail = "info"\n')
    lines = run("lint", "--format", "github").out.splitlines()
    assert sum(line.startswith("::notice") for line in lines) == 3
