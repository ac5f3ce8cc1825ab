"""Many workers, threads and processes, on one file: no plan twice, no beat and no nonce lost."""

from __future__ import annotations

import multiprocessing
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from tests.layer.conftest import listen, plan_of_last

from database_api.engine import make_engine
from database_api.errors import Conflict
from database_api.planner.log import get_events
from database_api.planner.nonces import cleanup_old_nonces, get_or_create_nonce
from database_api.planner.plans import (
    NewPlan,
    create_plan,
    end_plan,
    report_progress,
    request_stop,
    seed_demo_plans,
)
from database_api.planner.queue import (
    claim_plan,
    get_silent_workers,
    return_plans,
    upsert_heartbeat,
)
from database_api.rows import now
from database_api.sessions import SessionFactory, make_sessionmaker
from database_api.tables import PlanState, nonces, plans, workers

PLANS = 200


def take_all(worker: str, factory: SessionFactory) -> list[str]:
    taken: list[str] = []
    while True:
        with factory() as session:
            plan = claim_plan(session, worker)
        if plan is None:
            return taken
        taken.append(str(plan["id"]))


def work(job: tuple[str, int]) -> list[str]:
    url, number = job
    return take_all(f"process {number}", make_sessionmaker(make_engine(url)))


def beat(job: tuple[str, int]) -> int:
    factory = make_sessionmaker(make_engine(job[0]))
    for _ in range(50):
        with factory() as session:
            upsert_heartbeat(session, "the same worker")
    return 50


def count(job: tuple[str, int]) -> list[bool]:
    factory = make_sessionmaker(make_engine(job[0]))
    new = []
    for number in range(50):
        with factory() as session:
            new.append(get_or_create_nonce(session, f"key {number}")[1])
    return new


def by_four(act: Callable[[tuple[str, int]], Any], url: str) -> list[Any]:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        return pool.map(act, [(url, number) for number in range(4)], chunksize=1)


def fill(factory: SessionFactory) -> list[str]:
    with factory() as session:
        return [str(create_plan(session, NewPlan(f"plan {n}"))["id"]) for n in range(PLANS)]


def assert_each_once(taken: list[list[str]], filled: list[str], factory: SessionFactory) -> None:
    all_taken = [one for part in taken for one in part]
    assert Counter(all_taken) == Counter(filled)
    order = {plan: number for number, plan in enumerate(filled)}
    for part in taken:  # everyone went from the oldest on
        assert [order[one] for one in part] == sorted(order[one] for one in part)
    with factory() as session:
        assert set(session.execute(select(plans.c.state)).scalars()) == {PlanState.PROCESSING}
        assert len(get_events(session, event_type="TASK_PROCESSING", limit=999)) == PLANS


def test_eight_threads_take_every_plan_once(factory: SessionFactory) -> None:
    filled = fill(factory)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: take_all(f"thread {n}", factory), range(8)))
    assert_each_once(taken, filled, factory)


def test_four_processes_take_every_plan_once(url: str, factory: SessionFactory) -> None:
    filled = fill(factory)
    taken = by_four(work, url)
    assert_each_once(taken, filled, factory)


def test_the_queue_is_read_by_its_own_index(engine: Engine, factory: SessionFactory) -> None:
    fill(factory)
    heard = listen(engine)
    with factory() as session:
        claim_plan(session, "w")
        claim = next(n for n, one in enumerate(heard.statements) if one.startswith("UPDATE plans"))
        heard.statements[-1:] = [heard.statements[claim]]
        heard.parameters[-1:] = [heard.parameters[claim]]
        plan = plan_of_last(session, heard)
    assert "plans USING INDEX idx_plans_pending" in plan
    assert "B-TREE" not in plan  # it is sorted as it stands


def test_a_plan_that_shall_stop_is_not_taken(factory: SessionFactory) -> None:
    with factory() as session:
        plan = create_plan(session, NewPlan("stop"))
        stopped = request_stop(session, plan["id"])
        again = request_stop(session, plan["id"])
        assert claim_plan(session, "w") is None
    assert stopped["stop_requested"] is True
    assert again["stop_requested_timestamp"] == stopped["stop_requested_timestamp"]


def test_who_takes_a_plan_is_seen_with_it(factory: SessionFactory) -> None:
    with factory() as session:
        made = create_plan(session, NewPlan("go"))
        plan = claim_plan(session, "w")
        assert plan is not None
        assert plan["id"] == made["id"]
        assert plan["last_progress_at"] is not None
        (worker,) = session.execute(select(workers)).mappings()
        assert (worker["id"], worker["current_task_id"]) == ("w", made["id"])
        context = {"plan_id": str(made["id"]), "worker_id": "w"}
        assert get_events(session)[0]["context"] == context


def test_beats_of_one_worker_from_four_processes(url: str, factory: SessionFactory) -> None:
    with factory() as session:
        first = upsert_heartbeat(session, "the same worker")
    assert by_four(beat, url) == [50] * 4
    with factory() as session:
        (worker,) = session.execute(select(workers)).mappings()
    assert worker["started_at"] == first["started_at"]
    assert worker["last_heartbeat_at"] > first["last_heartbeat_at"]


def test_plans_of_silent_workers_are_pending_again(factory: SessionFactory) -> None:
    with factory() as session:
        made = [create_plan(session, NewPlan(f"{n}"))["id"] for n in range(2)]
        for worker in ("dead", "alive"):
            claim_plan(session, worker)
        long_ago = update(workers).where(workers.c.id == "dead")
        session.execute(long_ago.values(last_heartbeat_at=now() - timedelta(hours=1)))
        span = timedelta(minutes=5)
        assert [one["id"] for one in get_silent_workers(session, span)] == ["dead"]
        assert (return_plans(session, span), return_plans(session, span)) == (1, 0)
        again = claim_plan(session, "alive")
        assert again is not None
        assert again["id"] == made[0]


def test_a_silent_worker_has_its_plan_no_more(factory: SessionFactory) -> None:
    with factory() as session:
        plan = create_plan(session, NewPlan("p"))["id"]
        claim_plan(session, "silent")
        long_ago = update(workers).where(workers.c.id == "silent")
        session.execute(long_ago.values(last_heartbeat_at=now() - timedelta(hours=1)))
        assert return_plans(session, timedelta(minutes=5)) == 1
        late: tuple[Callable[[], object], ...] = (
            lambda: end_plan(session, plan, "completed", worker_id="silent"),
            lambda: report_progress(session, plan, {"steps_total": 1}, worker_id="silent"),
        )
        for act in late:
            with pytest.raises(Conflict, match="is pending, and not silent"):
                act()
        upsert_heartbeat(session, "silent", plan)  # before another takes it
        claimed = claim_plan(session, "quick")
        assert claimed is not None
        for act in (*late, lambda: upsert_heartbeat(session, "silent", plan)):
            with pytest.raises(Conflict, match="silent"):
                act()
        with pytest.raises(Conflict, match="no worker was named"):
            end_plan(session, plan, "failed")
        assert get_events(session)[0]["event_type"] == "TASK_PROCESSING"  # nothing was said of it
        report_progress(session, plan, {"steps_total": 1}, worker_id="quick")
        ended = end_plan(session, plan, "completed", worker_id="quick")
        assert ended["state"] == PlanState.COMPLETED
        idle = select(workers.c.current_task_id).where(workers.c.id == "quick")
        assert session.execute(idle).scalar() is None
        with pytest.raises(Conflict, match="is completed"):
            end_plan(session, plan, "failed", worker_id="quick")


def end_once(job: tuple[str, int]) -> bool:
    factory = make_sessionmaker(make_engine(job[0]))
    with factory() as session:
        (plan,) = session.execute(select(plans.c.id)).scalars()
        try:
            end_plan(session, plan, "completed", worker_id="w")
        except Conflict:
            return False
        return True


def test_a_plan_ends_once(url: str, factory: SessionFactory) -> None:
    with factory() as session:
        create_plan(session, NewPlan("p"))
        claim_plan(session, "w")
    assert sum(by_four(end_once, url)) == 1
    with factory() as session:
        assert len(get_events(session, event_type="TASK_COMPLETED")) == 1


def test_a_plan_that_shall_stop_does_not_wait_for_ever(factory: SessionFactory) -> None:
    """Neither where nobody has it, nor where its worker falls silent."""
    with factory() as session:
        waiting = request_stop(session, create_plan(session, NewPlan("a"))["id"])
        assert waiting["state"] == PlanState.STOPPED
        create_plan(session, NewPlan("b"))
        taken = claim_plan(session, "w")
        assert taken is not None
        assert request_stop(session, taken["id"])["state"] == PlanState.PROCESSING
        session.execute(update(workers).values(last_heartbeat_at=now() - timedelta(hours=1)))
        assert return_plans(session, timedelta(minutes=5)) == 0
        assert set(session.execute(select(plans.c.state)).scalars()) == {PlanState.STOPPED}
        assert len(get_events(session, event_type="GENERIC_EVENT")) == 2


def test_a_beat_for_no_plan_is_refused(factory: SessionFactory) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), factory() as session:
        upsert_heartbeat(session, "w", uuid.uuid4())


def test_of_four_processes_one_has_the_new_nonce(url: str, factory: SessionFactory) -> None:
    answers = by_four(count, url)
    assert [sum(said) for said in zip(*answers, strict=True)] == [1] * 50
    with factory() as session:
        counts = session.execute(select(nonces.c.request_count)).scalars().all()
    assert counts == [4] * 50


def test_a_nonce_keeps_its_first_context(factory: SessionFactory) -> None:
    with factory() as session:
        first, is_new = get_or_create_nonce(session, "k", {"from": "here"})
        second, is_again_new = get_or_create_nonce(session, "k", {"from": "there"})
    assert (is_new, is_again_new) == (True, False)
    assert (first["request_count"], second["request_count"]) == (1, 2)
    assert second["context"] == {"from": "here"}


def test_only_keys_that_stopped_coming_are_forgotten(factory: SessionFactory) -> None:
    with factory() as session:
        for key, created, seen in (("old", 90, 31), ("coming", 90, 29), ("new", 0, 0)):
            get_or_create_nonce(session, key)
            this = update(nonces).where(nonces.c.nonce_key == key)
            when = {"created_at": created, "last_accessed_at": seen}
            values = {name: now() - timedelta(days=days) for name, days in when.items()}
            session.execute(this.values(values))
        assert cleanup_old_nonces(session) == 1
        assert cleanup_old_nonces(session, days_old=7) == 1
        assert session.execute(select(nonces.c.nonce_key)).scalars().all() == ["new"]


def test_demos_are_made_once_and_only_where_there_is_nothing(factory: SessionFactory) -> None:
    def seed(_: int) -> int:
        with factory() as session:
            return seed_demo_plans(session)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(seed, range(4))) == [0, 0, 0, 2]
