"""The Alembic history, replayed on a scratch: up to any revision, and never near a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import MetaData

import sqlplumb
from sqlplumb.config import find_settings
from sqlplumb.sources.history import open_states

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.skips import reads_toml
else:
    from skips import reads_toml

CREATE = "op.execute('CREATE TABLE {0} (a INTEGER)')"


@pytest.fixture
def three(project: Project) -> Project:
    """A straight history: one table each."""
    project.alembic()
    project.revision("aaaa1", None, CREATE.format("t1"))
    project.revision("bbbb2", "aaaa1", CREATE.format("t2"))
    project.revision("cccc3", "bbbb2", CREATE.format("t3"))
    return project


def tables(source: str) -> list[str]:
    found = (str(ref) for ref in sqlplumb.read(source).objects if ref.kind == "table")
    return sorted(name for name in found if name != "alembic_version")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("history", ["t1", "t2", "t3"]),
        ("history@head", ["t1", "t2", "t3"]),
        ("history@cccc3", ["t1", "t2", "t3"]),
        ("history@bbbb2", ["t1", "t2"]),
        ("history@bbbb", ["t1", "t2"]),
        ("history@aaaa1", ["t1"]),
    ],
)
def test_up_to_any_revision(source: str, expected: list[str], three: Project) -> None:
    assert tables(source) == expected


def test_base_is_a_revision_too(three: Project, run: Run) -> None:
    assert run("diff", "history@base", "empty").code == 0


def test_a_revision_that_is_not_there(three: Project, run: Run) -> None:
    ran = run("diff", "history@dddd4", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert "dddd4" in ran.err


def test_a_history_without_revisions_is_empty(project: Project, run: Run) -> None:
    project.alembic()
    project.write("migrations/versions/README", "")
    assert run("diff", "history", "empty").code == 0


def test_several_heads_are_named(three: Project, run: Run) -> None:
    three.revision("eeee5", "bbbb2", CREATE.format("t5"))
    ran = run("diff", "history", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert "cccc3" in ran.err
    assert "eeee5" in ran.err
    assert tables("history@eeee5") == ["t1", "t2", "t5"]


def test_heads_that_were_merged_are_one(three: Project) -> None:
    three.revision("eeee5", "bbbb2", CREATE.format("t5"))
    three.revision("ffff6", ("cccc3", "eeee5"))
    assert tables("history") == ["t1", "t2", "t3", "t5"]


@pytest.mark.filterwarnings("ignore:Revision")
def test_a_down_revision_that_is_missing(three: Project, run: Run) -> None:
    (three.root / "migrations/versions/bbbb2.py").unlink()
    ran = run("diff", "history", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert "bbbb2" in ran.err


@pytest.mark.parametrize(
    "line",
    [
        "raise RuntimeError('it says why')",
        "raise SystemExit('it says why')",
        "op.execute('SELECT it_says_why()')",
        "import it_says_why",
    ],
)
def test_a_revision_that_raises_is_told_with_its_line(line: str, three: Project, run: Run) -> None:
    three.revision("dddd4", "cccc3", "pass", line)
    ran = run("diff", "history", "empty")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.replace("_", " ").count("it says why") == 1
    assert "Traceback" not in ran.err


def test_the_line_that_raised_is_that_of_the_revision(three: Project, run: Run) -> None:
    three.write("opt/versions/fails_elsewhere.py", "def fail(): raise ValueError\n")
    three.patch.syspath_prepend(three.root / "opt/versions")
    three.revision("dddd4", "cccc3", "import fails_elsewhere", "fails_elsewhere.fail()")
    assert "dddd4.py:10" in run("diff", "history", "empty").err


def test_a_revision_that_is_no_python(three: Project, run: Run) -> None:
    three.write("migrations/versions/dddd4.py", "this is no python\n")
    assert run("diff", "history", "empty").code == 2


def test_what_a_revision_prints_is_no_part_of_the_answer(three: Project, run: Run) -> None:
    three.revision("dddd4", "cccc3", "print('chatter')")
    ran = run("diff", "history", "history", "--format", "json")
    assert ran.json["equal"] is True
    assert "chatter" in ran.err


def test_env_py_is_never_run_and_its_database_never_made(three: Project, run: Run) -> None:
    three.alembic("sqlalchemy.url = sqlite:///app.db\n")
    assert run("diff", "history", "empty").code == 1
    assert not (three.root / "app.db").exists()


def test_batch_operations(three: Project) -> None:
    three.revision(
        "dddd4",
        "cccc3",
        "with op.batch_alter_table('t1') as batch:",
        "    batch.add_column(sa.Column('b', sa.Text, nullable=False, server_default='x'))",
        "    batch.create_check_constraint('ck_t1', 'a > 0')",
        "with op.batch_alter_table('t2', recreate='always') as batch:",
        "    batch.alter_column('a', new_column_name='c', existing_type=sa.Integer)",
    )
    found = {str(ref) for ref in sqlplumb.read("history").objects}
    assert {"t1.a", "t1.b", "t1.ck_t1", "t2.c"} <= found
    assert "t2.a" not in found


def test_rows_that_revisions_move(three: Project) -> None:
    three.revision(
        "dddd4",
        "cccc3",
        "bind = op.get_bind()",
        "bind.execute(sa.text('INSERT INTO t1 VALUES (1), (2)'))",
        "assert bind.execute(sa.text('SELECT sum(a) FROM t1')).scalar() == 3",
        "op.drop_table('t3')",
    )
    assert tables("history") == ["t1", "t2"]


def test_the_naming_convention_of_the_project_counts(three: Project) -> None:
    metadata = MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"})
    source = three.metadata(metadata)
    three.write("pyproject.toml", f"[tool.sqlplumb]\nmetadata = '{source}'\n")
    three.revision(
        "dddd4", "cccc3", "op.create_table('t4', sa.Column('a', sa.Integer, unique=True))"
    )
    found = {str(ref) for ref in sqlplumb.read("history").objects}
    assert "t4.uq_t4_a" in found


WITHOUT_ENV = {
    "a module that env.py imports": ("import imported_by_env", "imported_by_env.models.names"),
    "a constraint without a name": (
        "with op.batch_alter_table('t1') as batch:",
        "    batch.create_unique_constraint(None, ['a'])",
    ),
    "a constraint with a name of the convention": (
        "with op.batch_alter_table('t1') as batch:",
        "    batch.drop_constraint('uq_t1_a')",
    ),
}


@pytest.mark.parametrize("lines", WITHOUT_ENV.values(), ids=WITHOUT_ENV)
def test_what_only_env_py_knows_is_told_with_a_way_on(
    three: Project, run: Run, lines: tuple[str, ...]
) -> None:
    three.write("imported_by_env/__init__.py", "")
    three.write("imported_by_env/models.py", "names = ['t4']\n")
    three.write("alembic.ini", (three.root / "alembic.ini").read_text() + "prepend_sys_path = .\n")
    three.revision("dddd4", "cccc3", *lines)
    done = run("diff", "history", "empty")
    assert done.code == 2
    assert 'metadata = "package.module:attribute"' in done.err


@reads_toml
def test_where_alembic_is_configured_in_pyproject(three: Project) -> None:
    (three.root / "alembic.ini").unlink()
    three.write(
        "pyproject.toml",
        "[tool.alembic]\nscript_location = '%(here)s/migrations'\n[tool.sqlplumb]\n",
    )
    assert tables("history") == ["t1", "t2", "t3"]


@reads_toml
def test_where_both_files_configure_alembic(three: Project) -> None:
    """So `alembic init -t pyproject` lays them out."""
    three.write("alembic.ini", "[alembic]\nsqlalchemy.url = sqlite:///app.db\n")
    three.write(
        "pyproject.toml",
        "[tool.alembic]\nscript_location = '%(here)s/migrations'\n[tool.sqlplumb]\n",
    )
    assert tables("history") == ["t1", "t2", "t3"]


@reads_toml
def test_folders_that_pyproject_puts_on_the_path(project: Project, run: Run) -> None:
    project.write(
        "pyproject.toml",
        "[tool.alembic]\nscript_location = 'migrations'\nprepend_sys_path = ['src']\n"
        "[tool.sqlplumb]\n",
    )
    project.write("src/found_by_pyproject.py", "import sqlalchemy\nm = sqlalchemy.MetaData()\n")
    assert run("diff", "found_by_pyproject:m", "empty").code == 0


def test_states_are_read_in_any_order(project: Project) -> None:
    """SQLite crashes where statements outlive the database that they were prepared for."""
    project.alembic()
    project.revision("r1", None, "op.execute('CREATE TABLE a (x TEXT CHECK (x <> 1))')")
    project.revision("r2", "r1", "op.execute('CREATE TABLE b (x TEXT CHECK (x <> 1))')")
    with open_states(find_settings(project.root), {}) as states:
        first, second = ("r1",), ("r1", "r2")
        for path in (first, second, first, second, first):
            tables = states.revision_state(path, "here").read().tables
            assert len(tables.keys() - {"alembic_version"}) == len(path)
