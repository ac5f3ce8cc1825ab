"""Plans: asked for, read without their heavy columns, reported on, stopped and ended.

Which plan a worker takes next is decided in ``queue`` and nowhere else.  A prompt is stored as
valid UTF-8 without NUL, whoever sends it and however it was cut.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, true, update

from database_api.engine import whole
from database_api.errors import Conflict, WrongValue
from database_api.planner.log import create_event
from database_api.rows import choice, known, light, now, only, page, row, rows
from database_api.tables import EventEventType, PlanState, plans, workers

HEAVY = ("generated_report_html", "run_zip_snapshot", "run_track_activity_jsonl")
PROGRESS = ("progress_percentage", "progress_message", "steps_completed", "steps_total")
RESULTS = (*HEAVY, "run_activity_overview_json", "run_artifact_layout_version")
FAILURE = ("failure_reason", "failed_step", "error_message", "recoverable")
ENDED = {
    PlanState.COMPLETED: EventEventType.TASK_COMPLETED,
    PlanState.FAILED: EventEventType.TASK_FAILED,
    PlanState.STOPPED: EventEventType.GENERIC_EVENT,
}
DEMO = ("Open a bakery in a village of 900", "Move a library of 40,000 books by foot")
LIGHT = light(plans, HEAVY)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What whoever asks for a plan says of it."""

    prompt: str
    user_id: str | None = None
    api_key_id: uuid.UUID | None = None
    parameters: Mapping[str, Any] | None = None


@whole
def create_plan(connection: Connection, new: NewPlan) -> RowMapping:
    """A pending plan and its event TASK_PENDING."""
    made = insert(plans).values(
        id=uuid.uuid4(),
        timestamp_created=now(),
        prompt=clean_prompt(new.prompt),
        user_id=new.user_id,
        api_key_id=new.api_key_id,
        parameters=new.parameters,
    )
    plan_id = connection.execute(made.returning(plans.c.id)).scalar_one()
    create_event(connection, "TASK_PENDING", "A plan was asked for", {"plan_id": str(plan_id)})
    return _light(connection, plan_id)


def clean_prompt(prompt: str) -> str:
    """The text that can be stored: halves of characters become "?", and NUL is left out."""
    return prompt.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def get_plan(
    connection: Connection, plan_id: uuid.UUID, *, heavy: Collection[str] = ()
) -> RowMapping | None:
    """A plan without its heavy columns but those asked for; has_x says which of them it has."""
    return row(connection, select(*light(plans, HEAVY, heavy)).where(plans.c.id == plan_id))


def get_plans(
    connection: Connection,
    *,
    user_id: str | None = None,
    state: str | None = None,
    skip: int = 0,
    limit: int = 100,
) -> list[RowMapping]:
    """The newest first, never with a heavy column."""
    chosen = select(*LIGHT).order_by(plans.c.timestamp_created.desc(), plans.c.id)
    if user_id is not None:
        chosen = chosen.where(plans.c.user_id == user_id)
    if state is not None:
        chosen = chosen.where(plans.c.state == choice(PlanState, state))
    return rows(connection, page(chosen, skip, limit))


def has_parameter_key(plan: RowMapping | Mapping[str, Any], key: str) -> bool:
    """Whether the plan was asked for with this parameter, be it None."""
    return isinstance(plan["parameters"], dict) and key in plan["parameters"]


@whole
def see_plan(connection: Connection, plan_id: uuid.UUID) -> RowMapping:
    """Notes that its user looked at it."""
    return _change(connection, plan_id, {"last_seen_timestamp": now()})


@whole
def report_progress(
    connection: Connection,
    plan_id: uuid.UUID,
    progress: Mapping[str, Any],
    *,
    worker_id: str | None = None,
) -> RowMapping:
    """Any of PROGRESS, or current_step, by the worker that has the plan; raises Conflict where it
    has it no more."""
    said = only(progress, (*PROGRESS, "current_step"))
    return _change_of(connection, plan_id, worker_id, {**said, "last_progress_at": now()})


@whole
def request_stop(connection: Connection, plan_id: uuid.UUID) -> RowMapping:
    """Asks whoever has the plan to stop; the first request counts. A plan that nobody has is
    stopped at once, with its event."""
    first = func.coalesce(plans.c.stop_requested_timestamp, now())
    said = {"stop_requested": True, "stop_requested_timestamp": first}
    changed = _change(connection, plan_id, said)
    return _light(connection, plan_id) if stop_pending(connection, plan_id) else changed


@whole
def stop_pending(connection: Connection, plan_id: uuid.UUID | None = None) -> int:
    """Ends pending plans, or this one, whose stop was asked for; says how many."""
    asked = update(plans).where(
        plans.c.state == PlanState.PENDING, plans.c.stop_requested == true()
    )
    if plan_id is not None:
        asked = asked.where(plans.c.id == plan_id)
    ended = asked.values(state=PlanState.STOPPED, last_progress_at=now()).returning(plans.c.id)
    stopped = connection.execute(ended).scalars().all()
    for one in stopped:
        create_event(connection, "GENERIC_EVENT", "A plan is stopped", {"plan_id": str(one)})
    return len(stopped)


@whole
def end_plan(
    connection: Connection,
    plan_id: uuid.UUID,
    state: str,
    results: Mapping[str, Any] | None = None,
    *,
    worker_id: str | None = None,
) -> RowMapping:
    """Completed, failed or stopped, with any of RESULTS or FAILURE, and the event that says so.

    By the worker that has the plan, who is idle then; without one only where no worker has it.
    Raises Conflict where another has taken it since, or it has ended."""
    ended = choice(PlanState, state)
    if ended not in ENDED:
        raise WrongValue(f"a plan does not end as {ended}: it may be {', '.join(ENDED)}")
    said = only(results, (*RESULTS, *FAILURE)) if results else {}
    values = {**said, "state": ended, "last_progress_at": now()}
    changed = _change_of(connection, plan_id, worker_id, values)
    idle = update(workers).where(workers.c.current_task_id == plan_id)
    connection.execute(idle.values(current_task_id=None))
    create_event(connection, ENDED[ended], f"A plan is {ended}", {"plan_id": str(plan_id)})
    return changed


@whole
def seed_demo_plans(connection: Connection, prompts: Collection[str] = DEMO) -> int:
    """Plans to look at where there are none, and only there; says how many were made."""
    if connection.execute(select(true()).where(select(plans.c.id).exists())).scalar():
        return 0
    for prompt in prompts:
        create_plan(connection, NewPlan(prompt, parameters={"demo": True}))
    return len(prompts)


def _light(connection: Connection, plan_id: uuid.UUID) -> RowMapping:
    return known(get_plan(connection, plan_id), plans, plan_id)


def _change_of(
    connection: Connection, plan_id: uuid.UUID, worker_id: str | None, values: Mapping[str, Any]
) -> RowMapping:
    """One statement, which changes nothing unless the plan is this worker's, or waits for one."""
    this = update(plans).where(plans.c.id == plan_id)
    if worker_id is None:
        this = this.where(plans.c.state == PlanState.PENDING)
    else:
        has = select(workers.c.current_task_id).where(workers.c.id == worker_id)
        owns = plans.c.id == has.scalar_subquery()
        this = this.where(plans.c.state == PlanState.PROCESSING, owns)
    if not connection.execute(this.values(values)).rowcount:
        plan, whose = _light(connection, plan_id), worker_id or "nobody's, as no worker was named"
        raise Conflict(f"plan {plan_id} is {plan['state']}, and not {whose}")
    return _light(connection, plan_id)


def _change(connection: Connection, plan_id: uuid.UUID, values: Mapping[str, Any]) -> RowMapping:
    connection.execute(update(plans).where(plans.c.id == plan_id).values(values))
    return _light(connection, plan_id)
