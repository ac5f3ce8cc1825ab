"""What the planner's services tell each other and their admins: the table ``events``.

Nothing here changes anything else.
"""

from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from database_api.engine import whole
from database_api.rows import choice, now, page, rows, sure_row
from database_api.tables import EventEventType, events


@whole
def create_event(
    connection: Connection, event_type: str, message: str, context: Any = None
) -> RowMapping:
    """Writes an event."""
    kind = choice(EventEventType, event_type)
    new = insert(events).values(event_type=kind, message=message, context=context, timestamp=now())
    return sure_row(connection, new.returning(events))


def get_events(
    connection: Connection, *, event_type: str | None = None, skip: int = 0, limit: int = 100
) -> list[RowMapping]:
    """The newest first, of one type or of all."""
    chosen = select(events).order_by(events.c.id.desc())
    if event_type is not None:
        chosen = chosen.where(events.c.event_type == choice(EventEventType, event_type))
    return rows(connection, page(chosen, skip, limit))
