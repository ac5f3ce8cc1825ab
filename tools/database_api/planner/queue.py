"""Who works, and on what: heartbeats of workers, and the plans they take.

A plan is taken by one statement under the write lock, so that no two workers ever have the same
one.  What a plan is and how it ends stands in ``plans``.
"""

import uuid
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, false, literal, select, update
from sqlalchemy.dialects.sqlite import insert

from database_api.engine import whole
from database_api.errors import Conflict
from database_api.planner.log import create_event
from database_api.planner.plans import LIGHT, stop_pending
from database_api.rows import now, row, rows, sure_row
from database_api.tables import PlanState, plans, workers

# In words and not as a parameter: the partial index is used by who says what it says.
PENDING = literal(PlanState.PENDING, plans.c.state.type, literal_execute=True)


@whole
def upsert_heartbeat(
    connection: Connection, worker_id: str, current_task_id: uuid.UUID | None = None
) -> RowMapping:
    """The worker lives, and has this plan or none: one statement, whoever else says so too. Raises
    Conflict where another worker has the plan."""
    at = now()
    others = select(workers.c.id).where(
        workers.c.current_task_id == current_task_id, workers.c.id != worker_id
    )
    if current_task_id is not None and (other := connection.execute(others.limit(1)).scalar()):
        raise Conflict(f"plan {current_task_id} is not {worker_id}'s: {other} has it")
    beat = insert(workers).values(
        id=worker_id, started_at=at, last_heartbeat_at=at, current_task_id=current_task_id
    )
    said = {
        "last_heartbeat_at": beat.excluded.last_heartbeat_at,
        "current_task_id": beat.excluded.current_task_id,
    }
    again = beat.on_conflict_do_update(index_elements=[workers.c.id], set_=said)
    return sure_row(connection, again.returning(workers))


def get_silent_workers(connection: Connection, since: timedelta) -> list[RowMapping]:
    """Workers that said nothing for so long: they are dead."""
    silent = select(workers).where(workers.c.last_heartbeat_at < now() - since)
    return rows(connection, silent.order_by(workers.c.last_heartbeat_at))


@whole
def claim_plan(connection: Connection, worker_id: str) -> RowMapping | None:
    """The oldest plan that is pending and not stopped, now this worker's; None where none is."""
    oldest = (
        select(plans.c.id)
        .where(plans.c.state == PENDING, plans.c.stop_requested == false())
        .order_by(plans.c.timestamp_created)
        .limit(1)
    )
    taken = update(plans).where(plans.c.id == oldest.scalar_subquery())
    taken = taken.values(state=PlanState.PROCESSING, last_progress_at=now())
    plan = row(connection, taken.returning(*LIGHT))
    if plan is not None:
        before = update(workers).where(workers.c.current_task_id == plan["id"])
        connection.execute(before.values(current_task_id=None))
        upsert_heartbeat(connection, worker_id, plan["id"])
        said = {"plan_id": str(plan["id"]), "worker_id": worker_id}
        create_event(connection, "TASK_PROCESSING", "A worker took a plan", said)
    return plan


@whole
def return_plans(connection: Connection, since: timedelta) -> int:
    """Makes the plans of silent workers pending again, and those workers idle; says how many.
    Those that were asked to stop are stopped instead."""
    silent = get_silent_workers(connection, since)
    lost = [worker["current_task_id"] for worker in silent if worker["current_task_id"]]
    again = update(plans).where(plans.c.id.in_(lost), plans.c.state == PlanState.PROCESSING)
    count = connection.execute(again.values(state=PlanState.PENDING)).rowcount
    count -= stop_pending(connection)
    idle = update(workers).where(workers.c.id.in_([worker["id"] for worker in silent]))
    connection.execute(idle.values(current_task_id=None))
    return count
