"""What docs/systems says in passing, and no road or service shows."""

from __future__ import annotations

import ast
import shutil
import sqlite3
from argparse import Namespace
from contextlib import closing
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex
from tests.systems import planexe_models

from database_api.engine import make_engine
from database_api.errors import NoDatabase
from database_api.tables import metadata
from database_api.take import take

if TYPE_CHECKING:
    from tests.conftest import Run

ROOT = Path(__file__).parents[1]
POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
LAYER = [*(ROOT / "tools" / "database_api").rglob("*.py")]
DEFECTS = {
    "a plan without a state": "INSERT INTO plans (id, prompt) VALUES (hex(zeroblob(16)), 'p')",
    "a third provider": "UPDATE payment_record SET provider = 'paypal'",
}
REVISION = """\
from alembic import op

revision = "r1"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    op.execute("CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent)")
    op.execute("INSERT INTO child VALUES (1, {parent})")
"""


def execute(file: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        found = [row for sql in statements for row in connection.execute(sql)]
        connection.commit()
        return found


# --------------------------------------------------------------------- PlanExe


def test_what_a_new_rule_refuses_is_named_with_its_values(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "planexe.db"
    planexe_models.create(str(file))
    take("planner", tmp_path / "planner", hex_ids=True)
    monkeypatch.chdir(tmp_path / "planner")
    with Path("pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write('ignore = ["token_metrics", "feedback_item"]\n')
    execute(file, *DEFECTS.values())
    before = file.read_bytes()
    refused = run("adopt", "sqlite:///../planexe.db", "--as", "head", "--revise")
    assert refused.code == 3
    for words in ("plans.state NOT NULL", "ck_payment_record_provider", "'paypal'"):
        assert words in refused.err
    assert file.read_bytes() == before


# --------------------------------------------------------------------- what the layer is


def test_tables_are_made_by_nothing_but_a_start_and_a_reset() -> None:
    callers = {
        file.stem
        for file in LAYER
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "create_all"
    }
    assert callers == {"setup", "reset"}


def test_no_session_is_kept_in_a_module() -> None:
    made = ("get_session_factory", "make_sessionmaker", "make_engine", "default_engine", "Session")
    for file in LAYER:
        for node in ast.parse(file.read_text("utf-8")).body:
            calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
            if isinstance(node, ast.Assign | ast.AnnAssign):
                assert not [one for one in calls if getattr(one.func, "id", "") in made], file


def test_the_layer_takes_the_url_of_postgresql() -> None:
    pytest.importorskip("psycopg")
    assert make_engine("postgresql://ada@localhost/plans").dialect.name == "postgresql"


def test_what_writes_refuses_postgresql() -> None:
    """All of it, before it says anything to the server."""
    there = SimpleNamespace(dialect=POSTGRESQL, get_execution_options=dict)
    modules = [
        import_module(".".join(one.relative_to(ROOT / "tools").with_suffix("").parts))
        for one in LAYER
        if one.parent.name in {"planner", "task_runner", "agent_host"}
    ]
    writing = {one for module in modules for one in vars(module).values() if is_whole(one)}
    assert len(writing) > 30
    for one in writing:
        with pytest.raises(NoDatabase, match="written for SQLite, and this is postgresql"):
            one(there)


@pytest.mark.parametrize("file", LAYER, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_writes_takes_the_lock(file: Path) -> None:
    """By itself, or by a function of its module: whatever others call is marked as whole."""
    made = [
        one for one in ast.parse(file.read_text("utf-8")).body if isinstance(one, ast.FunctionDef)
    ]
    writing = {"insert", "update", "delete"}
    for _ in made:
        writing |= {one.name for one in made if called(one) & writing}
    for one in made:
        if one.name in writing and not one.name.startswith("_"):
            assert "whole" in map(ast.unparse, one.decorator_list), one.name


def called(function: ast.FunctionDef) -> set[str]:
    calls = (one for one in ast.walk(function) if isinstance(one, ast.Call))
    return {ast.unparse(one.func) for one in calls}


def is_whole(one: object) -> bool:
    return callable(one) and hasattr(one, "__wrapped__") and one.__module__ != "functools"


def test_partial_indexes_are_full_ones_on_postgresql() -> None:
    """So Core writes them there, of tables that were made for SQLite."""
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    partial = [one for one in indexes if one.dialect_options["sqlite"]["where"] is not None]
    full = [
        str(one.name)
        for one in partial
        if "WHERE" not in str(CreateIndex(one).compile(dialect=POSTGRESQL))
    ]
    assert len(full) == len(partial) == 5
    assert "uq_agent_threads_one_active" in full


# --------------------------------------------------------------------- env.py


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our own env.py, over another history."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    for name in ("alembic.ini", "migrations/env.py", "migrations/script.py.mako"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def upgrade(parent: str = "NULL", *, option: str = "") -> None:
    Path("migrations/versions/r1.py").write_text(REVISION.format(parent=parent), "utf-8")
    command.upgrade(Config("alembic.ini", cmd_opts=Namespace(x=[option] if option else [])), "head")


def test_a_url_comes_of_the_option_then_the_variable_then_the_file(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///variable.db")
    upgrade(option="url=sqlite:///option.db")
    assert [file.name for file in environment.glob("*.db")] == ["option.db"]
    upgrade()
    assert {file.name for file in environment.glob("*.db")} == {"option.db", "variable.db"}
    monkeypatch.delenv("DATABASE_URL")
    upgrade()
    assert (environment / "app.db").is_file()


def test_rows_without_a_parent_are_refused_before_the_commit(environment: Path) -> None:
    with pytest.raises(CommandError, match="r1 leaves rows without a parent: child row 1 -> paren"):
        upgrade("7")
    assert execute(environment / "app.db", "SELECT name FROM sqlite_master") == []
