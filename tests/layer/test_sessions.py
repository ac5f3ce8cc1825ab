"""One shared factory, made late and once; sessions that end by themselves."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from database_api import sessions
from database_api.engine import make_engine
from database_api.errors import NoDatabase
from database_api.sessions import (
    SessionFactory,
    default_engine,
    default_session_factory,
    forget_default,
    get_db,
    get_session_factory,
)


def test_without_a_url_the_first_use_says_what_to_set() -> None:
    with pytest.raises(NoDatabase, match="DATABASE_URL is not set"):
        get_session_factory()


def test_the_url_is_read_when_first_used_and_anew_when_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'one.db'}")
    first = default_engine()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'two.db'}")
    assert default_engine() is first
    forget_default()
    assert str(default_engine().url.database).endswith("two.db")
    with default_session_factory() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1


def test_all_threads_are_given_the_same_factory_and_engine(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Engine] = []
    together = threading.Barrier(16)

    def counted(db_url: str) -> Engine:
        made.append(make_engine(db_url))
        return made[-1]

    def ask(_: int) -> tuple[SessionFactory, Engine]:
        together.wait()
        return get_session_factory(), default_engine()

    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr(sessions, "make_engine", counted)
    with ThreadPoolExecutor(16) as pool:
        given = list(pool.map(ask, range(16)))
    assert len(made) == 1
    assert all(factory is given[0][0] and engine is made[0] for factory, engine in given)


def add(url: str) -> None:
    for _ in range(20):
        with get_session_factory()() as session:
            session.execute(text("INSERT INTO users (email) VALUES (hex(randomblob(16)))"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_child_has_an_engine_of_its_own(
    engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    add(url)
    mine = default_engine()
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(add, [url] * 4, chunksize=1)
    add(url)
    assert default_engine() is mine
    with engine.connect() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar() == 120
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def _table(session: Connection) -> bool:
    found = session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 't'"))
    return found.scalar() == 1


def test_get_db_commits_at_the_end(factory: SessionFactory) -> None:
    for session in get_db(factory):
        session.execute(text("CREATE TABLE t (a)"))
    assert session.closed
    with factory() as later:
        assert _table(later)


def test_an_exception_thrown_into_get_db_rolls_back(factory: SessionFactory) -> None:
    given = get_db(factory)
    session = next(given)
    session.execute(text("CREATE TABLE t (a)"))
    with pytest.raises(KeyError):
        given.throw(KeyError("the route failed"))
    assert session.closed
    with factory() as later:
        assert not _table(later)


def test_get_db_that_is_dropped_rolls_back(factory: SessionFactory) -> None:
    given = get_db(factory)
    next(given).execute(text("CREATE TABLE t (a)"))
    given.close()
    with factory() as later:
        assert not _table(later)


def test_get_db_without_a_factory_takes_the_shared_one(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    for session in get_db():
        assert session.engine.pool is default_engine().pool
