"""What must stay true of the code itself: its floors, its size, how little it takes to begin."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from sqlplumb.cli.main import COMMANDS
from sqlplumb.cli.options import terminal_width

ROOT = Path(__file__).parents[1]
HEAVY = ("sqlalchemy", "alembic", "sqlglot", "jinja2", "sqlite3", "dataclasses")


PACKAGE = ROOT / "tools" / "sqlplumb"
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
CLASSES = [
    (path, node)
    for path, tree in TREES.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.ClassDef)
]


def by_position(node: ast.ClassDef) -> list[str]:
    """The fields of a dataclass that a call may fill by position."""
    decorators = [ast.unparse(one) for one in node.decorator_list]
    if not any(one.startswith("dataclass") and "kw_only=True" not in one for one in decorators):
        return []
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
    named = ("ClassVar", "kw_only=True")
    names = [ast.unparse(f.target) for f in fields if not any(n in ast.unparse(f) for n in named)]
    return names[: names.index("_")] if "_" in names else names


def test_values_of_many_fields_are_named() -> None:
    """Two fields of one type that change places are seen by nobody, mypy included."""
    many = {f"{path.name}: {node.name}" for path, node in CLASSES if len(by_position(node)) > 3}
    assert many == set()


# SQLite calls an authorizer with five values, and Python's own order is all that it knows.
BY_OTHERS = {"_allow_inside"}


def test_no_more_than_three_values_by_position() -> None:
    classes = {node.name for _, node in CLASSES} - {"Progress"}  # rich has one of the same name
    functions = {
        node.name
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and not node.args.vararg
    }
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in TREES.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in (classes | functions) - BY_OTHERS
        if len(call.args) > 3
        or (call.func.id in classes and any(isinstance(one, ast.Starred) for one in call.args))
    ]
    assert found == []


def test_no_imports_go_round_in_a_circle() -> None:
    """Those inside functions and for types included."""

    def name_of(path: Path) -> str:
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    files = {name_of(path): tree for path, tree in TREES.items() if path.stem != "__init__"}
    graph = {
        name: {
            module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for module in (node.module, *(f"{node.module}.{one.name}" for one in node.names))
            if module in files
        }
        for name, tree in files.items()
    }
    TopologicalSorter(graph).prepare()


def test_what_knows_an_engine_stands_in_its_folder() -> None:
    """Help, hints and docstrings may write `sqlite:///path`."""
    words = re.compile(r"pragma|rowid|autoincrement|\bsqlite\b(?!:///)|\Asqlite3\Z", re.IGNORECASE)
    neutral = ("changes", "config", "drafts", "review", "schema", "sources", "steps")
    found = [
        f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
        for path, tree in TREES.items()
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py") in neutral
        for node in ast.walk(tree)
        for word in (getattr(node, "value", ""), getattr(node, "module", ""), *names_in(node))
        if isinstance(word, str) and words.search(word)
    ]
    assert found == []


def names_in(node: ast.AST) -> list[str]:
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_imports_only_ever_point_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed here")
    done = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def imported(code: str) -> set[str]:
    """The modules that a new Python holds after this code."""
    names = "import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{names}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


HELP = """
from sqlplumb.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""


# What a command imports of ours, one line for each module. Whoever adds a line slows it down.
IMPORTED = Path(__file__).parent / "imported"


def ours(modules: set[str]) -> list[str]:
    return sorted(name for name in modules if name.partition(".")[0] == "sqlplumb")


def listed(name: str) -> list[str]:
    return (IMPORTED / f"{name}.txt").read_text("utf-8").split()


def test_help_imports_nothing_heavy() -> None:
    done = imported(HELP)
    assert done.isdisjoint(HEAVY)
    assert ours(done) == listed("help")


def test_files_are_compared_without_sqlalchemy(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("CREATE TABLE t (a TEXT);")
    source = str(tmp_path / "a.sql")
    done = imported(f"from sqlplumb.cli import main; main(['diff', {source!r}, 'empty'])")
    assert "sqlite3" in done
    assert done.isdisjoint(("sqlalchemy", "alembic", "sqlglot", "jinja2", "hashlib"))
    assert "sqlplumb.engines.postgres" not in done


def test_an_equal_database_needs_no_history(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("CREATE TABLE t (a TEXT);")
    with closing(sqlite3.connect(tmp_path / "same.db")) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
    start = f"import os; os.chdir({str(tmp_path)!r}); from sqlplumb.cli import main"
    done = imported(f"{start}; assert main(['check', 'sqlite:///same.db']) == 0")
    assert "sqlplumb.sources.database" in done
    assert done.isdisjoint(("sqlalchemy", "alembic", "sqlglot", "jinja2"))
    assert ours(done) == listed("check")
    assert done.isdisjoint(("json", "shutil", "textwrap"))  # as much time as the settings take


def test_what_rules_mean_is_asked_where_they_differ(tmp_path: Path) -> None:
    """Models that say the same, and an apply that changes no rule, need no sqlglot, and no page."""
    models = """
from sqlalchemy import CheckConstraint, Column, MetaData, String, Table
metadata = MetaData()
Table("t", metadata, Column("a", String), CheckConstraint("a <> ''"))
"""
    (tmp_path / "models.py").write_text(models)
    (tmp_path / "schema.sql").write_text("CREATE TABLE t (a VARCHAR, CHECK (a <> ''));")
    start = f"import os, sys; os.chdir({str(tmp_path)!r}); sys.path.insert(0, '')"
    run = f"{start}; from sqlplumb.cli import main; assert main"
    done = imported(f"{run}(['check', 'models:metadata']) == 0")
    assert "sqlalchemy" in done
    assert "sqlglot" not in done
    (tmp_path / "pyproject.toml").write_text("[tool.sqlplumb]\n")
    done = imported(f"{run}(['init']) == 0; assert main(['revise', '-m', 'first']) == 0")
    assert "sqlglot" not in done
    done = imported(f"{run}(['apply', '--create', 'sqlite:///new.db']) == 0")
    assert "alembic" in done
    assert done.isdisjoint(("sqlglot", "jinja2"))


def test_models_that_did_not_change_are_not_imported_again(tmp_path: Path) -> None:
    files = {
        "models.py": "from sqlalchemy import MetaData\nmetadata = MetaData()\n",
        "schema.sql": "CREATE TABLE t (a TEXT);",
        "pyproject.toml": "[tool.sqlplumb]\nmetadata = 'models:metadata'\n",
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": "",
        "migrations/versions/r1.py": "from alembic import op\nrevision = 'r1'\n"
        "down_revision = None\ndef upgrade():\n    op.execute('CREATE TABLE t (a TEXT)')\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    run = f"import os; os.chdir({str(tmp_path)!r}); from sqlplumb.cli import main; assert main"
    assert "models" in imported(f"{run}(['status']) == 0")
    for command in (["status"], ["check", "history"]):
        assert imported(f"{run}({command!r}) == 0").isdisjoint(("models", "sqlalchemy", "alembic"))


def test_rules_are_imported_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("CREATE TABLE t (a TEXT);")
    source = str(tmp_path / "a.sql")
    start = "from sqlplumb.cli import main; main"
    assert "sqlplumb.lint" not in imported(HELP)
    differ = imported(f"{start}(['diff', {source!r}, 'empty'])")
    assert "sqlplumb.lint" not in differ
    judged = imported(f"{start}(['lint', {source!r}])")
    assert "sqlplumb.lint.rules" in judged
    assert judged.isdisjoint(("sqlalchemy", "alembic"))


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_rooms_are_what_editors_take_them_for(engine: str) -> None:
    rooms = importlib.import_module(f"sqlplumb.engines.{engine}.rooms")
    tree = TREES[PACKAGE / "engines" / engine / "rooms.py"]
    names = next(node for node in tree.body if isinstance(node, ast.If))
    for block in names.body:
        assert isinstance(block, ast.ImportFrom)
        for module in block.names:
            room = getattr(rooms, module.asname or module.name)
            assert room.__name__ == f"{block.module}.{module.name}"


@pytest.mark.parametrize("columns", ["", "0", "57", "wide"])
def test_the_width_is_that_of_shutil(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal_width(81) == shutil.get_terminal_size((81, 24)).columns


@pytest.mark.parametrize("argv", [[], ["check"], ["diff"], ["lint"]])
def test_help_names_every_source_and_exit_code(argv: list[str]) -> None:
    command = [sys.executable, "-m", "sqlplumb", *argv, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    sources = ("schema.sql", "package.module:attribute", "history@REV", "sqlite:///", "empty")
    assert [word for word in sources if word not in done.stdout] == []
    codes = done.stdout.partition("exit codes")[2]
    assert re.findall(r"(?<!\w)([0-4]) \w", codes) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_into_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = [sys.executable, "-m", "sqlplumb", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []


def test_the_version_is_that_of_the_package() -> None:
    import sqlplumb

    command = [sys.executable, "-m", "sqlplumb", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["sqlplumb", sqlplumb.__version__]


def test_the_trail_through_the_house_names_what_is_there() -> None:
    """CONTRIBUTING.md, from the top of the checkout or from that of the package."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text)
    missing = [name for name in named if not any((top / name).exists() for top in (ROOT, PACKAGE))]
    assert len(named) > 30
    assert missing == []
