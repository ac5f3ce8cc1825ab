"""A new database is made whole or not at all; one that is there is left alone."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.layer.conftest import listen

import sqlplumb
from database_api import setup
from database_api.engine import make_engine
from database_api.errors import NoDatabase, NotComplete
from database_api.setup import initialize_database, schema_file

CONFIG = Path(__file__).parents[2] / "pyproject.toml"


def test_what_is_made_is_what_schema_sql_says(url: str) -> None:
    """And the end of the history: a service starts on it, and `apply` goes on from there."""
    engine = make_engine(url)
    assert initialize_database(engine) is True
    sqlplumb.require_plumb(engine, config=CONFIG)
    assert sqlplumb.apply(url, config=CONFIG).outcome == "nothing to do"
    with engine.begin() as session:
        session.execute(text("DROP TABLE alembic_version"))
    assert not sqlplumb.diff(sqlplumb.read(url), sqlplumb.read(str(schema_file())))


def test_it_is_at_no_revision_where_none_makes_it(url: str, tmp_path: Path) -> None:
    """Unless somebody says at which."""
    own = tmp_path / "own.sql"
    own.write_text("CREATE TABLE a (b);")
    for revision in ("", "abc"):
        engine = make_engine(f"{url}{revision}")
        initialize_database(engine, own, revision=revision)
        with engine.connect() as session:
            tables = session.execute(text("SELECT name FROM sqlite_master ORDER BY 1 DESC")).all()
            assert len(tables) == (3 if revision else 1)  # with the index of its key
            if revision:
                found = session.execute(text("SELECT * FROM alembic_version")).all()
                assert found == [("abc",)]


def test_a_complete_database_is_left_alone(engine: Engine) -> None:
    heard = listen(engine)
    assert initialize_database(engine) is False
    assert heard.starting("CREATE") == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DROP INDEX idx_tasks_status", "lacks index idx_tasks_status"),
        ("DROP TRIGGER credit_history_no_update", "lacks trigger credit_history_no_update"),
        ("ALTER TABLE workers DROP COLUMN started_at", r"lacks column workers\.started_at"),
        ("DROP TABLE triggers", "lacks index idx_triggers_agent_id, table triggers"),
    ],
)
def test_a_part_of_it_is_told_and_not_mended(engine: Engine, damage: str, told: str) -> None:
    with engine.begin() as session:
        session.execute(text(damage))
    heard = listen(engine)
    with pytest.raises(NotComplete, match=told):
        initialize_database(engine)
    assert heard.starting("CREATE") == []


def test_somebody_elses_database_is_not_built_into(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as session:
        session.execute(text("CREATE TABLE somebodys (a)"))
    with pytest.raises(NotComplete, match=r"has tables already, but lacks .* more: migrate it"):
        initialize_database(engine)


def test_a_mistake_at_the_end_leaves_nothing(url: str, tmp_path: Path) -> None:
    schema = tmp_path / "wrong.sql"
    good = "CREATE TABLE a (b); CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;"
    schema.write_text(good)
    desired = setup._desired(good)
    engine = make_engine(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "_desired", lambda _: desired)
        schema.write_text(good + "\nCREATE TABLE a (again);\n-- the end; no more")
        with pytest.raises(Exception, match="already exists"):
            initialize_database(engine, schema)
        with engine.connect() as session:
            assert session.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
        schema.write_text(good + "\n-- the end; no more")
        assert initialize_database(engine, schema) is True


def test_schema_sql_is_looked_for_in_two_places(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "PLACES", (tmp_path / "a.sql", tmp_path / "b.sql"))
    with pytest.raises(NoDatabase, match=r"looked for .*a\.sql and .*b\.sql; or say schema="):
        initialize_database(make_engine(url))


def start(url: str) -> bool:
    return initialize_database(make_engine(url))


def test_four_processes_start_at_once_and_one_makes_it(url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert sorted(pool.map(start, [url] * 8)) == [False] * 7 + [True]
