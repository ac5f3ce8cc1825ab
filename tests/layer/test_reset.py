"""The guard, to the letter; and what a reset leaves."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, event, insert, text
from sqlalchemy.exc import DatabaseError
from tests.layer.conftest import listen

import sqlplumb
from database_api import head
from database_api.errors import ResetRefused, WrongValue
from database_api.reset import clear_data, reset_database
from database_api.sessions import SessionFactory
from database_api.setup import schema_file
from database_api.tables import metadata, users
from database_api.task_runner.store import NewTask, create_task

REFUSED = [
    None, "", "dev", "Development", "DEVELOPMENT", " development", "development ", "development\n",
    "production", "prod", "test", "staging", "local", "1", "true", "developmental",
]  # fmt: skip


@pytest.mark.parametrize("reset", [reset_database, clear_data])
@pytest.mark.parametrize("said", REFUSED)
def test_anything_but_development_is_refused_before_anything_runs(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, reset: object, said: str | None
) -> None:
    if said is not None:
        monkeypatch.setenv("ENVIRONMENT", said)
    heard, asked = listen(engine), []
    event.listen(engine, "checkout", lambda *_: asked.append("connection"))
    with pytest.raises(ResetRefused, match="only where ENVIRONMENT=development") as refused:
        reset(engine)  # type: ignore[operator]
    assert (heard.statements, asked) == ([], [])
    assert refused.value.status_code == 403
    assert isinstance(refused.value, PermissionError)


def fill(session: Connection) -> None:
    """A row in every table that others refer to, and a ledger that forbids to delete."""
    session.execute(insert(users).values(id=1, email="ann@example.org"))
    create_task(session, NewTask("sql", created_by="ann", submitted_configs={}))
    for statement in (
        "INSERT INTO plans (id) VALUES ('11111111-1111-1111-1111-111111111111')",
        "INSERT INTO workers (id, current_task_id) SELECT 'w', id FROM plans",
        "INSERT INTO user_account (id) VALUES ('22222222-2222-2222-2222-222222222222')",
        "INSERT INTO credit_history (id, user_id, delta, reason, source) "
        "SELECT '33333333-3333-3333-3333-333333333333', id, 1, 'a', 'b' FROM user_account",
        "INSERT INTO agents (id, owner_id, name, system_instructions, task_instructions, model) "
        "VALUES (1, 1, 'a', '', '', 'm')",
        "INSERT INTO agent_threads (id, agent_id, title) VALUES (1, 1, 't')",
        "INSERT INTO thread_messages (id, thread_id, role, content) VALUES (1, 1, 'u', 'x')",
        "INSERT INTO thread_messages (thread_id, role, content, parent_id) VALUES (1, 'u', 'y', 1)",
        "UPDATE alembic_version SET version_num = 'abc'",
    ):
        session.execute(text(statement))


def counted(session: Connection) -> dict[str, int]:
    names = [*metadata.tables, "alembic_version"]
    counts = {
        name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in names
    }
    return {name: count for name, count in counts.items() if count}


@pytest.fixture
def filled(factory: SessionFactory, monkeypatch: pytest.MonkeyPatch) -> SessionFactory:
    monkeypatch.setenv("ENVIRONMENT", "development")
    with factory() as session:
        fill(session)
    return factory


def test_a_reset_drops_everything_and_makes_it_anew(engine: Engine, filled: SessionFactory) -> None:
    with filled() as session:
        session.execute(text("CREATE TABLE somebodys (a)"))
    reset_database(engine)
    with filled() as session:
        assert counted(session) == {"alembic_version": 1}
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        assert found == head.REVISION  # it was made anew
        session.execute(text("DROP TABLE alembic_version"))
    url = engine.url.render_as_string()
    assert not sqlplumb.diff(sqlplumb.read(url), sqlplumb.read(str(schema_file())))


def test_the_revision_goes_where_schema_sql_is_not_what_it_makes(
    engine: Engine, filled: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database_api.setup.SCHEMA", "another")
    reset_database(engine)
    with filled() as session:
        found = session.execute(text("SELECT name FROM sqlite_master WHERE name LIKE 'alembic%'"))
        assert found.all() == []


def test_clearing_keeps_users_and_the_revision(engine: Engine, filled: SessionFactory) -> None:
    clear_data(engine)
    with filled() as session:
        assert counted(session) == {"users": 1, "alembic_version": 1}
        with pytest.raises(DatabaseError, match="append-only"):  # its trigger is back
            fill_ledger = (
                "INSERT INTO user_account (id) VALUES ('22222222-2222-2222-2222-222222222222')",
                "INSERT INTO credit_history (id, user_id, delta, reason, source) "
                "SELECT '33333333-3333-3333-3333-333333333333', id, 1, 'a', 'b' FROM user_account",
                "DELETE FROM credit_history",
            )
            for statement in fill_ledger:
                session.execute(text(statement))
        task = create_task(session, NewTask("sql", created_by="ann", submitted_configs={}))
        found = session.execute(text("SELECT event_id FROM task_events")).scalar_one()
        assert task["task_id"]
        assert found == 2  # numbers are not given out again


@pytest.mark.parametrize(
    ("keep", "told"), [(["usres"], "no table 'usres'"), (["agent_threads"], "would lose rows")]
)
def test_what_cannot_be_kept_is_said_and_all_stays(
    engine: Engine, filled: SessionFactory, keep: list[str], told: str
) -> None:
    with filled() as session:
        before = counted(session)
    with pytest.raises(WrongValue, match=told):
        clear_data(engine, keep)
    with filled() as session:
        assert counted(session) == before


def test_a_reset_that_fails_changes_nothing(
    engine: Engine, filled: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled() as session:
        before = counted(session)
    monkeypatch.setattr("database_api.setup.statements_of", lambda _: ["CREATE TABLE wrong"])
    with pytest.raises(DatabaseError):
        reset_database(engine)
    with filled() as session:
        assert counted(session) == before
