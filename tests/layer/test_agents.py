"""Agents: the schedule alone decides; one thread at a time; what is said keeps its order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from tests.layer.conftest import listen, plan_of_last

from database_api.agent_host.agent_book import (
    NewAgent,
    clear_schedule,
    create_agent,
    end_run,
    get_agent,
    get_agents,
    get_due_agents,
    set_schedule,
    start_run,
    update_agent,
)
from database_api.agent_host.people import Arrival, arrive, find_user, get_user
from database_api.agent_host.talk import (
    NewMessage,
    get_active_thread,
    get_messages,
    get_threads,
    get_told,
    keep_state,
    mark_processed,
    open_thread,
    send_message,
    tell_agent,
)
from database_api.agent_host.wake import create_trigger, delete_trigger, find_trigger, get_triggers
from database_api.errors import NotFound, WrongValue
from database_api.sessions import SessionFactory
from database_api.tables import agent_threads, agents, thread_messages

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def agent(factory: SessionFactory, owner: int) -> int:
    with factory() as session:
        return int(create_agent(session, NewAgent(owner, "a", "be kind", "help", "m"))["id"])


def test_an_agent_is_scheduled_by_its_schedule_and_nothing_else(
    factory: SessionFactory, agent: int
) -> None:
    with factory() as session:
        assert get_agent(session, agent)["schedule"] is None
        assert get_due_agents(session, NOON) == []
        set_schedule(session, agent, "0 12 * * *", NOON)
        assert get_due_agents(session, NOON - timedelta(seconds=1)) == []
        assert [one["id"] for one in get_due_agents(session, NOON)] == [agent]
        off = clear_schedule(session, agent)
        assert (off["schedule"], off["next_run_at"]) == (None, None)
        assert get_due_agents(session, NOON) == []


@pytest.mark.parametrize("schedule", ["", "  ", "\t"])
def test_a_schedule_of_nothing_is_refused(
    factory: SessionFactory, agent: int, schedule: str
) -> None:
    with factory() as session, pytest.raises(WrongValue, match="clear_schedule takes an agent off"):
        set_schedule(session, agent, schedule, NOON)
    with pytest.raises(IntegrityError, match="ck_agents_schedule"), factory() as session:
        session.execute(text("UPDATE agents SET schedule = ' '"))


def test_a_time_without_a_zone_is_refused(factory: SessionFactory, agent: int) -> None:
    naive = NOON.replace(tzinfo=None)
    with factory() as session, pytest.raises(StatementError, match="has no time zone"):
        set_schedule(session, agent, "0 12 * * *", naive)


def test_due_agents_are_found_by_the_partial_index(
    engine: Engine, factory: SessionFactory, owner: int, agent: int
) -> None:
    with factory() as session:
        for number in range(50):
            made = create_agent(session, NewAgent(owner, f"{number}", "", "", "m"))
            set_schedule(session, made["id"], "* * * * *", NOON - timedelta(minutes=number))
        set_schedule(session, agent, "* * * * *", NOON + timedelta(days=1))
        heard = listen(engine)
        due = get_due_agents(session, NOON)
        plan = plan_of_last(session, heard)
    assert [one["name"] for one in due] == [f"{number}" for number in reversed(range(50))]
    assert "USING INDEX idx_agents_scheduled" in plan
    assert "B-TREE" not in plan


def test_of_eight_schedulers_one_starts_the_run(factory: SessionFactory, agent: int) -> None:
    with factory() as session:
        set_schedule(session, agent, "* * * * *", NOON)

    def start(_: int) -> bool:
        with factory() as session:
            return start_run(session, agent)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(start, range(8))) == 1
    with factory() as session:
        assert get_due_agents(session, NOON) == []
        running = get_agent(session, agent)
        assert (running["status"], running["last_run_at"] is None) == ("RUNNING", False)
        failed = end_run(session, agent, next_run_at=NOON, error="no model")
        assert (failed["status"], failed["last_error"]) == ("ERROR", "no model")
        assert [one["id"] for one in get_due_agents(session, NOON)] == [agent]
        assert start_run(session, agent) is True
        clear_schedule(session, agent)  # while it runs: the end does not put it back
        done = end_run(session, agent, next_run_at=NOON)
        assert (done["status"], done["last_error"], done["next_run_at"]) == ("IDLE", None, None)


def test_agents_are_changed_by_name_and_listed_by_owner(
    factory: SessionFactory, owner: int, agent: int
) -> None:
    with factory() as session:
        changed = update_agent(session, agent, {"name": "b", "config": {"k": [1]}})
        assert (changed["name"], changed["config"]) == ("b", {"k": [1]})
        assert changed["updated_at"] >= changed["created_at"]
        with pytest.raises(WrongValue, match="'schedule' cannot be changed"):
            update_agent(session, agent, {"schedule": "* * * * *"})
        assert [one["id"] for one in get_agents(session, owner_id=owner)] == [agent]
        assert get_agents(session, owner_id=owner + 1) == []
        with pytest.raises(NotFound, match="nothing in agents with the key '99'"):
            get_agent(session, 99)
        with pytest.raises(NotFound, match="nothing in agents with the key '99'"):
            clear_schedule(session, 99)
        with pytest.raises(NotFound, match="nothing in users"):
            create_agent(session, NewAgent(99, "a", "", "", "m"))


def test_an_agent_has_one_active_thread(factory: SessionFactory, agent: int) -> None:
    with factory() as session:
        assert get_active_thread(session, agent) is None
        first = open_thread(session, agent, "first")
        second = open_thread(session, agent, "second", thread_type="SCHEDULED")
        active = get_active_thread(session, agent)
        assert active is not None
        assert active["id"] == second["id"]
        assert [one["active"] for one in get_threads(session, agent)] == [True, False]
        assert keep_state(session, first["id"], {"step": 2})["agent_state"] == {"step": 2}
        with pytest.raises(WrongValue, match="'chat' is none of CHAT"):
            open_thread(session, agent, "third", thread_type="chat")
    again = insert(agent_threads).values(agent_id=agent, title="beside")
    with pytest.raises(IntegrityError, match="UNIQUE"), factory() as session:
        session.execute(again)


def test_threads_opened_at_once_leave_one_active(factory: SessionFactory, agent: int) -> None:
    def open_one(number: int) -> int:
        with factory() as session:
            return int(open_thread(session, agent, f"{number}")["id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(open_one, range(8)))) == 8
    with factory() as session:
        assert sum(one["active"] for one in get_threads(session, agent)) == 1


def test_messages_keep_their_order_and_their_time(factory: SessionFactory, agent: int) -> None:
    before = datetime.now(UTC)
    with factory() as session:
        thread = open_thread(session, agent, "t")["id"]
        calls = [{"name": "search", "arguments": {"q": "ä"}}]
        asked = send_message(session, thread, NewMessage("user", "find"))
        answer = NewMessage("assistant", "", tool_calls=calls, parent_id=asked["id"])
        send_message(session, thread, answer)
        first, second = get_messages(session, thread)
        assert mark_processed(session, [first["id"], 99]) == 1
        assert mark_processed(session, [first["id"]]) == 0
        (left,) = get_messages(session, thread, unprocessed_only=True)
        with pytest.raises(NotFound, match="nothing in agent_threads"):
            send_message(session, 99, NewMessage("user", "hello?"))
        with pytest.raises(NotFound, match="nothing in thread_messages"):
            send_message(session, thread, NewMessage("user", "what?", parent_id=99))
    assert before <= first["sent_at"] <= second["sent_at"] <= datetime.now(UTC)
    assert (second["tool_calls"], second["parent_id"]) == (calls, first["id"])
    assert left["id"] == second["id"]


def test_what_belongs_to_an_agent_goes_with_it(factory: SessionFactory, agent: int) -> None:
    with factory() as session:
        thread = open_thread(session, agent, "t")["id"]
        send_message(session, thread, NewMessage("user", "hi"))
        tell_agent(session, agent, "user", "hello")
        assert [one["content"] for one in get_told(session, agent)] == ["hello"]
        secret = create_trigger(session, agent)["secret"]
        session.execute(delete(agents).where(agents.c.id == agent))
        assert session.execute(select(thread_messages)).all() == []
        assert (get_threads(session, agent), get_told(session, agent)) == ([], [])
        assert find_trigger(session, secret) is None


def test_who_knows_the_secret_wakes_the_agent(factory: SessionFactory, agent: int) -> None:
    with factory() as session:
        made = create_trigger(session, agent, config={"path": "/in"})
        found = find_trigger(session, made["secret"])
        assert found is not None
        assert (found["agent_id"], found["config"]) == (agent, {"path": "/in"})
        assert find_trigger(session, "guess") is None
        (listed,) = get_triggers(session, agent)
        assert "secret" not in listed
        assert (delete_trigger(session, made["id"]), delete_trigger(session, made["id"])) == (
            True,
            False,
        )


def test_one_address_in_two_spellings_is_one_user(factory: SessionFactory) -> None:
    with factory() as session:
        first = arrive(session, Arrival("Bob@Example.org", role="ADMIN"))
        second = arrive(session, Arrival("bob@example.org"))
        assert (second["id"], second["role"], second["prefs"]) == (first["id"], "ADMIN", {})
        assert get_user(session, first["id"])["email"] == "Bob@Example.org"
        assert find_user(session, "BOB@EXAMPLE.ORG") is not None
        assert find_user(session, "eve@example.org") is None
