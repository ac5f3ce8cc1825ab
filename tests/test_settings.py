"""Settings: where they are found, which mirrors they name, and what they may not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = "CREATE TABLE t (a INTEGER);\n"


def mirrors(run: Run, *options: str) -> dict[str, bool]:
    """Each mirror that a check holds against the schema, and whether it is plumb."""
    told = run("check", "--format", "json", *options).json
    return {mirror["current"]["source"]: mirror["equal"] for mirror in told["mirrors"]}


@pytest.fixture
def whole(project: Project) -> Project:
    """A project with every kind of mirror, plumb but for one database."""
    project.write("db/schema.sql", SCHEMA)
    project.alembic()
    project.revision("a1", None, f"op.execute({SCHEMA!r})")
    project.write(
        "tables_of_settings.py",
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        "sa.Table('t', metadata, sa.Column('a', sa.Integer))\n",
    )
    project.database(SCHEMA, "one.db")
    project.database("CREATE TABLE t (b INTEGER);", "two.db")
    project.patch.setenv("TWO", "sqlite:///two.db")
    return project


EVERY_MIRROR = {
    "tables_of_settings:metadata": True,
    "history": True,
    "sqlite:///one.db": True,
    "sqlite:///two.db": False,
}


def test_mirrors_from_pyproject(whole: Project, run: Run) -> None:
    whole.write(
        "pyproject.toml",
        '[tool.sqlplumb]\nschema = "db/schema.sql"\nmetadata = "tables_of_settings:metadata"\n'
        'databases = ["sqlite:///one.db", "env:TWO"]\n',
    )
    assert mirrors(run) == EVERY_MIRROR
    assert run("check").code == 1


def test_mirrors_from_alembic_ini(whole: Project, run: Run) -> None:
    whole.alembic(
        "[sqlplumb]\nschema = db/schema.sql\nmetadata = tables_of_settings:metadata\n"
        "databases =\n    sqlite:///one.db\n    env:TWO\n"
    )
    assert mirrors(run) == EVERY_MIRROR


def test_settings_are_found_from_a_folder_below(whole: Project, run: Run) -> None:
    whole.write("pyproject.toml", '[tool.sqlplumb]\nschema = "db/schema.sql"\n')
    whole.patch.chdir(whole.root / "db")
    assert mirrors(run) == {"history": True}


def test_the_nearest_settings_count(whole: Project, run: Run) -> None:
    whole.write("pyproject.toml", "[tool.sqlplumb]\nschema = 'none.sql'\n")
    whole.write("db/pyproject.toml", "[tool.sqlplumb]\ndatabases = 'sqlite:///../two.db'\n")
    whole.write("db/deeper/pyproject.toml", "[project]\nname = 'sqlplumb'\n")
    whole.patch.chdir(whole.root / "db/deeper")
    assert mirrors(run) == {"sqlite:///../two.db": False}


def test_config_names_the_file(whole: Project, run: Run) -> None:
    whole.write("pyproject.toml", "[tool.sqlplumb]\nschema = 'none.sql'\n")
    whole.write("db/other.toml", "[tool.sqlplumb]\ndatabases = ['sqlite:///../one.db']\n")
    assert mirrors(run, "--config", "db/other.toml") == {"sqlite:///../one.db": True}
    assert run("--config", "db/other.toml", "check").code == 0


def test_a_schema_may_be_many_files(whole: Project, run: Run) -> None:
    whole.write("db/more/index.sql", "CREATE INDEX idx_t ON t (a);\n")
    whole.write("pyproject.toml", "[tool.sqlplumb]\nschema = ['db/*.sql', 'db/more']\n")
    told = run("check", "sqlite:///one.db", "--format", "json").json["mirrors"][0]
    assert [change["object"] for change in told["changes"]] == ["idx_t"]
    assert told["changes"][0]["where"] == {"file": "db/more/index.sql", "line": 1}


def test_sources_named_stand_for_those_configured(whole: Project, run: Run) -> None:
    whole.write("pyproject.toml", "[tool.sqlplumb]\nschema = 'db/schema.sql'\n")
    assert mirrors(run, "sqlite:///one.db", "env:TWO") == {
        "sqlite:///one.db": True,
        "sqlite:///two.db": False,
    }


@pytest.mark.parametrize(
    "settings",
    [
        "schemas = 'schema.sql'",
        "schema = 5",
        "databases = [1]",
        "metadata = ['a:b']",
        "style = 'other'",
        "schema = ",
    ],
)
def test_settings_that_are_wrong_are_told(settings: str, project: Project, run: Run) -> None:
    project.write("pyproject.toml", f"[tool.sqlplumb]\n{settings}\n")
    ran = run("check", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert "pyproject.toml" in ran.err


def test_an_unknown_key_is_told_with_the_one_that_was_meant(project: Project, run: Run) -> None:
    project.alembic("[sqlplumb]\ndatabase = sqlite:///app.db\n")
    ran = run("check", "empty")
    assert ran.code == 2
    assert "database " in ran.err
    assert "databases?" in ran.err


@pytest.mark.parametrize("name", ["my_versions", "My_Versions"])
def test_alembics_own_table_is_no_drift(name: str, whole: Project, run: Run) -> None:
    whole.write(
        "pyproject.toml",
        f"[tool.sqlplumb]\nschema = 'db/schema.sql'\nversion_table = '{name}'\n",
    )
    whole.database(f"{SCHEMA}; CREATE TABLE {name} (version_num TEXT);", "stamped.db")
    assert mirrors(run, "sqlite:///stamped.db", "history") == {
        "sqlite:///stamped.db": True,
        "history": True,
    }


def test_alembics_own_table_counts_where_the_schema_has_it(whole: Project, run: Run) -> None:
    table = "CREATE TABLE alembic_version (version_num TEXT);\n"
    whole.write("schema.sql", SCHEMA + table)
    whole.database(SCHEMA + table.replace("TEXT", "BLOB"), "stamped.db")
    assert run("check", "sqlite:///one.db").code == 0
    assert run("check", "sqlite:///stamped.db").code == 1
