"""Every version of Alembic and SQLAlchemy that pyproject.toml allows: what is used of them.

Each test of the first part names what is not promised: where one fails, that name went or means
something else. `nox -s alembics` runs this file with the oldest, the first that loads plugins, and
the newest.
"""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alembic
import pytest
import sqlalchemy as sa
from alembic.autogenerate.api import RevisionContext
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.ops import DowngradeOps, MigrationScript, UpgradeOps
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from sqlplumb.sources import alembic_internals as internals

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def scripts() -> ScriptDirectory:
    """The history of this repository."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("prepend_sys_path", "")
    return ScriptDirectory.from_config(config)


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


@pytest.fixture
def context() -> Iterator[MigrationContext]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        yield MigrationContext.configure(connection)


# --------------------------------------------------------------------- what nobody promises


def test_script_directory_upgrade_revs(scripts: ScriptDirectory) -> None:
    steps = internals.upgrade_steps(scripts, "head", None)
    known = [script.revision for script in scripts.walk_revisions()]
    assert [step.revision.revision for step in steps] == known[::-1]
    assert all(step.is_upgrade for step in steps)


def test_script_directory_downgrade_revs(scripts: ScriptDirectory) -> None:
    head = scripts.get_current_head()
    steps = internals.downgrade_steps(scripts, "base", head)
    assert [step.revision.revision for step in steps] == [
        script.revision for script in scripts.walk_revisions()
    ]
    assert not any(step.is_upgrade for step in steps)


def test_migration_step_upgrade_from_script(scripts: ScriptDirectory) -> None:
    first, second = [*scripts.walk_revisions()][:-3:-1]
    searched = internals.upgrade_steps(scripts, second.revision, first.revision)
    assert [internals.step_up(scripts, second)] == searched


def test_migration_step_downgrade_from_script(scripts: ScriptDirectory) -> None:
    head = scripts.get_revision("head")
    assert head
    (down,) = internals.downgrade_steps(scripts, "-1", head.revision)
    assert internals.step_down(scripts, head) == down


def test_script_directory_hooks(scripts: ScriptDirectory, tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    copy = internals.scripts_like(scripts, tmp_path, [str(tmp_path / "versions")])
    assert copy.file_template == scripts.file_template
    assert [*copy.walk_revisions()] == []


def test_op_proxy(context: MigrationContext) -> None:
    with Operations.context(context) as operations:
        assert internals.operations_of_module() is operations


def test_migration_context_transaction_per_migration(context: MigrationContext) -> None:
    assert internals.commits_each_revision(context) is False
    options = {"transaction_per_migration": True}
    context = MigrationContext.configure(context.connection, opts=options)
    assert internals.commits_each_revision(context) is True


def test_batch_impl(context: MigrationContext) -> None:
    context.connection.exec_driver_sql("CREATE TABLE t (a)")  # type: ignore[union-attr]
    column = sa.Column("a", sa.Text)
    arguments: Any = {"reflect_args": [column], "table_args": [sa.CheckConstraint("a > 1")]}
    with Operations.context(context) as op, op.batch_alter_table("t", **arguments) as batch:
        impl = internals.batch_of(batch)
        assert (impl.table_name, list(impl.reflect_args)) == ("t", [column])
        assert (len(impl.table_args), dict(impl.table_kwargs)) == (1, {})
        assert callable(impl.flush)


@pytest.mark.parametrize("option", ["include_object", "include_name"])
def test_autogen_context_filters(option: str, context: MigrationContext) -> None:
    from alembic.autogenerate.api import AutogenContext

    assert not internals.has_filters(AutogenContext(context, sa.MetaData()))
    options = {option: lambda *_: True}
    filtered = MigrationContext.configure(context.connection, opts=options)
    assert internals.has_filters(AutogenContext(filtered, sa.MetaData()))


def test_mock_connection() -> None:
    said: list[str] = []
    dialect = sa.create_engine("sqlite://").dialect
    connection = internals.mock_connection(dialect, lambda ddl, *_, **__: said.append(str(ddl)))
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("a", sa.Integer))
    metadata.create_all(connection, checkfirst=False)
    assert len(said) == 1


def test_dispatch_listeners() -> None:
    engine, metadata = sa.create_engine("sqlite://"), sa.MetaData()
    kinds = sa.Enum("a", name="kind", create_constraint=True, metadata=metadata)
    table = sa.Table("t", metadata, sa.Column("a", kinds), sa.Column("b", sa.Boolean))
    pairs = [(engine, "before_execute"), (metadata, "before_create"), (table, "after_create")]
    for target, name in pairs:
        assert list(internals.listeners(target, name)) == []
        event.listen(target, name, lambda *_, **__: None)
        assert len(list(internals.listeners(target, name))) == 1


def test_who_opens() -> None:
    made = partial(sa.create_engine, "sqlite://", poolclass=NullPool)
    assert list(internals.who_opens(made())) == []

    def heard(*_: object) -> None:
        pass

    event.listen(sa.Engine, "connect", heard)
    try:
        assert list(internals.who_opens(made())) == [heard]
    finally:
        event.remove(sa.Engine, "connect", heard)


def test_revisions_to_be_rendered() -> None:
    asked = inspect.getsource(RevisionContext._to_script)
    assert '"_needs_render"' in asked
    script = MigrationScript("a", UpgradeOps([]), DowngradeOps([]))
    internals.mark_to_be_rendered(script)
    assert vars(script)["_needs_render"] is True


# --------------------------------------------------------------------- what versions differ in


def test_private_names_stand_in_one_file() -> None:
    """What begins with an underscore belongs to whoever wrote it."""
    public = {"_actions", "_exit", "_fill_text", "_make", "_replace"}  # of Python's own
    own = ("self", "cls", "_", "super()", "super(")
    files = [*(ROOT / "tools").rglob("*.py"), ROOT / "migrations" / "env.py"]
    found = {
        (file.name, node.attr)
        for file in files
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr)
        if node.attr not in public and not ast.unparse(node.value).startswith(own)
    }
    assert {name for name, _ in found} == {"alembic_internals.py"}, found


def test_versions_are_those_that_are_tried() -> None:
    """The oldest of pyproject.toml are those of the session, and each has an end."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ranges = [name for name in project["dependencies"] if name.startswith(("alembic", "sqlalch"))]
    session = (ROOT / "noxfile.py").read_text("utf-8")
    assert ranges[:2] == ["alembic>=1.13,<2", "sqlalchemy>=2.0,<3"]
    assert '"alembic==1.13.0", "sqlalchemy==2.0.0"' in session
    assert f'"alembic=={internals.PLUGINS_SINCE}.0"' in session


def test_alembic_can_be_imported_beside_the_plugin() -> None:
    """Before 1.20.1 Alembic iterates over the module that an entry point names."""
    from sqlplumb import alembic_plugin

    loaded: Any = alembic_plugin
    assert [*loaded] == [alembic_plugin]
    subprocess.run([sys.executable, "-W", "error", "-c", "import alembic.op"], check=True)


def test_plugins_that_this_alembic_ignores_are_told(history: History) -> None:
    history.begin("CREATE TABLE t (a);")
    history.project.write("schema.sql", "CREATE TABLE t (a);")
    env = history.project.root / "migrations" / "env.py"
    env.write_text('context.configure(autogenerate_plugins=["sqlplumb"])\n', "utf-8")
    ran = history.run("check", "history")
    assert ran.code == 0
    told = f"Alembic {alembic.__version__} ignores" in ran.err
    assert told is not internals.has_plugins()
    assert ("plugins need Alembic 1.18 or newer" in ran.err) is told


def test_settings_of_alembic_that_name_folders(project: Project, run: Run) -> None:
    """Relative paths, several folders and modules beside them, whichever Alembic reads them."""
    ini = "[alembic]\nscript_location = db\nprepend_sys_path = lib\npath_separator = os\n"
    ini += "version_path_separator = space\nversion_locations = one two%%\n"
    project.write("sub/alembic.ini", ini.replace("path_separator = os\n", ""))
    project.write("sub/lib/word.py", "WORD = 'x'")
    project.write("sub/db/env.py", "")
    lines = "import word\nfrom alembic import op\nrevision, down_revision = '{}', {!r}\n"
    lines += "def upgrade(): op.execute('CREATE TABLE {} (' + word.WORD + ')')\n"
    project.write("sub/one/a.py", lines.format("a", None, "a"))
    project.write("sub/two%/b.py", lines.format("b", "a", "b"))
    project.write("sub/schema.sql", "CREATE TABLE a (x); CREATE TABLE b (x);")
    before = list(sys.path)
    ran = run("check", "history", "--config", "sub/alembic.ini")
    assert (ran.code, sys.path) == (0, before), ran.err
    project.write("sub/schema.sql", "CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x);")
    assert run("revise", "-m", "c", "--config", "sub/alembic.ini").code == 0
    assert [file.suffix for file in (project.root / "sub" / "two%").glob("*c*")] == [".py"]


def test_texts_that_look_like_parameters(history: History) -> None:
    """A revision runs with any SQLAlchemy; before 2.1 `%(x)s` is a parameter of a text."""
    history.begin("CREATE TABLE t (a TEXT);")
    history.project.write("schema.sql", "CREATE TABLE t (a TEXT, b TEXT DEFAULT '%(x)s :y %%');")
    ran = history.revise("--style", "sql")
    assert ran.code == 0, ran.err
    assert "sa.DDL" in history.second().read_text("utf-8")
