"""Tasks: made, listed by every criterion, changed with their events, set aside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from tests.layer.conftest import listen, plan_of_last

from database_api.errors import NotFound, WrongValue
from database_api.sessions import SessionFactory
from database_api.tables import TaskStatus, task_events, tasks
from database_api.task_runner import store
from database_api.task_runner.listing import SORTABLE, TaskCriteria, get_tasks
from database_api.task_runner.log import create_task_event, delete_task_events, get_task_events
from database_api.task_runner.store import (
    NewTask,
    create_task,
    delete_task,
    get_task,
    update_task,
    update_task_status,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def new(**said: Any) -> NewTask:
    return NewTask(**{"task_type": "sql", "created_by": "ann", "submitted_configs": {}, **said})


def made(factory: SessionFactory, **said: Any) -> str:
    with factory() as session:
        return str(create_task(session, new(**said))["task_id"])


def test_a_new_task_is_pending_and_says_so_in_its_event(factory: SessionFactory) -> None:
    configs = {"sql": "SELECT 'ä'", "task_timeout_seconds": 90}
    with factory() as session:
        task = create_task(session, new(submitted_configs=configs, tags=["a", "b"], priority=3))
    with factory() as session:
        assert get_task(session, task["task_id"]) == task
        (event,) = get_task_events(session, task["task_id"])
    assert (task["status"], task["active"]) == (TaskStatus.PENDING, True)
    assert (task["submitted_configs"], task["tags"]) == (configs, ["a", "b"])
    assert task["expires_at"] - task["created_at"] == timedelta(seconds=90)
    assert (event["event_type"], event["new_status"], event["actor"]) == (
        "CREATED",
        "PENDING",
        "ann",
    )


@pytest.mark.parametrize("seconds", [0, -1, "90", True, float("nan"), float("inf"), 1e300, [1]])
def test_a_timeout_that_is_none_is_refused(factory: SessionFactory, seconds: object) -> None:
    with pytest.raises(WrongValue, match="number of seconds above zero"), factory() as session:
        create_task(session, new(submitted_configs={"task_timeout_seconds": seconds}))


def test_without_a_timeout_a_task_does_not_expire(factory: SessionFactory) -> None:
    with factory() as session:
        assert create_task(session, new())["expires_at"] is None


@pytest.mark.parametrize("value", [{"a": {1, 2}}, {"a": object()}, {"a": float("nan")}])
def test_what_is_no_json_raises_and_nothing_is_stored(
    factory: SessionFactory, value: dict[str, object]
) -> None:
    with factory() as session:
        for name in ("submitted_configs", "notification_config"):
            with pytest.raises(StatementError, match=r"JSON|serializable"):
                create_task(session, new(**{name: value}))
    with factory() as session:
        assert session.execute(select(func.count()).select_from(tasks)).scalar() == 0


def test_a_task_and_its_event_are_undone_together(
    factory: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = made(factory)

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the event cannot be written")

    monkeypatch.setattr(store, "create_task_event", fails)
    with factory() as session:  # whoever catches it goes on: no half of a change may stay
        for act in (
            lambda: create_task(session, new()),
            lambda: update_task_status(session, task_id, "RUNNING"),
            lambda: update_task(session, task_id, {"priority": 9}),
            lambda: delete_task(session, task_id),
        ):
            with pytest.raises(RuntimeError):
                act()
    with factory() as session:
        (task,) = get_tasks(session)
        assert (task["status"], task["priority"], task["started_at"]) == ("PENDING", 0, None)
        assert len(get_task_events(session, task_id)) == 1


def test_a_status_sets_its_times_and_tells_the_way(factory: SessionFactory) -> None:
    task_id = made(factory)
    with factory() as session:
        first = update_task_status(session, task_id, "RUNNING", actor="worker")
    with factory() as session:
        update_task_status(session, task_id, "CANCELLING")
        again = update_task_status(session, task_id, "RUNNING")
        reports = {"result_summary": {"rows": 3}}
        ended = update_task_status(session, task_id, TaskStatus.COMPLETED, reports=reports)
        assert update_task_status(session, task_id, "COMPLETED") is not None
        events = get_task_events(session, task_id)
    assert first["started_at"] is not None
    assert first["finished_at"] is None
    assert again["started_at"] == first["started_at"] == ended["started_at"]
    assert ended["finished_at"] >= first["started_at"]
    assert ended["result_summary"] == {"rows": 3}
    way = [(event["previous_status"], event["new_status"]) for event in events[:-1]]
    assert way == [
        ("RUNNING", "COMPLETED"),
        ("CANCELLING", "RUNNING"),
        ("RUNNING", "CANCELLING"),
        ("PENDING", "RUNNING"),
    ]
    assert events[3]["actor"] == "worker"


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED"])
def test_every_end_is_an_end(factory: SessionFactory, status: str) -> None:
    task_id = made(factory)
    with factory() as session:
        ended = update_task_status(session, task_id, status)
        assert (ended["started_at"], ended["finished_at"] is None) == (None, False)
        assert update_task_status(session, task_id, "PENDING")["finished_at"] is None


@pytest.mark.parametrize("status", ["TIMEOUT", "running", "", "DONE"])
def test_a_status_that_is_none_is_refused_by_name(factory: SessionFactory, status: str) -> None:
    task_id = made(factory)
    with factory() as session:
        with pytest.raises(WrongValue, match=f"'{status}' is none of PENDING, SUBMITTED, .*"):
            update_task_status(session, task_id, status)
        with pytest.raises(WrongValue, match="is none of"):
            get_tasks(session, TaskCriteria(status=status))
    with pytest.raises(IntegrityError, match="valid_task_status"), factory() as session:
        session.execute(text("UPDATE tasks SET status = 'DONE'"))  # and by the schema itself


def test_other_columns_are_changed_by_name(factory: SessionFactory) -> None:
    task_id = made(factory)
    with factory() as session:
        changed = update_task(session, task_id, {"priority": 5, "tags": ["x"]}, actor="bob")
        assert (changed["priority"], changed["tags"]) == (5, ["x"])
        assert changed["updated_at"] >= changed["created_at"]
        newest = get_task_events(session, task_id)[0]
        assert newest["event_data"] == {"changed": ["priority", "tags"]}
        refused: list[dict[str, Any]] = [{"status": "FAILED"}, {"task_id": "x"}, {"no": 1}, {}]
        for wrong in refused:
            with pytest.raises(WrongValue, match="it may be any of task_name"):
                update_task(session, task_id, wrong)


def test_a_deleted_task_is_set_aside(factory: SessionFactory) -> None:
    task_id = made(factory)
    with factory() as session:
        assert delete_task(session, task_id) is True
        assert delete_task(session, task_id) is False
        assert get_tasks(session) == []
        (aside,) = get_tasks(session, TaskCriteria(active_only=False))
        assert aside["active"] is False
        assert [one["event_type"] for one in get_task_events(session, task_id)] == [
            "DELETED",
            "CREATED",
        ]


def test_what_is_not_there_is_said(factory: SessionFactory) -> None:
    with factory() as session:
        assert get_task(session, "nobody") is None
        for act in (
            lambda: update_task_status(session, "nobody", "RUNNING"),
            lambda: update_task(session, "nobody", {"priority": 1}),
            lambda: delete_task(session, "nobody"),
            lambda: create_task_event(session, "nobody", "NOTE"),
        ):
            with pytest.raises(NotFound, match="nothing in tasks with the key 'nobody'"):
                act()


def test_events_come_newest_first_and_go_for_good(factory: SessionFactory) -> None:
    task_id, other = made(factory), made(factory)
    with factory() as session:
        for number in range(5):
            create_task_event(session, task_id, "NOTE", event_data={"number": number})
        newest = get_task_events(session, task_id, skip=1, limit=2)
        assert [event["event_data"]["number"] for event in newest] == [3, 2]
        last = get_task_events(session, task_id)[0]["event_id"]
        assert delete_task_events(session, task_id) == 6
        assert delete_task_events(session, task_id) == 0
        assert len(get_task_events(session, other)) == 1
        after = create_task_event(session, task_id, "NOTE")
        assert after["event_id"] > last  # a reader that goes on from the last seen misses none


@pytest.fixture
def many(factory: SessionFactory) -> SessionFactory:
    """a and ab, 100%_x, two people, ten days."""
    said: list[dict[str, Any]] = [
        {"task_type": "sql", "tags": ["ab"], "task_name": "Load 100% of it"},
        {"task_type": "jar", "tags": ["a", "b"], "task_name": "load 1000 rows"},
        {"task_type": "sql", "tags": ["B", "a"], "task_name": "under_score", "created_by": "bob"},
        {"task_type": "sql", "tags": [], "task_name": "underXscore"},
        {"task_type": "jar", "tags": None, "task_name": None},
    ]
    ids = [made(factory, **one) for one in said]
    with factory() as session:
        for day, task_id in enumerate(ids):
            at = START + timedelta(days=day)
            this = update(tasks).where(tasks.c.task_id == task_id)
            session.execute(this.values(created_at=at, priority=day % 2, description=str(day)))
        update_task_status(session, ids[1], "RUNNING")
        delete_task(session, ids[4])
    return factory


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "3210"),
        ({"active_only": False}, "43210"),
        ({"skip": 1, "limit": 2}, "21"),
        ({"limit": 0}, ""),
        ({"status": "RUNNING"}, "1"),
        ({"status": TaskStatus.PENDING, "active_only": False}, "4320"),
        ({"task_type": "sql"}, "320"),
        ({"created_by": "bob"}, "2"),
        ({"task_name_contains": "load 100"}, "10"),
        ({"task_name_contains": "100%"}, "0"),
        ({"task_name_contains": "r_s"}, "2"),
        ({"tags_include_any": ["a"]}, "21"),
        ({"tags_include_any": ["ab"]}, "0"),
        ({"tags_include_any": ["ab", "b"]}, "10"),
        ({"tags_include_any": ["%", "A", '"a"']}, ""),
        ({"created_after": START + timedelta(days=2)}, "32"),
        ({"created_before": START + timedelta(days=1)}, "10"),
        (
            {
                "created_after": datetime(2026, 1, 2, 1, tzinfo=UTC),
                "created_before": START + timedelta(days=2),
            },
            "2",
        ),
        ({"sort_params": {"created_at": 1}}, "0123"),
        ({"sort_params": {"priority": -1, "created_at": 1}}, "1302"),
        ({"sort_params": {"task_type": 1, "created_at": -1}}, "1320"),
        ({"task_type": "sql", "tags_include_any": ["a"], "created_by": "bob"}, "2"),
        ({"task_type": "jar", "created_by": "bob"}, ""),
    ],
)
def test_every_criterion_holds(many: SessionFactory, asked: dict[str, Any], found: str) -> None:
    with many() as session:
        tasks_found = get_tasks(session, TaskCriteria(**asked))
    assert "".join(task["description"] for task in tasks_found) == found


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"sort_params": {"password": 1}}, "not sorted by 'password': take any of task_id, "),
        ({"sort_params": {"submitted_configs": 1}}, "not sorted by 'submitted_configs'"),
        ({"sort_params": {"priority; DROP TABLE tasks": 1}}, "not sorted by"),
        ({"sort_params": {"priority": 0}}, r"by 1 \(upwards\) or -1 \(downwards\), not 0"),
        ({"limit": -1}, "neither may be below zero"),
        ({"skip": -1}, "neither may be below zero"),
        ({"tags_include_any": "ab"}, "tags are a list"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    many: SessionFactory, asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(WrongValue, match=told), many() as session:
        get_tasks(session, TaskCriteria(**asked))


def test_every_sortable_column_sorts(many: SessionFactory) -> None:
    with many() as session:
        for name in SORTABLE:
            for direction in (1, -1):
                asked = TaskCriteria(sort_params={name: direction})
                assert len(get_tasks(session, asked)) == 4


def test_pages_of_rows_that_tie_do_not_overlap(factory: SessionFactory) -> None:
    ids = {made(factory) for _ in range(25)}
    order = {"priority": 1}
    seen: list[str] = []
    with factory() as session:
        for skip in range(0, 25, 10):
            part = get_tasks(session, TaskCriteria(skip=skip, limit=10, sort_params=order))
            seen += [task["task_id"] for task in part]
    assert (len(seen), set(seen)) == (25, ids)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"status": "PENDING"}, "idx_tasks_status"),
        ({"task_type": "sql"}, "idx_tasks_task_type"),
        ({"created_by": "ann"}, "idx_tasks_created_by"),
        ({"created_after": START}, "idx_tasks_created_at"),
    ],
)
def test_the_partial_indexes_are_used(
    engine: Engine, reading: SessionFactory, asked: dict[str, Any], index: str
) -> None:
    heard = listen(engine)
    with reading() as session:
        get_tasks(session, TaskCriteria(**asked))
        assert f"USING INDEX {index}" in plan_of_last(session, heard)


def test_an_event_of_no_task_is_refused_by_the_schema(factory: SessionFactory) -> None:
    orphan = insert(task_events).values(task_id="nobody", event_type="NOTE")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), factory() as session:
        session.execute(orphan)
