"""The module that holds the models: found as Alembic finds it, and told about where it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run


@pytest.mark.parametrize("attribute", ["metadata", "Base", "shelf.metadata"])
def test_the_metadata_may_be_carried_by_what_is_named(
    attribute: str, run: Run, project: Project
) -> None:
    name = f"carried_as_{attribute.replace('.', '_')}"
    project.write("src/nothing.txt", "")
    project.alembic("prepend_sys_path = src\n[sqlplumb]\nschema = schema.sql\n")
    project.write("schema.sql", "CREATE TABLE t (a INTEGER);")
    project.write(
        f"src/{name}.py",
        "import sqlalchemy as sa\nprint('printed while imported')\n"
        "class Base: metadata = sa.MetaData()\nclass shelf: metadata = Base.metadata\n"
        "metadata = Base.metadata\nsa.Table('t', metadata, sa.Column('a', sa.Integer))\n",
    )
    ran = run("check", f"{name}:{attribute}", "--format", "json")
    assert (ran.code, ran.json["equal"]) == (0, True)


WRONG = {
    "raises": "raise ValueError('no')",
    "exits": "raise SystemExit(0)",
    "number": "metadata = 5",
    "nothing": "other = 5",
    "no type": "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
    "sa.Table('t', metadata, sa.Column('a'))",
    "other schema": "import sqlalchemy as sa\nmetadata = sa.MetaData(schema='elsewhere')\n"
    "sa.Table('t', metadata, sa.Column('a', sa.Integer))",
}


@pytest.mark.parametrize("how", WRONG)
def test_what_is_no_metadata_for_sqlite_is_wrong_input(
    how: str, run: Run, project: Project
) -> None:
    name = f"wrong_{how.replace(' ', '_')}"
    project.write(f"{name}.py", WRONG[how])
    ran = run("diff", f"{name}:metadata", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert name in ran.err


def test_a_module_that_is_not_there_is_wrong_input(run: Run, project: Project) -> None:
    assert run("diff", "no_such_module_at_all:metadata", "empty").code == 2
