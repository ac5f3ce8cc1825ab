"""The layer by itself: SQLAlchemy Core, and nothing else; every module says what it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LAYER = Path(__file__).parents[2] / "tools" / "database_api"
MODULES = sorted(LAYER.rglob("*.py"))
WRITTEN = [one for one in MODULES if one.name != "tables.py"]  # which is generated
STRANGERS = {"sqlalchemy.orm", "flask", "fastapi", "starlette", "pydantic", "alembic", "sqlplumb"}


def name_of(module: Path) -> str:
    parts = module.relative_to(LAYER.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def test_it_imports_sqlalchemy_core_and_nothing_else() -> None:
    code = f"import sys, {', '.join(map(name_of, MODULES))}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=LAYER.parent, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & STRANGERS == set()


@pytest.mark.parametrize("module", WRITTEN, ids=name_of)
def test_a_module_says_what_it_is_and_is_short(module: Path) -> None:
    text = module.read_text("utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= 200
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    assert [
        one.name for one in functions if one.end_lineno and one.end_lineno - one.lineno > 40
    ] == []
