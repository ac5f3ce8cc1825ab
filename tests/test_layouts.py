"""Projects whose files lie elsewhere: each is found as it is, or refused with a way out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.config import find_settings

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = "CREATE TABLE t (a INTEGER);\n"
INI = "[alembic]\nscript_location = {location}\npath_separator = os\n"
REVISION = """\
from alembic import op

revision = "{name}"
down_revision = None


def upgrade():
    op.execute({sql!r})


def downgrade():
    op.execute({back!r})
"""
NEVER = "raise SystemExit('env.py was run')\n"


def history(project: Project, folder: str, name: str = "a1", sql: str = SCHEMA) -> None:
    """A history of one revision, in this folder."""
    back = f"DROP TABLE {sql.split()[2]}"
    text = REVISION.format(name=name, sql=sql, back=back)
    project.write(f"{folder}/env.py", NEVER)
    project.write(f"{folder}/versions/{name}.py", text)


LAYOUTS = {
    "named, from its own folder": ("db/alembic.ini", "migrations", "db/migrations", True),
    "named, from the root": ("db/alembic.ini", "db/migrations", "db/migrations", True),
    "named, here": ("db/alembic.ini", "%(here)s/migrations", "db/migrations", True),
    "found below": ("db/alembic.ini", "migrations", "db/migrations", False),
    "found below src": ("src/app/alembic.ini", "migrations", "src/app/migrations", False),
    "found in a package": ("app/migrations/alembic.ini", "", "app/migrations", False),
    "found in a package of src": (
        "src/web/migrations/alembic.ini",
        "%(here)s",
        "src/web/migrations",
        False,
    ),
    "in a package": ("alembic.ini", "app:migrations", "app/migrations", False),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_history_is_found_where_it_lies(name: str, project: Project, run: Run) -> None:
    file, location, folder, is_named = LAYOUTS[name]
    project.write("schema.sql", SCHEMA)
    project.write("app/__init__.py", "")
    project.write("src/web/__init__.py", "")
    prepended = "prepend_sys_path = .\n" if ":" in location else ""
    ini = INI.format(location=location) if location else "[alembic]\n"
    project.write(file, ini + prepended)
    named = f"alembic = '{file}'\n" if is_named else ""
    project.write("pyproject.toml", f"[tool.sqlplumb]\n{named}")
    history(project, folder)
    assert run("check", "history").code == 0
    assert run("prove", "a1").code == 0
    assert (project.root / folder / "proofs.toml").is_file()
    project.write("schema.sql", SCHEMA + "CREATE TABLE u (a);\n")
    assert run("check").code == 1
    (project.root / "deep/er").mkdir(parents=True)
    project.patch.chdir(project.root / "deep/er")
    assert run("check").code == 1
    assert run("revise", "-m", "u").code == 0
    assert run("check").code == 0
    assert len(list((project.root / folder / "versions").glob("*.py"))) == 2


def test_a_history_that_is_configured_and_not_there_is_refused(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\nalembic = 'db/alembic.ini'\n")
    done = run("check")
    assert done.code == 2
    assert "db/alembic.ini, which the settings name, does not exist" in done.err
    for command in (("check", "history"), ("revise", "-m", "x"), ("prove",)):
        assert run(*command).code == 2, command


def test_init_finds_a_history_at_any_depth(project: Project, run: Run) -> None:
    project.write("app/server/db/alembic.ini", INI.format(location="migrations"))
    history(project, "app/server/db/migrations")
    assert run("init").code == 0
    assert not (project.root / "migrations").exists()
    assert run("check", "history").code == 0
    (project.root / "pyproject.toml").unlink()
    project.write("app/other/db/alembic.ini", INI.format(location="migrations"))
    assert run("init").code == 2


def test_a_location_that_the_application_fills_in_is_refused(project: Project, run: Run) -> None:
    project.write("app/alembic.ini", INI.format(location="{alembic_dir}"))
    history(project, "app/alembic")
    done = run("init")
    assert done.code == 2
    assert "[tool.alembic] of pyproject.toml" in done.err
    assert not (project.root / "app/{alembic_dir}").exists()
    own = "[tool.sqlplumb]\n[tool.alembic]\nscript_location = '%(here)s/app/alembic'\n"
    project.write("pyproject.toml", own)
    assert run("init").code == 0
    assert run("check", "history").code == 0


def test_env_py_inside_of_a_package_is_read(project: Project, run: Run) -> None:
    project.write(
        "alembic.ini", f"{INI.format(location='located:db:migrations')}prepend_sys_path = .\n"
    )
    project.write("located/__init__.py", NEVER)
    project.write("located/db/migrations/env.py", 'configure(version_table="app_versions")\n')
    assert find_settings(project.root).version_table == "app_versions"
    moved = "from located import folders\ncontext.script.version_locations = [folders.sqlite]\n"
    project.write("located/db/migrations/env.py", moved)
    project.write("located/__init__.py", "")
    done = run("init")
    assert done.code == 2
    assert "env.py:2 sets version_locations by its own code" in done.err
    assert not (project.root / "schema.sql").exists()


def test_a_history_whose_folder_is_gone_is_refused(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("alembic.ini", INI.format(location="gone"))
    project.write("pyproject.toml", "[tool.sqlplumb]\n")
    done = run("check")
    assert done.code == 2
    assert "gone" in done.err


def test_a_location_that_may_be_two_folders_is_refused(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("db/alembic.ini", INI.format(location="migrations"))
    project.write("pyproject.toml", "[tool.sqlplumb]\nalembic = 'db/alembic.ini'\n")
    history(project, "db/migrations")
    history(project, "migrations")
    done = run("check")
    assert done.code == 2
    assert "may be db/migrations or migrations" in done.err
    assert "%(here)s" in done.err


def test_several_below_are_not_left_out_in_silence(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\n")
    for folder in ("one", "two"):
        project.write(f"{folder}/alembic.ini", INI.format(location="%(here)s"))
        history(project, folder)
    done = run("check")
    assert done.code == 2
    assert "one/alembic.ini, two/alembic.ini" in done.err
    assert run("diff", "schema.sql", "empty").code == 1
    url = project.database(SCHEMA)
    project.write("pyproject.toml", f"[tool.sqlplumb]\nalembic = 'none'\ndatabases = ['{url}']\n")
    assert run("check").code == 0


def test_what_has_settings_of_its_own_is_another_project(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\n")
    for folder, sql in (("one", SCHEMA), ("two", "CREATE TABLE t (b);\n")):
        project.write(f"{folder}/alembic.ini", INI.format(location="migrations"))
        project.write(f"{folder}/pyproject.toml", "[tool.sqlplumb]\n")
        project.write(f"{folder}/schema.sql", sql)
        history(project, f"{folder}/migrations", sql=sql)
        project.write(f"{folder}/app/__init__.py", "")
    assert find_settings(project.root).alembic is None
    for folder in ("one", "two/app"):
        project.patch.chdir(project.root / folder)
        assert run("check").code == 0
    assert run("check", "--config", "../../one/pyproject.toml").code == 0
    project.write("two/schema.sql", SCHEMA)
    assert run("check").code == 1


SECTIONS = """\
[users]
script_location = %(here)s/users
path_separator = os
sqlalchemy.url = sqlite:///users.db

[orders]
script_location = %(here)s/orders
path_separator = os
sqlalchemy.url = sqlite:///orders.db
"""
NAMES = """\
[tool.sqlplumb]
style = "sql"

[tool.sqlplumb.names.users]
schema = "users.sql"

[tool.sqlplumb.names.buying]
name = "orders"
schema = "orders.sql"
"""


def two_sections(project: Project) -> None:
    project.write("alembic.ini", SECTIONS)
    project.write("pyproject.toml", NAMES)
    for name, sql in (("users", SCHEMA), ("orders", "CREATE TABLE o (a);\n")):
        project.write(f"{name}.sql", sql)
        history(project, name, f"first_{name}", sql)


def test_several_sections_have_names(project: Project, run: Run) -> None:
    two_sections(project)
    for name in ("users", "buying"):
        assert run("check", "--name", name).code == 0
        assert run("--name", name, "prove").code == 0
        url = "sqlite:///users.db" if name == "users" else "sqlite:///orders.db"
        assert run("apply", "--name", name, "--create").code == 0
        assert run("check", "--name", name, url).code == 0
    assert run("check", "--name", "users", "sqlite:///orders.db").code == 1
    project.write("orders.sql", "CREATE TABLE o (a, b);\n")
    assert run("revise", "--name", "buying", "-m", "b").code == 0
    assert len(list((project.root / "orders/versions").glob("*.py"))) == 2
    assert len(list((project.root / "users/versions").glob("*.py"))) == 1


def test_one_of_several_must_be_chosen(project: Project, run: Run) -> None:
    two_sections(project)
    for command in (("check",), ("revise", "-m", "x"), ("prove",), ("check", "history")):
        done = run(*command)
        assert done.code == 2, command
        assert "users, buying" in done.err
        assert "--name users" in done.err
    done = run("check", "--name", "user")
    assert done.code == 2
    assert "did you mean users?" in done.err
    assert run("diff", "users.sql", "orders.sql").code == 1


def test_a_section_that_is_not_there_is_refused(project: Project, run: Run) -> None:
    project.write("alembic.ini", SECTIONS)
    project.write("users.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\nname = 'users'\nschema = 'users.sql'\n")
    history(project, "users")
    history(project, "orders", sql="CREATE TABLE o (a);\n")
    assert run("check").code == 0
    assert run("check", "--name", "orders").code == 1
    done = run("check", "--name", "other")
    assert done.code == 2
    assert "no section [other]" in done.err


MULTIDB = """\
[alembic]
script_location = %(here)s/migrations
path_separator = os
databases = users, orders

[users]
sqlalchemy.url = sqlite:///users.db

[orders]
sqlalchemy.url = sqlite:///orders.db
"""
BOTH = """\
from alembic import op

revision = "first"
down_revision = None


def upgrade(engine_name):
    globals()[f"upgrade_{engine_name}"]()


def downgrade(engine_name):
    globals()[f"downgrade_{engine_name}"]()


def upgrade_users():
    op.execute("CREATE TABLE t (a INTEGER)")


def downgrade_users():
    op.execute("DROP TABLE t")


def upgrade_orders():
    op.execute("CREATE TABLE o (a)")


def downgrade_orders():
    op.execute("DROP TABLE o")
"""


def multidb(project: Project) -> None:
    """As `alembic init --template multidb` lays it out."""
    import alembic

    template = Path(alembic.__file__).parent / "templates/multidb"
    project.write("alembic.ini", MULTIDB)
    names = '[tool.sqlplumb.names.users]\nschema = "users.sql"\n'
    project.write("pyproject.toml", names + names.replace("users", "orders"))
    project.write("users.sql", SCHEMA)
    project.write("orders.sql", "CREATE TABLE o (a);\n")
    env = (template / "env.py").read_text("utf-8")
    project.write("migrations/env.py", env.replace("fileConfig(config.config_file_name)", "pass"))
    project.write("migrations/script.py.mako", (template / "script.py.mako").read_text("utf-8"))
    project.write("migrations/versions/first.py", BOTH)


def test_one_history_may_be_that_of_several_databases(project: Project, run: Run) -> None:
    multidb(project)
    for name in ("users", "orders"):
        assert run("check", "--name", name).code == 0
        assert run("prove", "--name", name).code == 0
    folder = project.root / "migrations"
    assert {file.name for file in folder.glob("*.toml")} == {
        "proofs.users.toml",
        "proofs.orders.toml",
    }
    project.write("users.sql", "CREATE TABLE t (a INTEGER CHECK (a > 0));\n")
    assert run("revise", "--name", "users", "-m", "positive").code == 0
    for name in ("users", "orders"):
        assert run("check", "--name", name).code == 0
        assert run("prove", "--name", name).code == 0
        assert run("apply", "--name", name, "--create").code == 0
        assert run("check", "--name", name, f"sqlite:///{name}.db").code == 0
    assert run("prove", "--env", "--name", "users").code == 0
    sqlplumb.require_plumb("sqlite:///users.db", name="users")
    with pytest.raises(sqlplumb.NotPlumb):
        sqlplumb.require_plumb("sqlite:///users.db", name="orders")
    assert "sqlplumb check --name orders" in run("init", "--name", "orders").out
    assert "proofs.orders.toml" in (project.root / ".gitattributes").read_text("utf-8")


def test_a_history_of_several_databases_asks_for_one(project: Project, run: Run) -> None:
    multidb(project)
    project.write("pyproject.toml", "[tool.sqlplumb]\nschema = 'users.sql'\n")
    done = run("check")
    assert done.code == 2
    assert "users, orders" in done.err
    assert run("check", "--name", "users").code == 0


MODELS = """\
from sqlalchemy import Column, Integer, MetaData, Table

metadata = MetaData()
Table("t", metadata, Column("a", Integer))
"""


def test_models_in_src_are_found(project: Project, run: Run) -> None:
    project.write("src/app_in_src/__init__.py", "")
    project.write("src/app_in_src/models.py", MODELS)
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\nmetadata = 'app_in_src.models:metadata'\n")
    assert run("check").code == 0


def test_models_elsewhere_are_told_how_they_are_found(project: Project, run: Run) -> None:
    project.write("backend/app_in_backend.py", MODELS)
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\nmetadata = 'app_in_backend:metadata'\n")
    done = run("check")
    assert done.code == 2
    assert "PYTHONPATH=backend" in done.err
    history(project, "migrations")
    project.write("alembic.ini", INI.format(location="migrations"))
    assert "prepend_sys_path" in run("check").err
    project.write("alembic.ini", INI.format(location="migrations") + "prepend_sys_path = backend\n")
    assert run("check").code == 0


def test_flask_migrate_lays_it_beside_env_py(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("migrations/alembic.ini", "[alembic]\n# template used\n")
    history(project, "migrations")
    assert run("init").code == 0
    assert 'alembic = "migrations/alembic.ini"' in (project.root / "pyproject.toml").read_text()
    assert run("check").code == 0
    assert run("prove").code == 0


def test_init_lays_out_what_the_settings_name(project: Project, run: Run) -> None:
    project.write("pyproject.toml", "[tool.sqlplumb]\nalembic = 'db/alembic.ini'\n")
    assert run("init").code == 0
    assert (project.root / "db/migrations/env.py").is_file()
    assert not (project.root / "migrations").exists()
    assert run("revise", "-m", "first").code == 0
    assert run("check").code == 0


def test_a_name_that_nothing_has_is_refused(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", "[tool.sqlplumb]\n")
    done = run("check", "--name", "users", "schema.sql")
    assert done.code == 2
    assert "no setting has that name" in done.err


def test_an_ini_has_names_too(project: Project, run: Run) -> None:
    names = "[sqlplumb]\nstyle = sql\n[sqlplumb.names.users]\nschema = users.sql\n"
    project.write("alembic.ini", SECTIONS + names)
    project.write("users.sql", SCHEMA)
    history(project, "users")
    assert run("check", "--name", "users").code == 0
    assert run("check").code == 2
    assert find_settings(project.root, "users").style == "sql"


def test_what_stands_in_another_pyproject(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    alembic = '[tool.alembic]\nscript_location = "%(here)s/migrations"\nprepend_sys_path = ["."]\n'
    project.write("service/pyproject.toml", alembic)
    project.write("pyproject.toml", "[tool.sqlplumb]\nalembic = 'service/pyproject.toml'\n")
    history(project, "service/migrations")
    assert run("check", "history").code == 0
    assert run("prove").code == 0
    project.write("service/pyproject.toml", alembic.replace("%(here)s/", ""))
    assert run("check", "history").code == 0
    project.write("service/pyproject.toml", "[tool.alembic]\n")
    assert run("check", "history").code == 2
