"""`check`, `revise` and `prove` in projects that use what Alembic has: heads, branches and merges,
dependencies, folders, names of files, hooks, and the templates that `alembic init` lays out."""

from __future__ import annotations

import ast
import sqlite3
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config

import sqlplumb

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.skips import reads_toml
else:
    from skips import reads_toml

SCHEMA = """\
CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT NOT NULL, CONSTRAINT ck CHECK (x <> ''));
CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id) ON DELETE CASCADE);
"""
THREE = "".join(f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY);\n" for n in (1, 2, 3))
CHANGED = SCHEMA.replace("''", "'q'")
URL = "driver://user:pass@localhost/dbname"
VERSIONS = "migrations/versions"


@dataclass(frozen=True)
class Initialised:
    """A project as `alembic init` leaves it, with a schema.sql beside it."""

    project: Project
    run: Run

    def config(self) -> Config:
        root = self.project.root
        toml = root / "pyproject.toml"
        named: dict[str, Any] = {"toml_file": str(toml)} if toml.exists() else {}
        return Config(str(root / "alembic.ini"), stdout=StringIO(), **named)

    def init(self, template: str = "generic") -> None:
        with redirect_stdout(StringIO()):
            command.init(self.config(), "migrations", template=template)
        self.project.write("schema.sql", SCHEMA)
        ini = self.project.root / "alembic.ini"
        ini.write_text(ini.read_text("utf-8").replace(URL, "sqlite:///app.db"), "utf-8")
        env = self.project.root / "migrations" / "env.py"
        text = env.read_text("utf-8").replace("    fileConfig(config.config_file_name)", "    pass")
        env.write_text(text, "utf-8")

    def option(self, *lines: str) -> None:
        """In the first section of alembic.ini."""
        ini = self.project.root / "alembic.ini"
        text = ini.read_text("utf-8")
        ini.write_text(text.replace("[alembic]\n", "\n".join(["[alembic]", *lines, ""])), "utf-8")

    def files(self) -> list[str]:
        found = (path.relative_to(self.project.root) for path in self.project.root.rglob("*.py"))
        return sorted(str(one) for one in found if one.name != "env.py")

    def makes(self, name: str, down: object, table: str, more: str = "") -> None:
        """A revision by hand: one table, there and back."""
        self.project.revision(
            name, down, f"op.execute('CREATE TABLE {table} (id INTEGER PRIMARY KEY)')"
        )
        path = self.project.root / VERSIONS / f"{name}.py"
        back = f"\n\ndef downgrade():\n    op.execute('DROP TABLE {table}')\n\n\n{more}\n"
        path.write_text(path.read_text("utf-8") + back, "utf-8")

    def tables(self) -> list[str]:
        with closing(sqlite3.connect(self.project.root / "app.db")) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            found = connection.execute(query).fetchall()
        return [name for (name,) in found if name != "alembic_version"]


@pytest.fixture
def initialised(project: Project, run: Run) -> Initialised:
    made = Initialised(project, run)
    made.init()
    return made


@pytest.fixture
def two_heads(initialised: Initialised) -> Initialised:
    """t1, and then t2 and t3 on branches of their own."""
    initialised.makes("r1", None, "t1")
    initialised.makes("left", "r1", "t2")
    initialised.makes("right", "r1", "t3", "branch_labels = ('feature',)")
    initialised.project.write("schema.sql", THREE)
    return initialised


def later(why: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=why)


# The templates that Alembic lays out.


@pytest.mark.parametrize(
    "template", ["generic", pytest.param("pyproject", marks=reads_toml), "async"]
)
def test_a_template_of_alembics(template: str, project: Project, run: Run) -> None:
    """It knows nothing of us: what upgrade and downgrade call stands behind them."""
    made = Initialised(project, run)
    if template == "pyproject":
        project.write("pyproject.toml", "[tool.sqlplumb]\n")
    made.init(template)
    assert run("revise", "-m", "one", "--rev-id", "one").code == 0
    project.write("schema.sql", CHANGED)
    assert run("revise", "-m", "two", "--rev-id", "two").code == 0
    tree = ast.parse((project.root / VERSIONS / "two_two.py").read_text("utf-8"))
    functions = [one.name for one in tree.body if isinstance(one, ast.FunctionDef)]
    assert functions[:2] == ["upgrade", "downgrade"]
    assert "a_before" in functions
    assert run("check").code == 0
    assert run("prove").code == 0


def test_alembic_itself_runs_it(initialised: Initialised) -> None:
    assert initialised.run("revise", "-m", "one").code == 0
    initialised.project.write("schema.sql", CHANGED)
    assert initialised.run("revise", "-m", "two").code == 0
    command.upgrade(initialised.config(), "head")
    assert initialised.run("check", "sqlite:///app.db", "history").code == 0
    command.downgrade(initialised.config(), "base")
    assert initialised.tables() == []


def test_no_metadata_is_no_reason_for_a_word_about_names(initialised: Initialised) -> None:
    assert initialised.run("revise", "-m", "one").err == ""


# Heads, branches, merges, dependencies.


@pytest.mark.parametrize("argv", [("check",), ("revise", "-m", "more")])
def test_several_heads_are_named_before_anything_is_written(
    argv: tuple[str, ...], two_heads: Initialised
) -> None:
    files = two_heads.files()
    ran = two_heads.run(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert "2 heads: left, right" in ran.err
    assert "alembic merge heads" in ran.err
    assert two_heads.files() == files


@pytest.mark.parametrize(
    ("wanted", "proved"),
    [
        ("", ["r1", "left", "right"]),
        ("left", ["left"]),
        ("feature@head", ["right"]),
        ("r1:right", ["r1", "right"]),
        ("base:left", ["r1", "left"]),
    ],
)
def test_a_proof_on_branches(wanted: str, proved: list[str], two_heads: Initialised) -> None:
    ran = two_heads.run("prove", *([wanted] if wanted else []))
    said = [line.split()[1].rstrip(":") for line in ran.out.splitlines() if "proved" in line]
    assert (ran.code, sorted(said)) == (0, sorted(proved))
    assert "the history has 2 heads" in ran.out


@pytest.mark.parametrize("wanted", ["nope", "left:right", "head", "base"])
def test_what_cannot_be_proved_is_wrong_input(wanted: str, two_heads: Initialised) -> None:
    ran = two_heads.run("prove", wanted)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_a_revision_on_the_head_that_is_named(two_heads: Initialised) -> None:
    """Of what the other branch makes, its own history knows nothing."""
    two_heads.project.write(
        "schema.sql",
        "CREATE TABLE t1 (id INTEGER PRIMARY KEY);\n"
        "CREATE TABLE t2 (id INTEGER PRIMARY KEY, x TEXT);\n",
    )
    assert two_heads.run("revise", "-m", "x", "--head", "left", "--rev-id", "x").code == 0
    text = (two_heads.project.root / VERSIONS / "x_x.py").read_text("utf-8")
    assert "down_revision: Union[str, Sequence[str], None] = 'left'" in text
    assert two_heads.run("check", "history@x").code == 0


def test_a_merge_and_what_comes_after_it(two_heads: Initialised) -> None:
    with redirect_stdout(StringIO()):
        command.merge(two_heads.config(), "heads", "merged", rev_id="merged")
    assert two_heads.run("check").code == 0
    ran = two_heads.run("prove")
    assert ran.code == 0
    assert "proved merged" in ran.out
    assert "not covered: the way back of a merge" in ran.out
    schema = (two_heads.project.root / "schema.sql").read_text("utf-8")
    two_heads.project.write("schema.sql", schema.replace("t1 (", "t1 (x TEXT, "))
    assert two_heads.run("revise", "-m", "after", "--rev-id", "after").code == 0
    command.upgrade(two_heads.config(), "head")
    assert two_heads.run("check", "sqlite:///app.db").code == 0
    command.downgrade(two_heads.config(), "base")
    assert two_heads.tables() == []


def test_what_a_revision_depends_on_is_run_before_it(initialised: Initialised) -> None:
    initialised.makes("r1", None, "t1")
    initialised.makes("r2", None, "t2")
    initialised.makes("d2", "r2", "t3", "depends_on = 'r1'")
    initialised.project.write("schema.sql", THREE)
    ran = initialised.run("prove", "d2")
    assert (ran.code, "in 2 tables" in ran.out) == (0, True)
    found = {str(ref) for ref in sqlplumb.read("history@d2").objects}
    assert {"t1", "t2", "t3"} <= found


def test_the_first_of_a_branch_that_depends_on_another(initialised: Initialised) -> None:
    initialised.makes("r1", None, "t1")
    initialised.makes("r2", None, "t2", "depends_on = 'r1'")
    initialised.project.write("schema.sql", THREE.replace(THREE.splitlines()[2], ""))
    assert initialised.run("prove", "r2").code == 0


# Folders, names, hooks.


def test_one_folder_of_another_name(initialised: Initialised) -> None:
    initialised.option("version_locations = %(here)s/model/revisions")
    assert initialised.run("revise", "-m", "one", "--rev-id", "one").code == 0
    assert initialised.files() == ["model/revisions/one_one.py"]
    assert initialised.run("check").code == 0


def test_several_folders(initialised: Initialised) -> None:
    folders = "%(here)s/migrations/versions:%(here)s/model"
    initialised.option(f"version_locations = {folders}", "path_separator = :")
    text = (initialised.project.root / "alembic.ini").read_text("utf-8")
    initialised.project.write("alembic.ini", text.replace("path_separator = os\n", ""))
    initialised.makes("r1", None, "t1")
    (initialised.project.root / "model").mkdir()
    (initialised.project.root / VERSIONS / "r1.py").rename(initialised.project.root / "model/r1.py")
    initialised.project.write("schema.sql", "CREATE TABLE t1 (id INTEGER PRIMARY KEY, x TEXT);")
    assert initialised.run("revise", "-m", "x", "--rev-id", "x").code == 0
    assert initialised.files() == ["model/r1.py", "model/x_x.py"]


def test_names_with_folders_and_a_time_zone(initialised: Initialised) -> None:
    initialised.option(
        "file_template = %%(year)d/of_%%(rev)s",
        "recursive_version_locations = true",
        "timezone = UTC",
    )
    assert initialised.run("revise", "-m", "one", "--rev-id", "one").code == 0
    initialised.project.write("schema.sql", CHANGED)
    assert initialised.run("revise", "-m", "two", "--rev-id", "two").code == 0
    first, second = initialised.files()
    assert (first[-9:], second[-9:]) == ("of_one.py", "of_two.py")
    text = (initialised.project.root / second).read_text("utf-8")
    (created,) = (line for line in text.splitlines() if line.startswith("Create Date"))
    assert created.endswith("+00:00")
    assert initialised.run("prove").code == 0


def hooked(initialised: Initialised, script: str, executable: str = "python") -> None:
    hook = [
        "[post_write_hooks]",
        "hooks = own",
        "own.type = exec",
        f"own.executable = {executable}",
        "own.options = hook.py REVISION_SCRIPT_FILENAME",
        "",
    ]
    text = (initialised.project.root / "alembic.ini").read_text("utf-8")
    initialised.project.write("alembic.ini", text.replace("[post_write_hooks]", "\n".join(hook)))
    initialised.project.write("hook.py", script)


def test_a_hook_writes_on_what_is_then_proved(initialised: Initialised) -> None:
    hooked(initialised, "import sys; open(sys.argv[1], 'a').write('# hooked')")
    assert initialised.run("revise", "-m", "one", "--rev-id", "one").code == 0
    text = (initialised.project.root / VERSIONS / "one_one.py").read_text("utf-8")
    assert text.endswith("# hooked")


@pytest.mark.parametrize(
    ("script", "executable"),
    [
        ("import sys; open(sys.argv[1], 'w').write('this is no python')", "python"),
        ("import sys; open(sys.argv[1], 'a').write('raise ValueError')", "python"),
        ("", "no-such-program"),
    ],
    ids=["no python", "raises", "no program"],
)
def test_a_hook_that_spoils_it_leaves_nothing(
    script: str, executable: str, initialised: Initialised
) -> None:
    hooked(initialised, script, executable)
    ran = initialised.run("revise", "-m", "one", "--rev-id", "one")
    assert ran.code in (2, 3)
    assert "Traceback" not in ran.err
    assert initialised.files() == ["hook.py"]
    assert sorted(one.name for one in (initialised.project.root / "migrations").glob(".*")) == []
