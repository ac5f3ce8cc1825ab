"""Events of tasks: what happened, newest first.

Nothing here changes a task.
"""

from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from database_api.engine import whole
from database_api.rows import found, now, page, rows, sure_row
from database_api.tables import task_events, tasks


@whole
def create_task_event(
    connection: Connection,
    task_id: str,
    event_type: str,
    *,
    event_data: Any = None,
    previous_status: str | None = None,
    new_status: str | None = None,
    actor: str | None = None,
) -> RowMapping:
    """Writes an event; raises NotFound where there is no such task."""
    found(connection, tasks, task_id)
    event = insert(task_events).values(
        task_id=task_id,
        event_type=event_type,
        event_data=event_data,
        previous_status=previous_status,
        new_status=new_status,
        timestamp=now(),
        actor=actor,
    )
    return sure_row(connection, event.returning(task_events))


def get_task_events(
    connection: Connection, task_id: str, *, skip: int = 0, limit: int = 100
) -> list[RowMapping]:
    """The newest first: by number, which grows, and not by the clock, which may go back."""
    of_task = select(task_events).where(task_events.c.task_id == task_id)
    return rows(connection, page(of_task.order_by(task_events.c.event_id.desc()), skip, limit))


@whole
def delete_task_events(connection: Connection, task_id: str) -> int:
    """Deletes the events of a task, for good; says how many there were."""
    gone = delete(task_events).where(task_events.c.task_id == task_id)
    return connection.execute(gone).rowcount
