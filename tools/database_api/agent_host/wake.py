"""Triggers: what wakes an agent from outside.

Whoever knows the secret may fire it, so it is made here, of chance, and never chosen.
"""

import secrets
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from database_api.engine import whole
from database_api.rows import found, now, row, rows, sure_row
from database_api.tables import agents, triggers

LISTED = [column for column in triggers.c if column.name != "secret"]


@whole
def create_trigger(
    connection: Connection, agent_id: int, *, type: str = "webhook", config: Any = None
) -> RowMapping:
    """A trigger with its secret, which is shown by nothing else."""
    found(connection, agents, agent_id)
    new = insert(triggers).values(
        agent_id=agent_id,
        type=type,
        secret=secrets.token_urlsafe(32),
        config=config,
        created_at=now(),
    )
    return sure_row(connection, new.returning(triggers))


def find_trigger(connection: Connection, secret: str) -> RowMapping | None:
    """The trigger with this secret, and so the agent to wake; None where there is none."""
    return row(connection, select(*LISTED).where(triggers.c.secret == secret))


def get_triggers(connection: Connection, agent_id: int) -> list[RowMapping]:
    """The triggers of an agent, without their secrets."""
    return rows(connection, select(*LISTED).where(triggers.c.agent_id == agent_id))


@whole
def delete_trigger(connection: Connection, trigger_id: int) -> bool:
    """The secret opens nothing any more; False if there was none such."""
    gone = delete(triggers).where(triggers.c.id == trigger_id)
    return connection.execute(gone).rowcount == 1
