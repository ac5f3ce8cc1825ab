"""What env.py says of a history is read where it can be, and never taken for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqlplumb.config import settings_of
from sqlplumb.config.env_file import EnvValue, read_env

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.skips import reads_toml
else:
    from skips import reads_toml

SCHEMA = "CREATE TABLE t (a INTEGER);\n"
HEAD = "import os\nfrom pathlib import Path\nfrom alembic import context\nconfig = context.config\n"
REVISION = """\
from alembic import op

revision = "{name}"
down_revision = {down!r}


def upgrade():
    op.execute({sql!r})


def downgrade():
    op.execute("DROP TABLE t")
"""


@pytest.fixture
def elsewhere(project: Project) -> Project:
    """A history whose revisions lie where env.py alone says that they do."""
    project.write("schema.sql", SCHEMA)
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    project.write("db/made/a1.py", REVISION.format(name="a1", down=None, sql=SCHEMA))
    return project


LOCATIONS = {
    "a literal": '"db/made"',
    "a path from the file": 'str(Path(__file__).parent.parent / "db" / "made")',
    "a resolved one": 'str(Path(__file__).resolve().parent.parent / "db/made")',
    "os.path": 'os.path.join(os.path.dirname(os.path.dirname(__file__)), "db", "made")',
    "a constant": "PLACE",
    "two words": 'f"{PLACE}"',
    "an option of the file": 'config.get_main_option("our_place")',
    "an option that is not there": 'config.get_main_option("nowhere", "db/made")',
}


@pytest.mark.parametrize("name", LOCATIONS)
def test_version_locations_of_env_py_are_found(elsewhere: Project, run: Run, name: str) -> None:
    elsewhere.alembic("our_place = db/made\n[sqlplumb]\nschema = schema.sql\n")
    said = f'PLACE = "db/made"\nconfig.set_main_option("version_locations", {LOCATIONS[name]})\n'
    elsewhere.write("migrations/env.py", HEAD + said + "raise SystemExit\n")
    assert run("check").code == 0
    told = run("prove", "a1")
    assert told.code == 0, told.err
    assert "proved a1" in told.out


UNREADABLE = {
    "the environment": 'config.set_main_option("version_locations", os.environ["PLACES"])',
    "code of the project": 'config.set_main_option("version_locations", str(app.versions))',
    "the scripts themselves": "context.script.version_locations = app.versions",
    "two places, by a condition": (
        'if app: config.set_main_option("version_locations", "a")\n'
        'else: config.set_main_option("version_locations", "b")'
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_empty_history_is_not_believed(elsewhere: Project, run: Run, name: str) -> None:
    elsewhere.write("migrations/env.py", f"{HEAD}import app\n{UNREADABLE[name]}\n")
    for command in (("check", "history"), ("revise", "-m", "baseline"), ("prove",), ("lint",)):
        done = run(*command)
        if command == ("lint",):  # the schema is judged, and the plan is told as left out
            assert "sets version_locations" in done.out + done.err
            continue
        assert done.code == 2, command
        assert "env.py:6 sets version_locations" in done.err or "env.py:7 sets" in done.err
        assert "write version_locations in alembic.ini" in done.err
    assert not list(elsewhere.root.glob("migrations/versions/*.py"))


def test_a_history_that_is_not_empty_is_said_to_be_perhaps_a_part(
    elsewhere: Project, run: Run
) -> None:
    elsewhere.alembic("version_locations = db/made\n[sqlplumb]\nschema = schema.sql\n")
    elsewhere.write("migrations/env.py", f"{HEAD}{UNREADABLE['code of the project']}\n")
    done = run("check")
    assert done.code == 0
    assert "there may be other revisions than these" in done.out + done.err


@reads_toml
def test_several_folders_by_each_separator(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA + "CREATE TABLE u (a INTEGER);\n")
    second = REVISION.format(name="b1", down="a1", sql="CREATE TABLE u (a INTEGER)")
    project.write("db/env.py", "")
    project.write("one/a1.py", REVISION.format(name="a1", down=None, sql=SCHEMA))
    project.write("two/deep/b1.py", second.replace("TABLE t", "TABLE u"))
    for said in (
        "version_locations = one two\npath_separator = space\n",
        "version_locations = one:two\npath_separator = os\n",
        "version_locations = one:two\nversion_path_separator = :\n",
        "version_locations =\n    one\n    two\npath_separator = newline\n",
    ):
        begin, end = "[alembic]\nscript_location = db\n", "[sqlplumb]\nschema = schema.sql\n"
        project.write("alembic.ini", f"{begin}{said}recursive_version_locations = true\n{end}")
        assert run("check").code == 0, said
        project.write("alembic.ini", f"{begin}{said}{end}")
        assert run("check").code == 1, said


@reads_toml
def test_pyproject_says_it_too(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.write("one/a1.py", REVISION.format(name="a1", down=None, sql=SCHEMA))
    project.write(
        "pyproject.toml",
        '[tool.alembic]\nscript_location = "%(here)s/db"\nversion_locations = ["%(here)s/one"]\n'
        '[tool.sqlplumb]\nschema = "schema.sql"\n',
    )
    project.write("db/env.py", 'context.configure(version_table="our_versions")\n')
    assert run("check").code == 0
    assert settings_of(project.root).version_table == "our_versions"


TABLES = {
    'context.configure(version_table="ours")': "ours",
    "context.configure(**{'version_table': 'ours'})": "ours",
    "opts = dict(version_table=NAME)\ncontext.configure(**opts)": "ours",
    "context.configure(version_table=config.get_main_option('our_table'))": "ours",
    "context.configure(connection=c)": "alembic_version",
    "# version_table='ours'": "alembic_version",
}


@pytest.mark.parametrize("said", TABLES)
def test_the_version_table_of_env_py_is_alembics_own(project: Project, run: Run, said: str) -> None:
    project.write("schema.sql", SCHEMA)
    project.alembic("our_table = ours\n[sqlplumb]\nschema = schema.sql\n")
    project.write("migrations/env.py", f'{HEAD}NAME = "ours"\n{said}\n')
    table = TABLES[said]
    project.database(f"{SCHEMA}CREATE TABLE {table} (version_num VARCHAR(32) NOT NULL);")
    assert run("check", "sqlite:///app.db").code == 0


def test_a_version_table_that_cannot_be_read_is_said(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    project.revision("a1", None, f"op.execute({SCHEMA!r})")
    project.write("migrations/env.py", f"{HEAD}context.configure(version_table=app.table)\n")
    done = run("check")
    assert "env.py:5 sets version_table by its own code" in done.out + done.err
    ini = (project.root / "alembic.ini").read_text("utf-8")
    project.write("alembic.ini", f"{ini}version_table = other\n")
    done = run("check")
    assert "sets version_table" not in done.out + done.err


def test_what_is_read_is_never_run(tmp_path: Path) -> None:
    file = tmp_path / "env.py"
    file.write_text(
        "raise SystemExit\nx = configure(transaction_per_migration=True, render_as_batch=y)\n"
    )
    values = read_env(file, lambda name: None)
    assert values == {
        "transaction_per_migration": EnvValue(True, 2),
        "render_as_batch": EnvValue(None, 2, is_known=False),
    }
    file.write_text("version_table = (\n")
    assert read_env(file, lambda name: None) == {}


STAMPED = SCHEMA + "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES "


@pytest.mark.parametrize("how", ["--database", "databases", "sqlalchemy.url"])
def test_no_second_root_is_written(project: Project, run: Run, how: str) -> None:
    url = project.database(f"{STAMPED}('deadbeef1234');")
    project.write("schema.sql", SCHEMA)
    says = {
        "--database": "",
        "databases": f"databases = {url}\n",
        "sqlalchemy.url": "",
    }[how]
    own = f"sqlalchemy.url = {url}\n" if how == "sqlalchemy.url" else ""
    project.alembic(f"{own}[sqlplumb]\nschema = schema.sql\n{says}")
    project.write("migrations/versions/.keep", "")
    argv = ["--database", url] if how == "--database" else []
    done = run("revise", "-m", "baseline", *argv)
    assert done.code == 3
    assert "app.db is at deadbeef1234, which is no revision of the history in" in done.err
    assert "version_locations in alembic.ini" in done.err
    assert not list(project.root.glob("migrations/versions/*.py"))


def test_a_database_that_the_history_knows_stops_nobody(project: Project, run: Run) -> None:
    url = project.database(f"{STAMPED}('a1');")
    project.write("schema.sql", SCHEMA + "CREATE TABLE u (a INTEGER);\n")
    project.alembic(f"[sqlplumb]\nschema = schema.sql\ndatabases = {url}\n")
    project.revision("a1", None, f"op.execute({SCHEMA!r})")
    project.write(
        "migrations/script.py.mako", (ROOT / "migrations/script.py.mako").read_text("utf-8")
    )
    done = run("revise", "-m", "more", "--database", url)
    assert done.code == 0, done.err


ROOT = Path(__file__).parents[1]
