"""What these tests share: a real database file, made from this repository's schema.sql."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from database_api.engine import make_engine
from database_api.sessions import SessionFactory, forget_default, make_sessionmaker
from database_api.setup import initialize_database
from database_api.tables import users


@dataclass
class Heard:
    """Every statement that an engine ran, in order."""

    statements: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    def starting(self, word: str) -> list[str]:
        return [one for one in self.statements if one.lstrip().upper().startswith(word)]


def listen(engine: Engine) -> Heard:
    heard = Heard()

    def hear(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        heard.statements.append(statement)
        heard.parameters.append(parameters)

    event.listen(engine, "before_cursor_execute", hear)
    return heard


def plan_of_last(session: Connection, heard: Heard) -> str:
    """How SQLite goes about the last statement that was heard, with the values it was given."""
    statement, parameters = heard.statements[-1], heard.parameters[-1]
    rows = session.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "\n".join(row[3] for row in rows)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    initialize_database(made)
    yield made
    made.dispose()


@pytest.fixture
def factory(engine: Engine) -> SessionFactory:
    return make_sessionmaker(engine)


@pytest.fixture
def reading(engine: Engine) -> SessionFactory:
    return make_sessionmaker(engine, write=False)


@pytest.fixture(autouse=True)
def no_default(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    yield
    forget_default()


@pytest.fixture
def owner(factory: SessionFactory) -> int:
    """A user who may own agents."""
    with factory() as session:
        made = insert(users).values(email="ann@example.org").returning(users.c.id)
        return int(session.execute(made).scalar_one())
