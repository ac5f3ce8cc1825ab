"""PlanExe's models as they were in April 2026, for tests of what lives beside them: every default
in Python, ids of 32 digits where the database has no UUID, no foreign key and no CHECK.

Two of its tables are in no README: token_metrics and feedback_item.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class UUIDType(sa.TypeDecorator[uuid.UUID]):
    """sqlalchemy_utils' UUIDType(binary=False), on SQLite."""

    impl = sa.CHAR(32)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else (getattr(value, "hex", None) or uuid.UUID(value).hex)

    def process_result_value(self, value: Any, dialect: Any) -> uuid.UUID | None:
        return None if value is None else uuid.UUID(value)


class EventType(Enum):
    GENERIC_ERROR = "generic_error"
    GENERIC_EVENT = "generic_event"
    TASK_PENDING = "task_pending"
    TASK_PROCESSING = "task_processing"
    TASK_FAILED = "task_failed"
    TASK_COMPLETED = "task_completed"


class PlanState(Enum):
    pending = 1
    processing = 2
    completed = 3
    failed = 4
    stopped = 5


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {uuid.UUID: UUIDType(), dict[str, Any]: sa.JSON}  # noqa: RUF012


def key() -> Any:
    return mapped_column(UUIDType, primary_key=True, default=uuid.uuid4)


def text(length: int | None = None, **said: Any) -> Any:
    return mapped_column(sa.String(length) if length else sa.Text, **{"nullable": True, **said})


def column(kind: Any, **said: Any) -> Any:
    return mapped_column(kind, **{"nullable": True, **said})


class PlanItem(Base):
    __tablename__ = "plans"
    id: Mapped[uuid.UUID] = key()
    timestamp_created = column(sa.DateTime, default=now)
    state = column(sa.Enum(PlanState), default=PlanState.pending)
    prompt = text()
    progress_percentage = column(sa.Numeric(5, 2), default=0.0)
    progress_message = text(128)
    steps_completed = column(sa.Integer)
    steps_total = column(sa.Integer)
    current_step = text(128)
    last_seen_timestamp = column(sa.DateTime, default=now)
    stop_requested = column(sa.Boolean, default=False)
    stop_requested_timestamp = column(sa.DateTime)
    user_id = text(256)
    api_key_id = text(36, index=True)
    parameters = column(sa.JSON)
    generated_report_html = text()
    run_zip_snapshot = column(sa.LargeBinary)
    run_track_activity_jsonl = text()
    run_track_activity_bytes = column(sa.Integer)
    run_activity_overview_json = column(sa.JSON)
    run_artifact_layout_version = column(sa.Integer)
    failure_reason = text(64)
    failed_step = text(128)
    error_message = text(256)
    recoverable = column(sa.Boolean)
    last_progress_at = column(sa.DateTime)


class EventItem(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    timestamp = column(sa.DateTime, nullable=False, default=now, index=True)
    event_type = column(sa.Enum(EventType), nullable=False, index=True)
    message = text(nullable=False)
    context = column(sa.JSON)


class WorkerItem(Base):
    __tablename__ = "workers"
    id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    started_at = column(sa.DateTime, nullable=False, default=now)
    last_heartbeat_at = column(sa.DateTime, nullable=False, default=now, index=True)
    current_task_id = text(255, index=True)


class NonceItem(Base):
    __tablename__ = "nonces"
    id: Mapped[int] = mapped_column(primary_key=True)
    nonce_key = text(255, nullable=False, unique=True, index=True)
    created_at = column(sa.DateTime, nullable=False, default=now, index=True)
    last_accessed_at = column(sa.DateTime, nullable=False, default=now, index=True)
    request_count = column(sa.Integer, nullable=False, default=1)
    context = column(sa.JSON)


class UserAccount(Base):
    __tablename__ = "user_account"
    id: Mapped[uuid.UUID] = key()
    created_at = column(sa.DateTime, default=now)
    updated_at = column(sa.DateTime, default=now, onupdate=now)
    email = text(256, index=True)
    name = text(256)
    given_name = text(128)
    family_name = text(128)
    locale = text(64)
    avatar_url = text(512)
    is_admin = column(sa.Boolean, nullable=False, default=False)
    free_plan_used = column(sa.Boolean, nullable=False, default=False)
    credits_balance = column(sa.Numeric(18, 9), nullable=False, default=0)
    last_login_at = column(sa.DateTime)
    frontend_multi_user_config = column(sa.JSON)


class UserProvider(Base):
    __tablename__ = "user_provider"
    id: Mapped[uuid.UUID] = key()
    user_id: Mapped[uuid.UUID] = mapped_column(UUIDType, index=True)
    provider = text(32, nullable=False, index=True)
    provider_user_id = text(256, nullable=False, index=True)
    email = text(256)
    raw_profile = column(sa.JSON)
    created_at = column(sa.DateTime, default=now)
    last_login_at = column(sa.DateTime)


class UserApiKey(Base):
    __tablename__ = "user_api_key"
    id: Mapped[uuid.UUID] = key()
    user_id: Mapped[uuid.UUID] = mapped_column(UUIDType, index=True)
    key_hash = text(128, nullable=False, unique=True)
    key_prefix = text(16, nullable=False, index=True)
    name = mapped_column("label", sa.String(128), nullable=True)
    key_plaintext = text(64)
    created_at = column(sa.DateTime, default=now)
    last_used_at = column(sa.DateTime)
    revoked_at = column(sa.DateTime)


class CreditHistory(Base):
    __tablename__ = "credit_history"
    id: Mapped[uuid.UUID] = key()
    user_id: Mapped[uuid.UUID] = mapped_column(UUIDType, index=True)
    delta = column(sa.Numeric(18, 9), nullable=False)
    reason = text(128, nullable=False)
    source = text(32, nullable=False)
    external_id = text(256)
    api_key_id = text(36, index=True)
    created_at = column(sa.DateTime, default=now)


class PaymentRecord(Base):
    __tablename__ = "payment_record"
    id: Mapped[uuid.UUID] = key()
    user_id: Mapped[uuid.UUID] = mapped_column(UUIDType, index=True)
    provider = text(32, nullable=False, index=True)
    provider_payment_id = text(256, nullable=False, index=True)
    credits = column(sa.Numeric(18, 9), nullable=False)
    amount = column(sa.Integer, nullable=False)
    currency = text(16, nullable=False)
    status = text(32, nullable=False)
    raw_payload = column(sa.JSON)
    created_at = column(sa.DateTime, default=now)


class TokenMetrics(Base):
    __tablename__ = "token_metrics"
    id: Mapped[int] = mapped_column(primary_key=True)
    timestamp = column(sa.DateTime, nullable=False, default=now, index=True)
    llm_model = text(255, nullable=False, index=True)
    task_id = text(255, index=True)
    input_tokens = column(sa.Integer)
    output_tokens = column(sa.Integer)


class FeedbackItem(Base):
    __tablename__ = "feedback_item"
    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    received_at = column(sa.DateTime, nullable=False, default=now, index=True)
    category = text(32, nullable=False)
    message = text(nullable=False)
    plan_id = text(36)


# The indexes that its frontend adds at each start.
ADDED = """\
CREATE INDEX IF NOT EXISTS idx_plans_user_id_timestamp_created
    ON plans (user_id, timestamp_created);
CREATE INDEX IF NOT EXISTS idx_plans_api_key_id ON plans (api_key_id);
CREATE INDEX IF NOT EXISTS idx_credit_history_api_key_id ON credit_history (api_key_id);
"""


def fill(engine: sa.Engine) -> tuple[uuid.UUID, uuid.UUID]:
    """A row in each table, at least; the ids of a plan that a worker has, and of the account."""
    with Session(engine) as session:
        ada = UserAccount(
            email="ada@example.org",
            name="Ada L",
            given_name="Ada",
            family_name="L",
            locale="en",
            credits_balance=Decimal(7),
            frontend_multi_user_config={"dark": True},
        )
        session.add(ada)
        session.flush()
        key = UserApiKey(user_id=ada.id, key_hash="h", key_prefix="pex_abcdef12", name="laptop")
        session.add(key)
        session.flush()
        plan = PlanItem(
            prompt="a bridge, it's “long”",
            user_id=str(ada.id),
            api_key_id=str(key.id),
            parameters={"speed": "fast"},
            state=PlanState.processing,
        )
        session.add(plan)
        session.flush()
        used = CreditHistory(user_id=ada.id, delta=Decimal(-3), reason="a plan", source="usage")
        used.api_key_id = str(key.id)
        paid = {"provider": "stripe", "provider_payment_id": "pi_1", "currency": "usd"}
        session.add_all(
            [
                PlanItem(prompt="done", state=PlanState.completed, run_zip_snapshot=b"zip"),
                WorkerItem(id="w-1", current_task_id=str(plan.id)),
                WorkerItem(id="w-2"),
                EventItem(event_type=EventType.TASK_PROCESSING, message="begun", context={"w": 1}),
                NonceItem(nonce_key="abc", request_count=3),
                UserProvider(user_id=ada.id, provider="google", provider_user_id="g-1"),
                CreditHistory(user_id=ada.id, delta=Decimal(10), reason="bought", source="stripe"),
                used,
                PaymentRecord(user_id=ada.id, credits=10, amount=1000, status="paid", **paid),
                TokenMetrics(llm_model="m", task_id=str(plan.id), input_tokens=3),
                FeedbackItem(id=str(uuid.uuid4()), category="bug", message="hm"),
            ]
        )
        session.commit()
        return plan.id, ada.id


def create(path: str) -> tuple[uuid.UUID, uuid.UUID]:
    """A database file as its services leave it, with rows."""
    engine = sa.create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for statement in ADDED.split(";")[:-1]:
            connection.exec_driver_sql(statement)
    made = fill(engine)
    engine.dispose()
    return made
