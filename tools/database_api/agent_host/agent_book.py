"""Agents: who owns them, when they run, and how it went.

An agent is scheduled if ``schedule`` is not NULL, and in no other way.  What a cron expression
means is known to the scheduler alone: it says when the next run is due, and asks which are.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Update, insert, select, update

from database_api.engine import whole
from database_api.errors import Conflict, WrongValue
from database_api.rows import found, known, now, only, page, row, rows, sure_row
from database_api.tables import AgentStatus, agents, users

CHANGEABLE = ("name", "system_instructions", "task_instructions", "model", "config")
RUNNING = (AgentStatus.RUNNING, AgentStatus.PROCESSING)


@dataclass(frozen=True, slots=True)
class NewAgent:
    """What whoever makes an agent says of it; it is not scheduled yet."""

    owner_id: int
    name: str
    system_instructions: str
    task_instructions: str
    model: str
    config: Any = None


@whole
def create_agent(connection: Connection, new: NewAgent) -> RowMapping:
    """An idle agent."""
    found(connection, users, new.owner_id)
    at = now()
    made = insert(agents).values({**asdict(new), "created_at": at, "updated_at": at})
    return sure_row(connection, made.returning(agents))


def get_agent(connection: Connection, agent_id: int) -> RowMapping:
    """The agent; raises NotFound."""
    return found(connection, agents, agent_id)


def get_agents(
    connection: Connection, *, owner_id: int | None = None, skip: int = 0, limit: int = 100
) -> list[RowMapping]:
    """The agents of one owner, or of all, in the order in which they were made."""
    chosen = select(agents).order_by(agents.c.id)
    if owner_id is not None:
        chosen = chosen.where(agents.c.owner_id == owner_id)
    return rows(connection, page(chosen, skip, limit))


@whole
def update_agent(connection: Connection, agent_id: int, changes: Mapping[str, Any]) -> RowMapping:
    """Any of CHANGEABLE; the schedule and the status have functions of their own."""
    return _changed(connection, agent_id, _agent(agent_id), only(changes, CHANGEABLE))


@whole
def set_schedule(
    connection: Connection, agent_id: int, schedule: str, next_run_at: datetime
) -> RowMapping:
    """The agent runs by this cron expression, and next at this time."""
    if not schedule.strip():
        raise WrongValue("a schedule is a cron expression; clear_schedule takes an agent off it")
    said = {"schedule": schedule, "next_run_at": next_run_at}
    return _changed(connection, agent_id, _agent(agent_id), said)


@whole
def clear_schedule(connection: Connection, agent_id: int) -> RowMapping:
    """The agent is not scheduled any more."""
    said = {"schedule": None, "next_run_at": None}
    return _changed(connection, agent_id, _agent(agent_id), said)


def get_due_agents(connection: Connection, at: datetime, *, limit: int = 100) -> list[RowMapping]:
    """Scheduled agents whose time has come and that are not running, the longest due first."""
    due = (
        select(agents)
        .where(agents.c.schedule.is_not(None), agents.c.next_run_at <= at)
        .where(agents.c.status.not_in(RUNNING))
        .order_by(agents.c.next_run_at)
    )
    return rows(connection, page(due, 0, limit))


@whole
def start_run(connection: Connection, agent_id: int) -> bool:
    """The agent runs from now on; False if it does already, so of two schedulers one starts it."""
    found(connection, agents, agent_id)
    at = now()
    idle = _agent(agent_id).where(agents.c.status.not_in(RUNNING))
    said = {"status": AgentStatus.RUNNING, "last_run_at": at, "updated_at": at}
    return connection.execute(idle.values(said)).rowcount == 1


@whole
def end_run(
    connection: Connection,
    agent_id: int,
    *,
    next_run_at: datetime | None = None,
    error: str | None = None,
) -> RowMapping:
    """The run is over: well, or with an error. An agent off its schedule has no next time. Raises
    Conflict where it does not run."""
    scheduled = get_agent(connection, agent_id)["schedule"] is not None
    said = {
        "status": AgentStatus.IDLE if error is None else AgentStatus.ERROR,
        "last_error": error,
        "next_run_at": next_run_at if scheduled else None,
    }
    running = _agent(agent_id).where(agents.c.status.in_(RUNNING))
    if not connection.execute(running.values({**said, "updated_at": now()})).rowcount:
        raise Conflict(f"agent {agent_id} does not run, so no run of it can end")
    return get_agent(connection, agent_id)


def _agent(agent_id: int) -> Update:
    return update(agents).where(agents.c.id == agent_id)


def _changed(
    connection: Connection, agent_id: int, this: Update, said: Mapping[str, Any]
) -> RowMapping:
    changed = this.values({**said, "updated_at": now()}).returning(agents)
    return known(row(connection, changed), agents, agent_id)
