"""`plumb_db` for pytest: a fresh database for each test, copied from one made once a session.

Loaded by pytest at every start, so that it imports nothing before somebody asks for a database.
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

_FROM = "plumb_db is made from: history, schema, or the history where there is one (default)"
_CONFIG = "the pyproject.toml or alembic.ini whose schema plumb_db has; default: found from rootdir"


@dataclass(frozen=True)
class PlumbDatabase:
    """One test's own; what is done to it nobody else sees."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    @cached_property
    def engine(self) -> Engine:
        """Foreign keys hold on every connection of it."""
        from sqlalchemy import create_engine, event

        engine = create_engine(self.url)
        event.listen(engine, "connect", _with_foreign_keys)
        return engine


def _with_foreign_keys(connection: Any, record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("plumb_db_from", _FROM, default="")
    parser.addini("plumb_db_config", _CONFIG, default="")


@pytest.fixture(scope="session")
def plumb_template(pytestconfig: pytest.Config) -> bytes:
    """The file of which each test gets a copy."""
    from sqlplumb.commands.library import template
    from sqlplumb.config import find_settings, read_settings
    from sqlplumb.errors import PlumbError

    made_from = pytestconfig.getini("plumb_db_from")
    if made_from not in ("", "history", "schema"):
        raise pytest.UsageError(f"plumb_db_from is history or schema, not {made_from!r}")
    named, root = pytestconfig.getini("plumb_db_config"), pytestconfig.rootpath
    try:
        return template(read_settings(root / named) if named else find_settings(root), made_from)
    except PlumbError as error:
        said = [f"{one}\n  {one.hint}".rstrip() for one in error.problems]
    pytest.fail("plumb_db cannot be made: " + "\n".join(said), pytrace=False)


@pytest.fixture
def plumb_db(plumb_template: bytes, tmp_path: Path) -> Iterator[PlumbDatabase]:
    """A new file; whatever still has it open when the test ends is closed."""
    path = tmp_path / "plumb.db"
    path.write_bytes(plumb_template)
    database = PlumbDatabase(path)
    yield database
    if "engine" in vars(database):
        database.engine.dispose()
