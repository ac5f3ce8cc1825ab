"""Threads of an agent, and what is said in them.

An agent speaks in one thread at a time: a new one takes the place of the one before, which stays
to be read.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, false, insert, select, true, update

from database_api.engine import whole
from database_api.rows import choice, found, known, now, page, row, rows, sure_row
from database_api.tables import (
    AgentThreadThreadType,
    agent_messages,
    agent_threads,
    agents,
    thread_messages,
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One thing that is said in a thread."""

    role: str
    content: str
    tool_calls: Any = None
    tool_call_id: str | None = None
    name: str | None = None
    message_metadata: Any = None
    parent_id: int | None = None


@whole
def open_thread(
    connection: Connection, agent_id: int, title: str, *, thread_type: str = "CHAT"
) -> RowMapping:
    """The agent's one active thread from now on."""
    found(connection, agents, agent_id)
    kind = choice(AgentThreadThreadType, thread_type)
    at = now()
    before = update(agent_threads).where(
        agent_threads.c.agent_id == agent_id, agent_threads.c.active == true()
    )
    connection.execute(before.values(active=False, updated_at=at))
    new = insert(agent_threads).values(
        agent_id=agent_id, title=title, thread_type=kind, created_at=at, updated_at=at
    )
    return sure_row(connection, new.returning(agent_threads))


def get_active_thread(connection: Connection, agent_id: int) -> RowMapping | None:
    """The thread that the agent speaks in, if any."""
    active = select(agent_threads).where(
        agent_threads.c.agent_id == agent_id, agent_threads.c.active == true()
    )
    return row(connection, active)


def get_threads(
    connection: Connection, agent_id: int, *, skip: int = 0, limit: int = 100
) -> list[RowMapping]:
    """All threads of an agent, the newest first."""
    of_agent = select(agent_threads).where(agent_threads.c.agent_id == agent_id)
    return rows(connection, page(of_agent.order_by(agent_threads.c.id.desc()), skip, limit))


@whole
def keep_state(connection: Connection, thread_id: int, state: Any) -> RowMapping:
    """What the agent wants to find again when it goes on in this thread."""
    this = update(agent_threads).where(agent_threads.c.id == thread_id)
    kept = this.values(agent_state=state, updated_at=now()).returning(agent_threads)
    return known(row(connection, kept), agent_threads, thread_id)


@whole
def send_message(connection: Connection, thread_id: int, new: NewMessage) -> RowMapping:
    """Says something in a thread, now."""
    found(connection, agent_threads, thread_id)
    if new.parent_id is not None:
        found(connection, thread_messages, new.parent_id)
    sent = {**asdict(new), "thread_id": thread_id, "sent_at": now()}
    return sure_row(connection, insert(thread_messages).values(sent).returning(thread_messages))


def get_messages(
    connection: Connection,
    thread_id: int,
    *,
    unprocessed_only: bool = False,
    skip: int = 0,
    limit: int = 1000,
) -> list[RowMapping]:
    """What was said, in the order in which it was."""
    said = select(thread_messages).where(thread_messages.c.thread_id == thread_id)
    if unprocessed_only:
        said = said.where(thread_messages.c.processed == false())
    return rows(connection, page(said.order_by(thread_messages.c.id), skip, limit))


@whole
def mark_processed(connection: Connection, message_ids: Collection[int]) -> int:
    """The agent has dealt with these; says how many it had not before."""
    these = update(thread_messages).where(
        thread_messages.c.id.in_(list(message_ids)), thread_messages.c.processed == false()
    )
    return connection.execute(these.values(processed=True)).rowcount


@whole
def tell_agent(connection: Connection, agent_id: int, role: str, content: str) -> RowMapping:
    """Says something to an agent outside any thread."""
    found(connection, agents, agent_id)
    new = insert(agent_messages).values(
        agent_id=agent_id, role=role, content=content, timestamp=now()
    )
    return sure_row(connection, new.returning(agent_messages))


def get_told(connection: Connection, agent_id: int) -> list[RowMapping]:
    """What was said to an agent outside any thread, in that order."""
    told = select(agent_messages).where(agent_messages.c.agent_id == agent_id)
    return rows(connection, told.order_by(agent_messages.c.id))
