"""Tasks: made, read, changed and set aside, each together with its event.

A task is never deleted here; that its events have a task to refer to is what the schema promises.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, true, update

from database_api.engine import whole
from database_api.errors import WrongValue
from database_api.rows import choice, found, now, only, row, sure_row
from database_api.tables import TaskStatus, tasks
from database_api.task_runner.log import create_task_event

TERMINAL = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED)
REPORTS = ("error_info", "result_summary", "execution_details", "progress_details")
CHANGEABLE = (
    *("task_name", "description", "priority", "notification_config", "tags", "expires_at"),
    *REPORTS,
)


@dataclass(frozen=True, slots=True)
class NewTask:
    """What whoever submits a task says of it."""

    task_type: str
    created_by: str
    submitted_configs: Mapping[str, Any]
    task_name: str | None = None
    description: str | None = None
    priority: int = 0
    notification_config: Any = None
    tags: Sequence[str] | None = None


@whole
def create_task(connection: Connection, new: NewTask) -> RowMapping:
    """A pending task and its event CREATED; it expires task_timeout_seconds from now, if said."""
    at = now()
    values = {
        **asdict(new),
        "task_id": str(uuid.uuid4()),
        "tags": None if new.tags is None else list(new.tags),
        "created_at": at,
        "updated_at": at,
        "expires_at": _expiry(new.submitted_configs, at),
    }
    made = sure_row(connection, insert(tasks).values(values).returning(tasks))
    status = made["status"]
    create_task_event(
        connection, made["task_id"], "CREATED", new_status=status, actor=new.created_by
    )
    return made


def get_task(connection: Connection, task_id: str) -> RowMapping | None:
    """The task, live or set aside; None where there is none."""
    return row(connection, select(tasks).where(tasks.c.task_id == task_id))


@whole
def update_task_status(
    connection: Connection,
    task_id: str,
    status: str,
    *,
    actor: str | None = None,
    reports: Mapping[str, Any] | None = None,
) -> RowMapping:
    """The next status, its times and, as event, STATUS_CHANGE; with any of REPORTS beside it.

    started_at is set by the first RUNNING and stays; finished_at is set by what ends a task, and
    taken back where it goes on after all. The same status once more is no change and no event.
    """
    following = choice(TaskStatus, status)
    before = found(connection, tasks, task_id)
    said = only(reports, REPORTS) if reports else {}
    at = now()
    changed = _change(connection, task_id, at, {**said, **_passage(before, following, at)})
    if before["status"] != following:
        create_task_event(
            connection,
            task_id,
            "STATUS_CHANGE",
            previous_status=before["status"],
            new_status=following,
            actor=actor,
        )
    return changed


@whole
def update_task(
    connection: Connection, task_id: str, changes: Mapping[str, Any], *, actor: str | None = None
) -> RowMapping:
    """Other columns than the status, any of CHANGEABLE; the event UPDATED names them."""
    found(connection, tasks, task_id)
    changed = _change(connection, task_id, now(), only(changes, CHANGEABLE))
    said = {"changed": sorted(changes)}
    create_task_event(connection, task_id, "UPDATED", event_data=said, actor=actor)
    return changed


@whole
def delete_task(connection: Connection, task_id: str, *, actor: str | None = None) -> bool:
    """Sets the task aside (active = 0) with the event DELETED; False if it was so before."""
    found(connection, tasks, task_id)
    live = update(tasks).where(tasks.c.task_id == task_id, tasks.c.active == true())
    if not connection.execute(live.values(active=False, updated_at=now())).rowcount:
        return False
    create_task_event(connection, task_id, "DELETED", actor=actor)
    return True


def _passage(before: RowMapping, following: TaskStatus, at: datetime) -> dict[str, Any]:
    started = at if following is TaskStatus.RUNNING else None
    finished = (before["finished_at"] or at) if following in TERMINAL else None
    return {
        "status": following,
        "started_at": before["started_at"] or started,
        "finished_at": finished,
    }


def _change(
    connection: Connection, task_id: str, at: datetime, values: Mapping[str, Any]
) -> RowMapping:
    this = update(tasks).where(tasks.c.task_id == task_id).values({**values, "updated_at": at})
    return sure_row(connection, this.returning(tasks))


def _expiry(configs: Mapping[str, Any], at: datetime) -> datetime | None:
    seconds = configs.get("task_timeout_seconds")
    if seconds is None:
        return None
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    try:
        if is_number and seconds > 0:
            return at + timedelta(seconds=seconds)
    except (OverflowError, ValueError):  # beyond the year 9999, or no number at all
        pass
    raise WrongValue(f"task_timeout_seconds is {seconds!r}: a number of seconds above zero is due")
