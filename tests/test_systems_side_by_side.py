"""Old services and new ones on one file, old or new: what works, and what does not."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from tests.systems import planexe_models as old

from database_api.agent_host.agent_book import get_agents
from database_api.agent_host.people import Arrival, arrive
from database_api.engine import make_engine
from database_api.errors import NotFound
from database_api.planner.accounts import get_account
from database_api.planner.log import get_events
from database_api.planner.nonces import get_or_create_nonce
from database_api.planner.plans import NewPlan, create_plan, get_plan, get_plans
from database_api.planner.queue import claim_plan, upsert_heartbeat
from database_api.sessions import SessionFactory, make_sessionmaker
from database_api.setup import initialize_database
from database_api.task_runner.listing import get_tasks
from database_api.task_runner.log import get_task_events
from database_api.task_runner.store import NewTask, create_task, get_task

SYSTEMS = Path(__file__).parent / "systems"


@dataclass
class File:
    """One database; the services that opened it: `old` by SQLAlchemy alone, `new` by ours."""

    path: Path
    old: sa.Engine
    new: SessionFactory

    def orphans(self) -> set[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return {row[0] for row in connection.execute("PRAGMA foreign_key_check")}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], File]]:
    engines: list[sa.Engine] = []

    def opener(name: str) -> File:
        path = tmp_path / name
        engines.extend((sa.create_engine(f"sqlite:///{path}"), make_engine(f"sqlite:///{path}")))
        return File(path, engines[-2], make_sessionmaker(engines[-1]))

    yield opener
    for engine in engines:
        engine.dispose()


@pytest.fixture
def new_file(opened: Callable[[str], File]) -> File:
    file = opened("new.db")
    initialize_database(make_engine(f"sqlite:///{file.path}"))
    return file


PLAN, ADA = uuid.UUID(int=17 << 120), uuid.UUID(int=18 << 120)


@pytest.fixture
def planner(new_file: File) -> File:
    """A file at the end of the history, with a plan and an account."""
    with new_file.new() as session:
        session.execute(
            sa.text("INSERT INTO plans (id, prompt) VALUES (:id, 'p')"), {"id": str(PLAN)}
        )
        ada = "INSERT INTO user_account (id, given_name) VALUES (:id, 'Ada')"
        session.execute(sa.text(ada), {"id": str(ADA)})
    return new_file


def commit(file: File, *items: old.Base) -> None:
    with Session(file.old) as session:
        session.add_all(items)
        session.commit()


# PlanExe: old services on the new file


PAID = {"provider": "stripe", "provider_payment_id": "p", "currency": "usd", "status": "paid"}
INSERTED: dict[str, Callable[[], old.Base]] = {
    "ck_plans_id": lambda: old.PlanItem(prompt="x"),
    "ck_user_account_id": lambda: old.UserAccount(),
    "ck_user_provider_user_id": lambda: old.UserProvider(
        user_id=ADA, provider="google", provider_user_id="g"
    ),
    "ck_user_api_key_user_id": lambda: old.UserApiKey(user_id=ADA, key_hash="h", key_prefix="p"),
    "ck_credit_history_user_id": lambda: old.CreditHistory(
        user_id=ADA, delta=Decimal(1), reason="r", source="s"
    ),
    "ck_payment_record_user_id": lambda: old.PaymentRecord(
        user_id=ADA, credits=1, amount=1, **PAID
    ),
}


@pytest.mark.parametrize("rule", INSERTED)
def test_an_old_service_inserts_nothing_that_has_an_id_without_dashes(
    rule: str, planner: File
) -> None:
    """It knows no foreign keys: but for these rules its money would be nobody's."""
    with pytest.raises(IntegrityError, match=rule):
        commit(planner, INSERTED[rule]())


def test_an_old_service_finds_nothing_by_an_id_though_it_lists_all(planner: File) -> None:
    with Session(planner.old) as session:
        assert session.get(old.PlanItem, PLAN) is None
        assert session.get(old.UserAccount, ADA) is None
        (plan,) = session.scalars(sa.select(old.PlanItem))
        assert plan.id == PLAN
        plan.progress_message = "step 3"
        with pytest.raises(StaleDataError, match="0 were matched"):
            session.commit()


def test_old_and_new_share_events_nonces_and_workers(planner: File) -> None:
    commit(
        planner,
        old.EventItem(event_type=old.EventType.TASK_FAILED, message="lost", context={"a": 1}),
        old.NonceItem(nonce_key="abc"),
        old.WorkerItem(id="w-1", current_task_id=str(PLAN)),
    )
    with planner.new() as session:
        (event,) = get_events(session)
        assert (event["event_type"], event["context"]) == ("TASK_FAILED", {"a": 1})
        nonce, is_new = get_or_create_nonce(session, "abc")
        assert (nonce["request_count"], is_new) == (2, False)
        assert upsert_heartbeat(session, "w-1", PLAN)["current_task_id"] == PLAN
        upsert_heartbeat(session, "w-2")
    with Session(planner.old) as session:
        worker = session.get(old.WorkerItem, "w-2")
        assert worker is not None
        assert session.scalars(sa.select(old.NonceItem.request_count)).all() == [2]
    assert planner.orphans() == set()


def test_an_orm_that_spells_ids_with_dashes_goes_on(planner: File) -> None:
    class Base(DeclarativeBase):
        pass

    class Plan(Base):
        __tablename__ = "plans"
        id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
        prompt: Mapped[str]

    with Session(planner.old) as session:
        plan = session.get(Plan, str(PLAN))
        assert plan is not None
        plan.prompt = "changed"
        session.add(Plan(id=str(ADA), prompt="made"))
        session.commit()
    with planner.new() as ours:
        assert {one["prompt"] for one in get_plans(ours)} == {"changed", "made"}


# PlanExe: new services on the old file


def test_a_new_service_finds_nothing_by_an_id_in_the_old_file(
    opened: Callable[[str], File],
) -> None:
    file = opened("old.db")
    plan, account = old.create(str(file.path))
    with file.new() as session:
        assert len(get_plans(session)) == 2
        assert get_plan(session, plan) is None
        with pytest.raises(NotFound):
            get_account(session, account)


def test_a_plan_that_a_new_service_makes_in_the_old_file_is_never_claimed(
    opened: Callable[[str], File],
) -> None:
    """Its state comes of a DEFAULT, which that file has not."""
    file = opened("old.db")
    old.create(str(file.path))
    with file.new() as session:
        assert create_plan(session, NewPlan("x"))["state"] is None
        assert claim_plan(session, "w-2") is None


# ResinKit and Zerg: their own tables, as SQLAlchemy reads them off their files


def their(file: File, *scripts: str) -> sa.MetaData:
    metadata = sa.MetaData()
    with closing(sqlite3.connect(file.path)) as connection:
        for script in scripts:
            connection.executescript((SYSTEMS / script).read_text("utf-8"))
    metadata.reflect(file.old)
    return metadata


def add(file: File, table: sa.Table, **values: Any) -> None:
    with file.old.begin() as connection:
        connection.execute(table.insert().values(**values))


def test_resinkit_old_and_new_share_either_file(
    opened: Callable[[str], File], new_file: File
) -> None:
    shipped = opened("shipped.db")
    known = their(shipped, "shipped/current.sql", "shipped/rows.sql", "shipped/later.sql").tables
    for file in (shipped, new_file):
        said = {"task_id": "t-9", "task_type": "sql", "created_by": "ann", "status": "PENDING"}
        add(file, known["tasks"], submitted_configs='{"a": 1}', tags='["x"]', **said)
        add(file, known["task_events"], task_id="t-9", event_type="CREATED", new_status="PENDING")
        with file.new() as session:
            task = get_task(session, "t-9")
            assert task is not None
            assert (task["submitted_configs"], task["tags"]) == ({"a": 1}, ["x"])
            assert [one["event_type"] for one in get_task_events(session, "t-9")] == ["CREATED"]
            new = create_task(session, NewTask("sql", created_by="bob", submitted_configs={}))
            assert new in get_tasks(session)
        with file.old.connect() as connection:
            mine = sa.select(known["tasks"].c.status).where(
                known["tasks"].c.task_id == new["task_id"]
            )
            assert connection.execute(mine).scalar_one() == "PENDING"
        assert file.orphans() == set()


def test_resinkit_only_the_new_file_gives_no_number_twice(
    opened: Callable[[str], File], new_file: File
) -> None:
    shipped = opened("shipped.db")
    known = their(shipped, "shipped/current.sql", "shipped/later.sql").tables
    given = []
    for file in (shipped, new_file):
        task = {"task_id": "t", "task_type": "sql", "created_by": "a", "submitted_configs": "{}"}
        add(file, known["tasks"], **task)
        for _ in range(2):
            add(file, known["task_events"], task_id="t", event_type="NOTE")
            with file.old.begin() as connection:
                number = connection.execute(sa.text("DELETE FROM task_events RETURNING event_id"))
                given.append(number.scalar_one())
    assert given == [1, 1, 1, 2]


def test_zerg_old_and_new_share_the_new_file(opened: Callable[[str], File], new_file: File) -> None:
    """But for what only its code forbade, and an empty schedule, which was none."""
    known = their(opened("zerg.db"), "zerg_baseline.sql").tables
    add(new_file, known["users"], email="ada@example.org", is_active=True, role="USER")
    said = {"owner_id": 1, "system_instructions": "s", "task_instructions": "t", "model": "m"}
    add(new_file, known["agents"], name="digest", status="IDLE", schedule="0 18 * * *", **said)
    add(new_file, known["agent_threads"], agent_id=1, title="t", active=True, thread_type="CHAT")
    with new_file.new() as session:
        (agent,) = get_agents(session)
        assert (agent["name"], agent["status"]) == ("digest", "IDLE")
        assert arrive(session, Arrival("ADA@example.org"))["id"] == 1
    for table, values, told in (
        ("agents", {**said, "name": "n", "schedule": ""}, "ck_agents_schedule"),
        ("agents", {**said, "name": "n", "status": "idle"}, "ck_agents_status"),
        ("users", {"email": "ADA@example.org", "is_active": True, "role": "USER"}, "users.email"),
        ("agent_threads", {"agent_id": 1, "title": "u", "thread_type": "CHAT", "active": True},
            "agent_threads.agent_id"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=told):
            add(new_file, known[table], **values)
    assert new_file.orphans() == set()
