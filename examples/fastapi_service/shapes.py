"""The JSON that goes in and comes out.

What is too large for SQLite's integers is refused here; what a status or a sort column may be is
known to database_api alone.
"""

from typing import Annotated, Any

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from database_api.tables import AgentStatus, AgentThreadThreadType, TaskStatus

Number = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Key = Annotated[int, Path(ge=1, lt=2**63)]


class Given(BaseModel):
    """What a client sends: a name that nothing reads is a mistake, and told."""

    model_config = ConfigDict(extra="forbid")


class TaskIn(Given):
    task_type: str
    created_by: str
    submitted_configs: dict[str, JsonValue] = {}
    task_name: str | None = None
    description: str | None = None
    priority: Number = 0
    notification_config: JsonValue = None
    tags: list[str] | None = None


class TaskQuery(Given):
    """Every criterion that a list of tasks knows; ``sort=-priority&sort=created_at``."""

    skip: Annotated[Number, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=0, le=1000)] = 100
    status: str | None = None
    task_type: str | None = None
    created_by: str | None = None
    active_only: bool = True
    task_name_contains: str | None = None
    tags_include_any: list[str] = []
    created_after: AwareDatetime | None = None
    created_before: AwareDatetime | None = None
    sort: list[str] = ["-created_at"]


class TaskChanges(Given):
    """What is not said stays as it is; null takes it away."""

    task_name: str | None = None
    description: str | None = None
    priority: Number = 0
    notification_config: JsonValue = None
    tags: list[str] | None = None
    expires_at: AwareDatetime | None = None


class StatusIn(Given):
    status: str
    actor: str | None = None
    reports: dict[str, JsonValue] = {}


class Task(BaseModel):
    task_id: str
    task_type: str
    task_name: str | None
    description: str | None
    status: TaskStatus
    priority: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    submitted_configs: Any
    error_info: Any
    result_summary: Any
    execution_details: Any
    progress_details: Any
    notification_config: Any
    created_by: str
    tags: Any
    active: bool


class EventIn(Given):
    event_type: str
    event_data: JsonValue = None
    actor: str | None = None


class Event(BaseModel):
    event_id: int
    task_id: str
    event_type: str
    event_data: Any
    previous_status: str | None
    new_status: str | None
    timestamp: AwareDatetime
    actor: str | None


class UserIn(Given):
    email: str
    display_name: str | None = None


class User(BaseModel):
    id: int
    email: str
    display_name: str | None
    role: str


class AgentIn(Given):
    owner_id: Annotated[int, Field(ge=1, lt=2**63)]
    name: str
    system_instructions: str
    task_instructions: str
    model: str
    config: JsonValue = None


class ScheduleIn(Given):
    schedule: str
    next_run_at: AwareDatetime


class Agent(BaseModel):
    id: int
    owner_id: int
    name: str
    status: AgentStatus
    schedule: str | None
    next_run_at: AwareDatetime | None
    last_run_at: AwareDatetime | None
    last_error: str | None
    model: str
    config: Any


class ThreadIn(Given):
    title: str
    thread_type: str = "CHAT"


class Thread(BaseModel):
    id: int
    agent_id: int
    title: str
    thread_type: AgentThreadThreadType
    active: bool


class Message(BaseModel):
    id: int
    thread_id: int
    role: str
    content: str
    sent_at: AwareDatetime
