"""Routes of tasks and their events."""

from typing import Annotated, Any

from examples.fastapi_service.sessions import Reading, Writing
from examples.fastapi_service.shapes import (
    Event,
    EventIn,
    Number,
    StatusIn,
    Task,
    TaskChanges,
    TaskIn,
    TaskQuery,
)
from fastapi import APIRouter, Query
from sqlalchemy import RowMapping

from database_api.errors import NotFound
from database_api.task_runner import listing, log, store

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.post("", status_code=201, response_model=Task)
def create(session: Writing, new: TaskIn) -> RowMapping:
    return store.create_task(session, store.NewTask(**new.model_dump()))


@router.get("", response_model=list[Task])
def many(session: Reading, query: Annotated[TaskQuery, Query()]) -> list[RowMapping]:
    asked: dict[str, Any] = query.model_dump(exclude={"sort"})
    order = {name.removeprefix("-"): -1 if name.startswith("-") else 1 for name in query.sort}
    return listing.get_tasks(session, listing.TaskCriteria(**asked, sort_params=order))


@router.get("/{task_id}", response_model=Task)
def one(session: Reading, task_id: str) -> RowMapping:
    found = store.get_task(session, task_id)
    if found is None:
        raise NotFound(f"there is no task {task_id!r}")
    return found


@router.patch("/{task_id}", response_model=Task)
def update(session: Writing, task_id: str, changes: TaskChanges) -> RowMapping:
    return store.update_task(session, task_id, changes.model_dump(exclude_unset=True))


@router.put("/{task_id}/status", response_model=Task)
def update_status(session: Writing, task_id: str, said: StatusIn) -> RowMapping:
    return store.update_task_status(
        session, task_id, said.status, actor=said.actor, reports=said.reports
    )


@router.delete("/{task_id}")
def delete(session: Writing, task_id: str) -> dict[str, bool]:
    return {"deleted": store.delete_task(session, task_id)}


@router.get("/{task_id}/events", response_model=list[Event])
def events(
    session: Reading, task_id: str, skip: Number = 0, limit: Number = 100
) -> list[RowMapping]:
    return log.get_task_events(session, task_id, skip=skip, limit=limit)


@router.post("/{task_id}/events", status_code=201, response_model=Event)
def create_event(session: Writing, task_id: str, new: EventIn) -> RowMapping:
    return log.create_task_event(session, task_id, **new.model_dump())


@router.delete("/{task_id}/events")
def delete_events(session: Writing, task_id: str) -> dict[str, int]:
    return {"deleted": log.delete_task_events(session, task_id)}
