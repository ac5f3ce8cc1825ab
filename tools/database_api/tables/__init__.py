"""``schema.sql`` as SQLAlchemy Core tables, one module for each service."""

from database_api.tables.agents import (
    agent_messages,
    agent_threads,
    agents,
    thread_messages,
    triggers,
    users,
)
from database_api.tables.base import metadata
from database_api.tables.plans import (
    credit_history,
    events,
    nonces,
    payment_record,
    plans,
    user_account,
    user_api_key,
    user_provider,
    workers,
)
from database_api.tables.tasks import task_events, tasks

__all__ = [
    "agent_messages",
    "agent_threads",
    "agents",
    "credit_history",
    "events",
    "metadata",
    "nonces",
    "payment_record",
    "plans",
    "task_events",
    "tasks",
    "thread_messages",
    "triggers",
    "user_account",
    "user_api_key",
    "user_provider",
    "users",
    "workers",
]
