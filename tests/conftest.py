"""What the tests share: a project in a folder of its own, and the command line in this process."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import DDL, MetaData, event

from sqlplumb.cli import main
from sqlplumb.cli import run as running
from sqlplumb.sources.alembic_internals import has_plugins

if TYPE_CHECKING:
    from tests.json_schemas import hold
    from tests.skips import SkipsOnTheList
else:
    from json_schemas import hold
    from skips import SkipsOnTheList

ALEMBIC_INI = "[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n"
REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = {name!r}
down_revision = {down!r}


def upgrade():
"""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@dataclass(frozen=True)
class Project:
    """Somebody's project: the working folder, with whatever a test lays into it."""

    root: Path
    patch: pytest.MonkeyPatch

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def database(self, sql: str, name: str = "app.db") -> str:
        """The URL of a new database that holds this schema."""
        with closing(sqlite3.connect(self.root / name)) as connection:
            connection.executescript(sql)
        return f"sqlite:///{name}"

    def metadata(self, metadata: MetaData, name: str = "models_of_this_test") -> str:
        """The source that names this MetaData, in a module that exists for one test."""
        module = ModuleType(name)
        module.__dict__["metadata"] = metadata
        self.patch.setitem(sys.modules, name, module)
        return f"{name}:metadata"

    def hang(self, metadata: MetaData, statement: str) -> None:
        """Let this MetaData end its create_all() with a statement that Core has no words for."""
        created = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(metadata, "after_create", created)

    def alembic(self, ini: str = "") -> None:
        """An Alembic environment whose env.py must never run."""
        self.write("alembic.ini", ALEMBIC_INI + ini)
        self.write("migrations/env.py", "raise SystemExit('env.py was run')\n")

    def revision(self, name: str, down: object, *upgrade: str) -> None:
        """A revision; `upgrade` are the lines of its Python."""
        body = "".join(f"    {line}\n" for line in upgrade or ("pass",))
        self.write(f"migrations/versions/{name}.py", REVISION.format(name=name, down=down) + body)


# Durations count in the nightly session alone, and there other cases are drawn each time.
hypothesis_settings.register_profile(
    "default",
    derandomize=not os.environ.get("SQLPLUMB_EXAMPLES"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("default")


if not has_plugins():  # and what the file imports of Alembic is not there
    collect_ignore = ["test_plugin.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SkipsOnTheList())


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is remembered between commands is not that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """An alembic.ini sets up logging for the process, to an output that is gone after the test."""
    root = logging.getLogger()
    before, level = [*root.handlers], root.level
    yield
    for handler in [*root.handlers]:
        if type(handler) is logging.StreamHandler and handler not in before:
            root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    return Project(tmp_path, monkeypatch)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("check", "--quiet")` is what a shell would see of it. JSON is held to its schema."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(running, "_GRACE", 300.0)  # it would end the process of the tests

    def ran(*argv: str) -> Ran:
        try:
            code = main(argv)
        except SystemExit as stop:
            code = int(stop.code or 0)
        done = Ran(code, *capsys.readouterr())
        hold(argv, done.out)
        return done

    return ran
