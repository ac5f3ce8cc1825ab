"""Plans: what is stored of a prompt, what is loaded of a plan, how it ends."""

from __future__ import annotations

import re
import uuid

import pytest
from sqlalchemy import Engine
from tests.layer.conftest import listen

from database_api.errors import NotFound, WrongValue
from database_api.planner.log import create_event, get_events
from database_api.planner.plans import (
    HEAVY,
    NewPlan,
    clean_prompt,
    create_plan,
    end_plan,
    get_plan,
    get_plans,
    has_parameter_key,
    report_progress,
    request_stop,
    see_plan,
)
from database_api.planner.queue import claim_plan
from database_api.sessions import SessionFactory
from database_api.tables import PlanState


@pytest.mark.parametrize(
    ("prompt", "stored"),
    [
        ("plain", "plain"),
        ("a\0b\0", "ab"),
        ("half \ud83d of a smile", "half ? of a smile"),
        ("whole \U0001f600", "whole \U0001f600"),
        ("", ""),
    ],
)
def test_a_prompt_is_stored_as_text_that_can_be_read(
    factory: SessionFactory, prompt: str, stored: str
) -> None:
    assert clean_prompt(prompt) == stored
    with factory() as session:
        made = create_plan(session, NewPlan(prompt))
    with factory() as session:
        plan = get_plan(session, made["id"])
        length = session.exec_driver_sql("SELECT length(CAST(prompt AS BLOB)) FROM plans").scalar()
    assert plan is not None
    assert plan["prompt"] == stored
    assert length == len(stored.encode())


def test_a_new_plan_waits_and_says_so(factory: SessionFactory) -> None:
    key = uuid.uuid4()
    with factory() as session:
        plan = create_plan(session, NewPlan("p", "ann", key, {"speed": None}))
        (event,) = get_events(session)
    assert (plan["state"], plan["user_id"], plan["api_key_id"]) == (PlanState.PENDING, "ann", key)
    assert (event["event_type"], event["context"]) == ("TASK_PENDING", {"plan_id": str(plan["id"])})
    assert has_parameter_key(plan, "speed")
    assert not has_parameter_key(plan, "size")
    assert not has_parameter_key({"parameters": None}, "speed")


def test_heavy_columns_are_not_in_the_statement_unless_asked(
    engine: Engine, factory: SessionFactory
) -> None:
    with factory() as session:
        plan_id = create_plan(session, NewPlan("p"))["id"]
        heard = listen(engine)
        report = {"generated_report_html": "<p>", "run_zip_snapshot": b"PK"}
        plan = end_plan(session, plan_id, "completed", report)
        get_plan(session, plan_id)
        get_plans(session, user_id="x", state="completed")
        claim_plan(session, "w")
    assert len(heard.starting("SELECT")) >= 3
    read = [one.partition("FROM")[0] for one in heard.starting("SELECT")]
    read += [one.partition("RETURNING")[2] for one in heard.starting("UPDATE PLANS")]
    for name in HEAVY:
        for one in read:  # its type alone is asked, which SQLite knows without the value
            said = re.findall(rf"typeof\((?:plans\.)?{name}\) != 'null'\)? AS has_{name}", one)
            assert (len(said), one.count(name)) in ((1, 2), (0, 0))
    flags = [plan[f"has_{name}"] for name in HEAVY]
    assert flags == [True, True, False]
    assert not set(HEAVY) & set(plan)
    with factory() as session:
        asked = get_plan(session, plan_id, heavy=["run_zip_snapshot"])
        assert asked is not None
        assert asked["run_zip_snapshot"] == b"PK"
        assert "generated_report_html" not in asked
        with pytest.raises(WrongValue, match="'prompt' is no heavy column of plans"):
            get_plan(session, plan_id, heavy=["prompt"])


def test_a_plan_goes_on_and_ends_with_an_event(factory: SessionFactory) -> None:
    with factory() as session:
        plan_id = create_plan(session, NewPlan("p"))["id"]
        said = {"progress_percentage": 12.5, "steps_completed": 1, "current_step": "wbs"}
        going = report_progress(session, plan_id, said)
        assert (float(going["progress_percentage"]), going["current_step"]) == (12.5, "wbs")
        assert see_plan(session, plan_id)["last_seen_timestamp"] is not None
        failure = {"failure_reason": "quota", "failed_step": "wbs", "recoverable": True}
        failed = end_plan(session, plan_id, "failed", failure)
        assert (failed["state"], failed["recoverable"]) == (PlanState.FAILED, True)
        assert get_events(session)[0]["event_type"] == "TASK_FAILED"
        with pytest.raises(WrongValue, match="does not end as pending"):
            end_plan(session, plan_id, "pending")
        with pytest.raises(WrongValue, match="'state' cannot be changed"):
            report_progress(session, plan_id, {"state": "completed"})


def test_plans_are_listed_newest_first(factory: SessionFactory) -> None:
    with factory() as session:
        for number in range(4):
            create_plan(session, NewPlan(str(number), user_id="ab"[number % 2]))
        assert [plan["prompt"] for plan in get_plans(session)] == ["3", "2", "1", "0"]
        assert [plan["prompt"] for plan in get_plans(session, user_id="a")] == ["2", "0"]
        assert [plan["prompt"] for plan in get_plans(session, skip=1, limit=1)] == ["2"]
        assert get_plans(session, state="stopped") == []
        with pytest.raises(WrongValue, match="'import_pending' is none of pending, processing"):
            get_plans(session, state="import_pending")


def test_what_is_not_there_is_said(factory: SessionFactory) -> None:
    nobody = uuid.uuid4()
    with factory() as session:
        assert get_plan(session, nobody) is None
        for act in (see_plan, request_stop):
            with pytest.raises(NotFound, match=str(nobody)):
                act(session, nobody)
        with pytest.raises(WrongValue, match="'oops' is none of GENERIC_ERROR"):
            create_event(session, "oops", "what")
