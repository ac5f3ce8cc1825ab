"""The naming convention of models is remembered as long as nothing changes that it depends on."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sqlplumb.config import find_settings
from sqlplumb.sources import metadata, model_facts

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import MetaData
    from tests.conftest import Project

    from sqlplumb.config import Settings

BASE = """\
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase
{0}
CONVENTION = {{"uq": "{1}_%(table_name)s"}}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=CONVENTION)
"""
MODELS = """\
from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped, mapped_column

from .base import Base
from . import kinds

if TYPE_CHECKING:
    import http.server


def later() -> None:
    import app_of_facts.never


class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
WHERE = "app_of_facts/base.py"
Asked = Callable[[], str]


@pytest.fixture
def asked(project: Project, tmp_path: Path, imported: list[str]) -> Asked:
    """How unique constraints are called, as by a process that begins now."""
    project.patch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project.write("alembic.ini", "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n")
    project.write("pyproject.toml", "[tool.sqlplumb]\nmetadata = 'app_of_facts.models:Base'\n")
    project.write("app_of_facts/__init__.py", "")
    project.write(WHERE, BASE.format("", "one"))
    project.write("app_of_facts/kinds.py", "import enum\n")
    project.write("app_of_facts/models.py", MODELS)

    def ask() -> str:
        forget()
        facts = model_facts.model_facts(find_settings(tmp_path), sys.maxsize)
        assert facts
        return dict(facts.convention)["uq"].partition("_")[0]

    return ask


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    real = metadata.import_metadata

    def noted(written: str, settings: Settings) -> MetaData:
        done.append(written)
        return real(written, settings)

    monkeypatch.setattr(model_facts, "import_metadata", noted)
    return done


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("app_of_facts")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def test_what_is_unchanged_is_not_imported_again(asked: Asked, imported: list[str]) -> None:
    assert [asked(), asked(), asked()] == ["one"] * 3
    assert len(imported) == 1


def _another_text(project: Project) -> None:
    project.write(WHERE, BASE.format("", "two"))


def _a_package_in_its_place(project: Project) -> None:
    project.write("app_of_facts/base/__init__.py", BASE.format("", "two"))


def _another_folder_before_it(project: Project) -> None:
    ini = "[alembic]\nscript_location = migrations\nprepend_sys_path = first\n"
    project.write("alembic.ini", ini)
    project.write("first/app_of_facts/__init__.py", "")
    project.write("first/app_of_facts/models.py", "from .base import Base\n")
    project.write("first/app_of_facts/base.py", BASE.format("", "two"))


def _a_folder_of_the_path_gets_it(project: Project) -> None:
    _another_folder_before_it(project)
    project.write("alembic.ini", "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n")
    (project.root / "app_of_facts").rename(project.root / "gone")
    (project.root / "first/app_of_facts").rename(project.root / "src/app_of_facts")


@pytest.mark.parametrize(
    "change",
    [
        _another_text,
        _a_package_in_its_place,
        _another_folder_before_it,
        _a_folder_of_the_path_gets_it,
    ],
)
def test_what_changes_is_seen(
    change: Callable[[Project], None], asked: Asked, project: Project
) -> None:
    (project.root / "src").mkdir()
    assert asked() == "one"
    change(project)
    assert asked() == "two"


def test_what_is_installed_is_seen_to_change(
    asked: Asked, imported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked()
    monkeypatch.setattr(model_facts, "_stamps", lambda files: [["of another version", 0, 0]])
    asked()
    assert len(imported) == 2


def test_a_variable_is_part_of_it(asked: Asked, project: Project, imported: list[str]) -> None:
    text = BASE.format("import os", "X").replace('"X', 'os.getenv("OF_FACTS", "") + "')
    project.write(WHERE, text)
    project.patch.setenv("OF_FACTS", "one")
    assert [asked(), asked()] == ["one"] * 2
    assert len(imported) == 1
    project.patch.setenv("OF_FACTS", "two")
    assert asked() == "two"


ELSEWHERE = {
    "a file": "open(__file__).close()",
    "a folder": "import os; os.listdir('.')",
    "os by another name": "import os as o; o.listdir('.')",
    "os as a value": "import os; each = [os]",
    "a path": "from pathlib import Path; Path('x').exists()",
    "a path's text": "from os.path import getsize",
    "modules by name": "import importlib",
    "a module that is not there yet": "try:\n    from . import x\nexcept ImportError:\n    x = 1",
    "a module that nobody knows": "import configparser",
    "a database": "from sqlalchemy import create_engine; create_engine('sqlite://').connect()",
    "settings": "try:\n    from pydantic import BaseSettings\nexcept Exception:\n    pass",
    "a table that is looked up": "MetaData().reflect if False else None",
    "code": "exec('')",
}


ELSEWHERE |= {
    "a name that is put together": "import pathlib\nx = getattr(pathlib.Path(), 'ex' + 'ists')()",
    "a caller of a method": "import operator\nx = operator.methodcaller('cwd')",
    "a module that another one has": "import pathlib\nx = pathlib.os.listdir('.')",
    "a pattern of a class": "import pathlib\n"
    "match pathlib.Path():\n    case pathlib.Path(exists=x): x()",
    "the arguments of the process": "import logging\nx = logging.sys.argv",
    "an engine": "import sqlalchemy as sa; x = sa.create_engine('sqlite://')",
}


@pytest.mark.parametrize("line", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_may_look_elsewhere_is_imported(
    line: str, asked: Asked, project: Project, imported: list[str]
) -> None:
    project.write(WHERE, BASE.format(line, "one"))
    assert [asked(), asked()] == ["one"] * 2
    assert len(imported) == 2


def test_a_file_that_changed_since_the_process_began(
    asked: Asked, project: Project, imported: list[str]
) -> None:
    for _ in range(2):
        forget()
        assert model_facts.model_facts(find_settings(project.root), 0)
    assert len(imported) == 2
