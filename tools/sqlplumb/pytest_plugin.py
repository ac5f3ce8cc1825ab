"""`plumb_db` for pytest: a new database for each test, copied from one that is made once a session.

pytest loads this module at every start, so it imports nothing before a test asks for a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

_FROM = "what plumb_db is made from: history or schema; default: the history if there is one"
_CONFIG = "the pyproject.toml or alembic.ini with the settings; default: searched from rootdir"
_NAME = "which of several databases plumb_db is, as --name says it"


@dataclass(frozen=True)
class PlumbDatabase:
    """The database of one test; no other test sees it."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    @cached_property
    def engine(self) -> Engine:
        """An engine that enforces foreign keys on every connection."""
        from sqlalchemy import create_engine, event

        engine = create_engine(self.url)
        event.listen(engine, "connect", _enforce_foreign_keys)
        return engine


def _enforce_foreign_keys(connection: Any, record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("plumb_db_from", _FROM, default="")
    parser.addini("plumb_db_config", _CONFIG, default="")
    parser.addini("plumb_db_name", _NAME, default="")


@pytest.fixture(scope="session")
def plumb_template(pytestconfig: pytest.Config) -> bytes:
    """The bytes of the database file that each test gets a copy of."""
    from sqlplumb.commands.startup import template
    from sqlplumb.config import find_settings, read_settings
    from sqlplumb.errors import PlumbError

    made_from = pytestconfig.getini("plumb_db_from")
    if made_from not in ("", "history", "schema"):
        raise pytest.UsageError(f"plumb_db_from must be history or schema, not {made_from!r}")
    file, root = pytestconfig.getini("plumb_db_config"), pytestconfig.rootpath
    name = pytestconfig.getini("plumb_db_name")
    try:
        settings = read_settings(root / file, name) if file else find_settings(root, name)
        return template(settings, made_from)
    except PlumbError as error:
        problems = [f"{problem}\n  {problem.advice}".rstrip() for problem in error.problems]
    pytest.fail("plumb_db cannot be made: " + "\n".join(problems), pytrace=False)


@pytest.fixture
def plumb_db(plumb_template: bytes, tmp_path: Path) -> Iterator[PlumbDatabase]:
    """A new database file; its engine is disposed when the test ends."""
    path = tmp_path / "plumb.db"
    path.write_bytes(plumb_template)
    database = PlumbDatabase(path)
    yield database
    if "engine" in vars(database):
        database.engine.dispose()
