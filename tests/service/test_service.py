"""Tasks, agents and the guarded reset, through HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import pytest
from sqlalchemy import Connection, Engine, event, text

pytest.importorskip("fastapi", reason="the group `example` is not installed")

from examples.fastapi_service.app import create_app
from examples.fastapi_service.ready import CONFIG
from examples.fastapi_service.sessions import Writing, engine_of, reading, writing
from fastapi import Depends, FastAPI, WebSocketDisconnect
from fastapi.testclient import TestClient

import sqlplumb
from database_api.engine import make_engine
from database_api.sessions import forget_default, get_db, make_sessionmaker
from database_api.setup import initialize_database

TASK = {"task_type": "sql", "created_by": "ann", "submitted_configs": {"sql": "SELECT 1"}}


def created(client: TestClient, **said: Any) -> str:
    answer = client.post("/tasks", json={**TASK, **said})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["task_id"])


@pytest.fixture
def in_memory() -> Iterator[TestClient]:
    """As a test of a service writes it: one dependency is another, and nothing else is known."""
    engine, app = make_engine("sqlite://"), create_app()
    app.dependency_overrides[engine_of] = lambda: engine
    with TestClient(app) as client:
        yield client
    engine.dispose()


def test_in_memory_with_an_override(in_memory: TestClient) -> None:
    task = created(in_memory, tags=["a"])
    assert in_memory.get(f"/tasks/{task}").json()["tags"] == ["a"]
    user = in_memory.post("/users", json={"email": "ann@example.org"}).json()["id"]
    said = {"owner_id": user, "name": "n", "model": "m"}
    said |= {"system_instructions": "s", "task_instructions": "t"}
    agent = in_memory.post("/agents", json=said).json()["id"]
    thread = in_memory.post(f"/agents/{agent}/threads", json={"title": "t"}).json()["id"]
    with in_memory.websocket_connect(f"/threads/{thread}/talk") as socket:
        socket.send_text("hello")
        assert socket.receive_json()["content"] == "hello"


def test_in_memory_each_test_begins_with_nothing(in_memory: TestClient) -> None:
    assert in_memory.get("/tasks?active_only=false").json() == []


def test_a_session_for_a_test_is_an_override_too(engine: Engine) -> None:
    """Then the application does not even start, and has no engine."""
    app = create_app()
    factory = make_sessionmaker(engine)
    with factory() as session:
        app.dependency_overrides |= {writing: lambda: session, reading: lambda: session}
        client = TestClient(app)
        task = created(client)
        assert client.get(f"/tasks/{task}").json()["task_type"] == "sql"
        session.rollback()
    with factory() as session:
        assert session.execute(text("SELECT count(*) FROM tasks")).scalar() == 0


@pytest.mark.parametrize("made", ["schema.sql", "history"])
def test_it_starts_on_what_either_makes(made: str, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'app.db'}")
    if made == "schema.sql":
        initialize_database(engine)
    else:
        sqlplumb.apply(str(engine.url), config=CONFIG, no_backup=True)
    with TestClient(create_app(engine)) as client:
        assert created(client)


def test_a_task_from_its_beginning_to_its_end(client: TestClient) -> None:
    task = created(client, tags=["a"], submitted_configs={"task_timeout_seconds": 60})
    assert client.get(f"/tasks/{task}").json()["expires_at"].endswith("Z")
    running = client.put(f"/tasks/{task}/status", json={"status": "RUNNING", "actor": "w"})
    assert running.json()["started_at"] is not None
    said = {"status": "COMPLETED", "reports": {"result_summary": {"rows": 1}}}
    done = client.put(f"/tasks/{task}/status", json=said).json()
    assert (done["result_summary"], done["finished_at"] is None) == ({"rows": 1}, False)
    changed = client.patch(f"/tasks/{task}", json={"priority": 4}).json()
    assert (changed["priority"], changed["tags"]) == (4, ["a"])
    note = client.post(f"/tasks/{task}/events", json={"event_type": "NOTE", "event_data": [1]})
    assert note.status_code == 201
    events = client.get(f"/tasks/{task}/events").json()
    kinds = ["NOTE", "UPDATED", "STATUS_CHANGE", "STATUS_CHANGE", "CREATED"]
    assert [one["event_type"] for one in events] == kinds
    assert client.delete(f"/tasks/{task}").json() == {"deleted": True}
    assert client.get("/tasks").json() == []
    assert client.delete(f"/tasks/{task}/events").json() == {"deleted": 6}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "210"),
        ("?tags_include_any=a", "0"),
        ("?tags_include_any=a&tags_include_any=ab", "10"),
        ("?task_type=jar", "2"),
        ("?created_by=bob&active_only=false", "1"),
        ("?task_name_contains=AME", "210"),
        ("?sort=task_type&sort=-task_name", "210"),
        ("?sort=task_name", "012"),
        ("?skip=1&limit=1", "1"),
        ("?created_before=2020-01-01T00:00:00Z", ""),
        ("?created_after=2020-01-01T00:00:00%2B02:00&status=PENDING", "210"),
    ],
)
def test_lists_are_filtered(client: TestClient, query: str, found: str) -> None:
    created(client, tags=["a"], task_name="name 0")
    created(client, tags=["ab"], task_name="name 1", created_by="bob")
    created(client, task_type="jar", task_name="name 2")
    tasks = client.get(f"/tasks{query}").json()
    assert "".join(one["task_name"][-1] for one in tasks) == found


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/tasks?sort=password", "not sorted by 'password'"),
        ("/tasks?status=DONE", "'DONE' is none of PENDING"),
        ("/tasks?limit=-1", "greater than or equal"),
        ("/tasks?statsu=PENDING", "Extra inputs are not permitted"),
        ("/tasks?created_after=2020-01-01T00:00:00", "timezone"),
    ],
)
def test_what_cannot_be_asked_is_told(client: TestClient, path: str, told: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.parametrize(
    "body",
    [
        '{"task_type": "sql", "created_by": "ann", "submitted_configs": {"a": NaN}}',
        '{"task_type": "sql", "created_by": "ann", "submitted_configs": {"a": "\\ud83d"}}',
        '{"task_type": "sql", "created_by": "\\ud83d"}',
        '{"task_type": "sql", "created_by": "ann", "priority": 1e99}',
        '{"task_type": "sql", "created_by": "ann", "priority": 99999999999999999999}',
        '{"task_type": "s", "created_by": "a", "submitted_configs": {"task_timeout_seconds": 0}}',
        '{"task_type": "sql"}',
        "[]",
    ],
)
def test_what_cannot_be_stored_is_told_and_nothing_is(client: TestClient, body: str) -> None:
    answer = client.post("/tasks", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert client.get("/tasks").json() == []


def test_what_is_not_there_is_404(client: TestClient) -> None:
    assert client.get("/tasks/nobody").status_code == 404
    answer = client.put("/tasks/nobody/status", json={"status": "RUNNING"})
    assert answer.status_code == 404
    assert client.get("/agents/99").status_code == 404
    assert client.get("/agents/99999999999999999999").status_code == 422


def test_an_agent_its_schedule_and_its_threads(client: TestClient) -> None:
    owner = client.post("/users", json={"email": "ann@example.org"}).json()["id"]
    body = {"system_instructions": "s", "task_instructions": "t", "model": "m"}
    new = client.post("/agents", json={"owner_id": owner, "name": "a", **body})
    agent = new.json()["id"]
    assert (new.status_code, new.json()["schedule"]) == (201, None)
    said = {"schedule": "0 12 * * *", "next_run_at": "2026-01-01T12:00:00Z"}
    assert client.put(f"/agents/{agent}/schedule", json=said).status_code == 200
    due = "/agents/due?at=2026-01-01T13:00:00%2B01:00"
    assert [one["id"] for one in client.get(due).json()] == [agent]
    blank = client.put(f"/agents/{agent}/schedule", json={**said, "schedule": " "})
    assert blank.status_code == 422
    assert client.delete(f"/agents/{agent}/schedule").json()["schedule"] is None
    assert client.get(due).json() == []
    thread = client.post(f"/agents/{agent}/threads", json={"title": "t"}).json()["id"]
    with client.websocket_connect(f"/threads/{thread}/talk") as socket:
        for words in ("hello", "are you there?"):
            socket.send_text(words)
            assert socket.receive_json()["content"] == words
            seen = client.get(f"/threads/{thread}/messages").json()
            assert seen[-1]["content"] == words  # committed while the socket is still open
    with client.websocket_connect("/threads/99/talk") as socket:
        socket.send_text("hello?")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert (closed.value.code, "key '99'" in closed.value.reason) == (1008, True)


@pytest.mark.parametrize("said", [None, "", "dev", "Development", "production"])
@pytest.mark.parametrize("kind", ["full_rebuild", "clear_data"])
def test_a_reset_is_refused_before_any_statement(
    client: TestClient,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    said: str | None,
    kind: str,
) -> None:
    created(client)
    if said is not None:
        monkeypatch.setenv("ENVIRONMENT", said)
    ran: list[object] = []
    event.listen(engine, "before_cursor_execute", lambda *args: ran.append(args[2]))
    answer = client.post(f"/admin/reset-database?kind={kind}")
    assert answer.status_code == 403
    assert "only where ENVIRONMENT=development" in answer.json()["detail"]
    assert ran == []
    assert len(client.get("/tasks").json()) == 1


@pytest.mark.parametrize("kind", ["full_rebuild", "clear_data"])
def test_in_development_the_reset_leaves_a_plumb_database(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    created(client)
    client.post("/users", json={"email": "ann@example.org"})
    monkeypatch.setenv("ENVIRONMENT", "development")
    assert client.post(f"/admin/reset-database?kind={kind}").json() == {"reset": kind}
    assert client.get("/tasks").json() == []
    with engine.connect() as session:
        users = session.execute(text("SELECT count(*) FROM users")).scalar()
    assert users == (1 if kind == "clear_data" else 0)
    with TestClient(create_app(engine)) as again:  # so it starts anew
        assert again.get("/tasks").json() == []


def test_a_database_that_is_not_plumb_is_not_served(engine: Engine) -> None:
    with engine.begin() as session:
        session.execute(text("DROP INDEX idx_tasks_status"))
    with pytest.raises(sqlplumb.NotPlumb, match="idx_tasks_status"), TestClient(create_app(engine)):
        raise AssertionError("it started")


def test_who_is_told_201_finds_it_at_once(client: TestClient) -> None:
    def work(_: int) -> int:
        return client.get(f"/tasks/{created(client)}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(64))) == {200}
    assert len(client.get("/tasks?limit=1000").json()) == 64


def test_a_commit_that_fails_is_not_told_as_done(client: TestClient, engine: Engine) -> None:
    def fails(_: Connection) -> None:
        raise OSError("the disk is full")

    event.listen(engine, "commit", fails)
    assert client.post("/tasks", json=TASK).status_code == 500
    event.remove(engine, "commit", fails)
    assert client.get("/tasks").json() == []


def test_a_route_that_fails_leaves_nothing(engine: Engine) -> None:
    app = create_app(engine)

    @app.post("/half")
    def half(session: Writing) -> None:
        session.execute(text("INSERT INTO users (email) VALUES ('half@example.org')"))
        raise RuntimeError("after the first half")

    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.post("/half").status_code == 500
    with engine.connect() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar() == 0


def test_a_database_that_is_locked_is_503(engine: Engine) -> None:
    impatient = make_engine(engine.url, connect_args={"timeout": 0.05})
    app = create_app(impatient)
    with TestClient(app) as client:
        with engine.execution_options(write=True).begin():
            answer = client.post("/tasks", json=TASK)
            assert client.get("/tasks").status_code == 200  # who only reads does not wait
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert client.post("/tasks", json=TASK).status_code == 201


def test_get_db_itself_is_a_dependency_that_no_request_can_reach_into(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string())
    app = FastAPI()

    @app.get("/count")
    def count(session: Annotated[Connection, Depends(get_db, scope="function")]) -> int:
        return int(session.execute(text("SELECT count(*) FROM tasks")).scalar_one())

    client = TestClient(app)
    assert client.get("/count?session_factory=print").json() == 0
    assert client.get("/openapi.json").json()["paths"]["/count"]["get"].get("parameters") is None
    forget_default()
