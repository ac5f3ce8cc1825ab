"""The example as its users have it: an application over a database file, asked through HTTP.

Where the group `example` is not installed the tests beside this are skipped, each file by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

import sqlplumb
from database_api.engine import make_engine

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

CONFIG = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database as the history makes it; made once, copied for each test."""
    path = tmp_path_factory.mktemp("made") / "app.db"
    sqlplumb.apply(f"sqlite:///{path}", config=CONFIG, no_backup=True)
    return path.read_bytes()


@pytest.fixture
def engine(tmp_path: Path, made: bytes) -> Iterator[Engine]:
    path = tmp_path / "app.db"
    path.write_bytes(made)
    engine = make_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def client(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    from examples.fastapi_service.app import create_app
    from fastapi.testclient import TestClient

    monkeypatch.delenv("ENVIRONMENT", raising=False)
    with TestClient(create_app(engine), raise_server_exceptions=False) as client:
        yield client
