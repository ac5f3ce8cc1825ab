"""schema.sql in SQLAlchemy Core.

Written by `sqlplumb tables`: change the SQL, and run it again.

What schema.sql says of itself:

The database layer shared by three services: the task runner, the planner, and the agents.

This file is the source of truth: CREATE statements only, each after what it depends on.
It needs SQLite 3.38 or newer, where the JSON functions are always built in.

Held throughout, and why:
* Every CHECK, UNIQUE and foreign key has a name, for messages and for migrations.
* In newer tables a CHECK stands at its column, so that both are added and dropped in place.
* JSON is guarded there by "x IS NULL OR json_valid(x)": json_valid(NULL) is 0 on older versions;
and BOOLEAN by a CHECK for 0 or 1, since the word means nothing to SQLite.
* Foreign keys are indexed; no index repeats a primary key or the first columns of a UNIQUE.
They hold only on connections that have said PRAGMA foreign_keys = ON.
* Times are UTC, as CURRENT_TIMESTAMP gives them. Keeping updated_at is up to the writer.
"""

import json
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    NUMERIC,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, UserDefinedType

metadata = MetaData()


class Declared(UserDefinedType[Any]):
    """A type by the very words that schema.sql declares; values pass as they are."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **_: Any) -> str:
        return self.words


class JSONText(TypeDecorator[Any]):
    """JSON as text, with its keys in order; None is NULL, and never JSON's own null.

    What is no JSON raises TypeError or ValueError before anything is stored. Where the declared
    type would make numbers of text, a number is stored as itself, so that no digit is lost.
    """

    impl = Declared
    cache_ok = True

    def __init__(self, words: str = "TEXT") -> None:
        super().__init__(words)
        self.is_text = any(word in words.upper() for word in ("TEXT", "CHAR", "CLOB"))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number and not self.is_text else text

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or isinstance(value, int | float) else json.loads(value)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC as CURRENT_TIMESTAMP writes it, read with its time zone.

    A fraction is written only if there is one: '12:00:05' sorts before '12:00:05.500000', and that
    before '12:00:06', so both forms are in order beside each other. What has no time zone is
    refused.
    """

    impl = Declared
    cache_ok = True

    def __init__(self, words: str = "DATETIME") -> None:
        super().__init__(words)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise TypeError(f"a datetime is stored here, not {value!r}")
        if value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone: say which, as in datetime.now(UTC)")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is stored where a moment is expected, as text")
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class UUIDText(TypeDecorator[uuid.UUID]):
    """A UUID in one form: 36 characters, lower case, with dashes. Any spelling of one is taken."""

    impl = Declared
    cache_ok = True

    def __init__(self, words: str = "CHAR(36)") -> None:
        super().__init__(words)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:
        return None if value is None else uuid.UUID(value)


class EnumText(Enum):
    """The members of an enumeration, stored by value; any other value raises LookupError."""

    cache_ok = True

    def __init__(self, *members: Any, words: str = "TEXT", **options: Any) -> None:
        self.words = words
        defaults = {"native_enum": False, "create_constraint": False, "validate_strings": True}
        super().__init__(*members, **{"values_callable": values_of, **defaults, **options})

    def copy(self, **_: Any) -> "EnumText":
        made = EnumText.__new__(EnumText)
        made.__dict__.update(self.__dict__)
        return made


@compiles(EnumText)
def words_of(type_: EnumText, _compiler: Any, **_: Any) -> str:
    return type_.words


def values_of(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


def after_create(statement: str) -> None:
    """Let metadata.create_all() end with what Core has no words for."""
    ddl: Any = DDL
    event.listen(metadata, "after_create", ddl(statement.replace("%", "%%")))


def before_drop(statement: str) -> None:
    """Let metadata.drop_all() begin with this."""
    ddl: Any = DDL
    event.listen(metadata, "before_drop", ddl(statement.replace("%", "%%")))


class TaskStatus(StrEnum):
    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    VALIDATING = "VALIDATING"
    PREPARING = "PREPARING"
    BUILDING = "BUILDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"


class PlanState(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"


class EventEventType(StrEnum):
    GENERIC_ERROR = "GENERIC_ERROR"
    GENERIC_EVENT = "GENERIC_EVENT"
    TASK_PENDING = "TASK_PENDING"
    TASK_PROCESSING = "TASK_PROCESSING"
    TASK_FAILED = "TASK_FAILED"
    TASK_COMPLETED = "TASK_COMPLETED"


class PaymentRecordProvider(StrEnum):
    STRIPE = "stripe"
    TELEGRAM = "telegram"


class UserRole(StrEnum):
    USER = "USER"
    ADMIN = "ADMIN"


class AgentStatus(StrEnum):
    IDLE = "IDLE"
    RUNNING = "RUNNING"
    PROCESSING = "PROCESSING"
    ERROR = "ERROR"


class AgentThreadThreadType(StrEnum):
    CHAT = "CHAT"
    SCHEDULED = "SCHEDULED"
    MANUAL = "MANUAL"
    SUPER = "SUPER"


# ------------------------------------------------------------------------------ the task runner

# A task is never deleted, only set to active = 0, so its events always have a task to refer to.
tasks = Table(
    "tasks",
    metadata,
    # said here and below: only an INTEGER key implies NOT NULL
    Column("task_id", Text, primary_key=True),
    Column("task_type", Text, nullable=False),
    Column("task_name", Text),
    Column("description", Text),
    Column("status", EnumText(TaskStatus), nullable=False, server_default="PENDING"),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("created_at", UTCDateTime("TIMESTAMP"), nullable=False, server_default=func.now()),
    Column("updated_at", UTCDateTime("TIMESTAMP"), nullable=False, server_default=func.now()),
    Column("started_at", UTCDateTime("TIMESTAMP")),
    Column("finished_at", UTCDateTime("TIMESTAMP")),
    Column("submitted_configs", JSONText(), nullable=False),  # JSON as text
    Column("error_info", JSONText()),  # JSON as text
    Column("result_summary", JSONText()),  # JSON as text
    Column("execution_details", JSONText()),  # JSON as text
    Column("progress_details", JSONText()),  # JSON as text
    Column("created_by", Text, nullable=False),
    Column("notification_config", JSONText()),  # JSON as text
    Column("tags", JSONText()),  # JSON array as text
    Column("active", Boolean, nullable=False, server_default=text("1")),
    Column("expires_at", UTCDateTime("TIMESTAMP")),  # NULL: may run as long as it likes
    CheckConstraint(
        "status IN ('PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING', 'RUNNING', "
        "'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED')",
        name="valid_task_status",
    ),
    # Partial, because only live tasks are looked up by status or type. A query must say active = 1
    # to use them; active IS 1 does not.
    Index("idx_tasks_status", "status", sqlite_where=text("active = 1")),
    Index("idx_tasks_task_type", "task_type", sqlite_where=text("active = 1")),
    Index("idx_tasks_created_at", "created_at"),
    Index("idx_tasks_created_by", "created_by"),
    Index("idx_tasks_expires_at", "expires_at"),
)

task_events = Table(
    "task_events",
    metadata,
    # never reused: readers go on from the last seen
    Column("event_id", Integer, primary_key=True, nullable=True),
    Column(
        "task_id", Text, ForeignKey("tasks.task_id", name="fk_task_events_task"), nullable=False
    ),
    Column("event_type", Text, nullable=False),
    Column("event_data", JSONText()),  # JSON as text
    Column("previous_status", Text),
    Column("new_status", Text),
    Column("timestamp", UTCDateTime("TIMESTAMP"), nullable=False, server_default=func.now()),
    Column("actor", Text),
    Index("idx_task_events_task_id", "task_id"),
    Index("idx_task_events_timestamp", "timestamp"),
    Index("idx_task_events_event_type", "event_type"),
    sqlite_autoincrement=True,
)

# Secrets and settings that a task refers to by name.
variables = Table(
    "variables",
    metadata,
    Column("name", Text, primary_key=True),
    Column("encrypted_value", Text, nullable=False),
    Column("description", Text),
    Column("created_at", UTCDateTime("TIMESTAMP"), nullable=False, server_default=func.now()),
    Column("updated_at", UTCDateTime("TIMESTAMP"), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False),
)

# Where a task may read. A file has neither host nor port, and not every server asks who comes.
data_sources = Table(
    "data_sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("host", Text),
    Column("port", Integer),
    Column("database", Text, nullable=False),  # quoted: the word is a keyword
    Column("encrypted_user", Text),
    Column("encrypted_password", Text),
    Column("query_timeout", Text, nullable=False, server_default="30s"),
    Column("extra_params", JSONText()),
    Column("created_at", UTCDateTime("TIMESTAMP"), nullable=False, server_default=func.now()),
    Column("updated_at", UTCDateTime("TIMESTAMP"), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False),
    CheckConstraint(
        "extra_params IS NULL OR json_valid(extra_params)", name="ck_data_sources_extra_params"
    ),
    Index("idx_data_sources_kind", "kind"),
)

# What is waiting or running now.
after_create("""
CREATE VIEW IF NOT EXISTS active_tasks AS
SELECT task_id, task_type, task_name, status, priority, created_by, created_at, started_at
FROM tasks
WHERE active = 1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')
""")
before_drop('DROP VIEW IF EXISTS "active_tasks"')

# ---------------------------------------------------------------------------------- the planner

plans = Table(
    "plans",
    metadata,
    # A UUID is spelled with dashes here: its 32 bare digits would match nothing that refers to it.
    Column("id", UUIDText(), primary_key=True),
    Column("timestamp_created", UTCDateTime(), nullable=False, server_default=func.now()),
    Column(
        "state", EnumText(PlanState, words="VARCHAR(10)"), nullable=False, server_default="pending"
    ),
    Column("prompt", Text),
    Column("progress_percentage", NUMERIC(5, 2), nullable=False, server_default=text("0")),
    Column("progress_message", String(128)),
    Column("steps_completed", Integer),
    Column("steps_total", Integer),
    Column("current_step", String(128)),
    Column("last_seen_timestamp", UTCDateTime()),  # when the user last looked
    Column("last_progress_at", UTCDateTime()),
    Column("stop_requested", Boolean, nullable=False, server_default=text("0")),
    Column("stop_requested_timestamp", UTCDateTime()),
    Column("user_id", String(256)),  # whoever asked, not always an account: no foreign key
    Column("api_key_id", UUIDText()),  # outlives the key it names: no foreign key
    Column("parameters", JSONText("JSON")),
    Column("generated_report_html", Text),  # about 1 MB
    Column("run_zip_snapshot", LargeBinary),  # 5 to 40 MB: never select it in a list
    Column("run_track_activity_jsonl", Text),  # about 20 MB: as above
    Column("run_track_activity_bytes", Integer),
    Column("run_activity_overview_json", JSONText("JSON")),
    Column("run_artifact_layout_version", Integer),  # NULL and 1: all in the zip; from 2 on split
    Column("failure_reason", String(64)),
    Column("failed_step", String(128)),
    Column("error_message", String(256)),
    Column("recoverable", Boolean),
    CheckConstraint("length(id) = 36", name="ck_plans_id"),
    CheckConstraint(
        "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
        name="ck_plans_state",
    ),
    CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_plans_progress"),
    CheckConstraint("stop_requested IN (0, 1)", name="ck_plans_stop_requested"),
    CheckConstraint("parameters IS NULL OR json_valid(parameters)", name="ck_plans_parameters"),
    CheckConstraint(
        "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
        name="ck_plans_overview",
    ),
    CheckConstraint("recoverable IS NULL OR recoverable IN (0, 1)", name="ck_plans_recoverable"),
    # A worker claims the oldest pending plan; this index is the queue and nothing else.
    Index("idx_plans_pending", "timestamp_created", sqlite_where=text("state = 'pending'")),
    Index("idx_plans_user_id", "user_id", "timestamp_created"),
    Index("idx_plans_api_key_id", "api_key_id"),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column("timestamp", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("event_type", EnumText(EventEventType, words="VARCHAR(15)"), nullable=False),
    Column("message", Text, nullable=False),
    Column("context", JSONText("JSON")),
    CheckConstraint(
        "event_type IN ('GENERIC_ERROR', 'GENERIC_EVENT', 'TASK_PENDING', 'TASK_PROCESSING', "
        "'TASK_FAILED', 'TASK_COMPLETED')",
        name="ck_events_event_type",
    ),
    CheckConstraint("context IS NULL OR json_valid(context)", name="ck_events_context"),
    Index("idx_events_timestamp", "timestamp"),
    Index("idx_events_event_type", "event_type"),
)

# A worker whose heartbeat has grown old is dead.
workers = Table(
    "workers",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("started_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("last_heartbeat_at", UTCDateTime(), nullable=False, server_default=func.now()),
    # NULL while idle
    Column(
        "current_task_id",
        UUIDText(),
        ForeignKey("plans.id", name="fk_workers_plan", ondelete="SET NULL"),
    ),
    Index("idx_workers_last_heartbeat_at", "last_heartbeat_at"),
    Index("idx_workers_current_task_id", "current_task_id"),
)

# A key seen before is a repeated request; request_count says how often it came.
nonces = Table(
    "nonces",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column("nonce_key", String(255), nullable=False),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("last_accessed_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("request_count", Integer, nullable=False, server_default=text("1")),
    Column("context", JSONText("JSON")),
    CheckConstraint("request_count >= 1", name="ck_nonces_request_count"),
    CheckConstraint("context IS NULL OR json_valid(context)", name="ck_nonces_context"),
    UniqueConstraint("nonce_key", name="uq_nonces_nonce_key"),
    Index("idx_nonces_created_at", "created_at"),
    Index("idx_nonces_last_accessed_at", "last_accessed_at"),
)

user_account = Table(
    "user_account",
    metadata,
    Column("id", UUIDText(), primary_key=True),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("updated_at", UTCDateTime(), nullable=False, server_default=func.now()),
    # not unique: two providers may vouch for one address
    Column("email", String(256, collation="NOCASE")),
    Column("name", String(256)),
    Column("given_name", String(128)),
    Column("family_name", String(128)),
    Column("locale", String(64)),
    Column("avatar_url", String(512)),
    Column("frontend_multi_user_config", JSONText("JSON")),
    Column("is_admin", Boolean, nullable=False, server_default=text("0")),
    Column("free_plan_used", Boolean, nullable=False, server_default=text("0")),
    # the sum of credit_history.delta
    Column("credits_balance", NUMERIC(18, 9), nullable=False, server_default=text("0")),
    Column("last_login_at", UTCDateTime()),
    CheckConstraint("length(id) = 36", name="ck_user_account_id"),
    CheckConstraint(
        "frontend_multi_user_config IS NULL OR json_valid(frontend_multi_user_config)",
        name="ck_user_account_config",
    ),
    CheckConstraint("is_admin IN (0, 1)", name="ck_user_account_admin"),
    CheckConstraint("free_plan_used IN (0, 1)", name="ck_user_account_free_plan"),
    Index("idx_user_account_email", "email"),
)

# Logins and keys go with their account. Money does not: an account that has rows in
# credit_history or payment_record cannot be deleted. A client that has not said foreign_keys = ON
# and spells ids without dashes would write what belongs to nobody: hence the CHECK on user_id.
user_provider = Table(
    "user_provider",
    metadata,
    Column("id", UUIDText(), primary_key=True),
    Column(
        "user_id",
        UUIDText(),
        ForeignKey("user_account.id", name="fk_user_provider_user", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("provider", String(32), nullable=False),
    Column("provider_user_id", String(256), nullable=False),
    Column("email", String(256, collation="NOCASE")),
    Column("raw_profile", JSONText("JSON")),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("last_login_at", UTCDateTime()),
    CheckConstraint("length(user_id) = 36", name="ck_user_provider_user_id"),
    CheckConstraint(
        "raw_profile IS NULL OR json_valid(raw_profile)", name="ck_user_provider_profile"
    ),
    UniqueConstraint("provider", "provider_user_id", name="uq_user_provider_identity"),
    Index("idx_user_provider_user_id", "user_id"),
)

user_api_key = Table(
    "user_api_key",
    metadata,
    Column("id", UUIDText(), primary_key=True),
    Column(
        "user_id",
        UUIDText(),
        ForeignKey("user_account.id", name="fk_user_api_key_user", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("key_hash", String(128), nullable=False),
    # enough to recognise a key, too little to use it
    Column("key_prefix", String(16), nullable=False),
    Column("label", String(128)),
    Column("key_plaintext", String(64)),  # NULL where a key is shown only once
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("last_used_at", UTCDateTime()),
    Column("revoked_at", UTCDateTime()),
    CheckConstraint("length(user_id) = 36", name="ck_user_api_key_user_id"),
    UniqueConstraint("key_hash", name="uq_user_api_key_key_hash"),
    Index("idx_user_api_key_user_id", "user_id"),
    Index("idx_user_api_key_key_prefix", "key_prefix"),
)

# An append-only ledger: a wrong row is answered by a compensating row. REPLACE deletes a row and
# does not wake the trigger that forbids it (unless recursive_triggers is ON): the third trigger
# stops it before, in every client. There is no rowid, by which REPLACE could name a row instead.
credit_history = Table(
    "credit_history",
    metadata,
    Column("id", UUIDText(), primary_key=True),
    Column(
        "user_id",
        UUIDText(),
        ForeignKey("user_account.id", name="fk_credit_history_user"),
        nullable=False,
    ),
    Column("delta", NUMERIC(18, 9), nullable=False),  # above zero bought, below zero used
    Column("reason", String(128), nullable=False),
    Column("source", String(32), nullable=False),
    Column("external_id", String(256)),
    Column("api_key_id", UUIDText()),  # outlives the key it names: no foreign key
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    CheckConstraint("length(user_id) = 36", name="ck_credit_history_user_id"),
    Index("idx_credit_history_user_id", "user_id", "created_at"),
    Index("idx_credit_history_api_key_id", "api_key_id"),
    sqlite_with_rowid=False,
)

after_create("""
CREATE TRIGGER IF NOT EXISTS credit_history_no_update BEFORE UPDATE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END
""")

after_create("""
CREATE TRIGGER IF NOT EXISTS credit_history_no_delete BEFORE DELETE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END
""")

after_create("""
CREATE TRIGGER IF NOT EXISTS credit_history_no_replace BEFORE INSERT ON credit_history
WHEN EXISTS (SELECT 1 FROM credit_history WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END
""")

# Accounts whose balance is not the sum of their ledger: empty, or something is wrong. NUMERIC is
# a double in SQLite, hence the tolerance.
after_create("""
CREATE VIEW IF NOT EXISTS credit_mismatch AS
SELECT a.id AS user_id, a.credits_balance AS balance, coalesce(sum(h.delta), 0) AS ledger
FROM user_account AS a
LEFT JOIN credit_history AS h ON h.user_id = a.id
GROUP BY a.id
HAVING abs(a.credits_balance - coalesce(sum(h.delta), 0)) > 0.000001
""")
before_drop('DROP VIEW IF EXISTS "credit_mismatch"')

payment_record = Table(
    "payment_record",
    metadata,
    Column("id", UUIDText(), primary_key=True),
    Column(
        "user_id",
        UUIDText(),
        ForeignKey("user_account.id", name="fk_payment_record_user"),
        nullable=False,
    ),
    Column("provider", EnumText(PaymentRecordProvider, words="VARCHAR(32)"), nullable=False),
    Column("provider_payment_id", String(256), nullable=False),
    Column("credits", NUMERIC(18, 9), nullable=False),
    Column("amount", Integer, nullable=False),  # in the smallest unit of the currency
    Column("currency", String(16), nullable=False),
    Column("status", String(32), nullable=False),
    Column("raw_payload", JSONText("JSON")),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    CheckConstraint("length(user_id) = 36", name="ck_payment_record_user_id"),
    CheckConstraint("provider IN ('stripe', 'telegram')", name="ck_payment_record_provider"),
    CheckConstraint(
        "raw_payload IS NULL OR json_valid(raw_payload)", name="ck_payment_record_payload"
    ),
    # A provider may report one payment several times; it is credited once.
    UniqueConstraint("provider", "provider_payment_id", name="uq_payment_record_payment"),
    Index("idx_payment_record_user_id", "user_id"),
)

# ----------------------------------------------------------------------------------- the agents

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column("provider", String, nullable=False, server_default="google"),
    Column("provider_user_id", String),
    # one address in two spellings is one user
    Column("email", String(collation="NOCASE"), nullable=False),
    Column("role", EnumText(UserRole, words="VARCHAR(5)"), nullable=False, server_default="USER"),
    Column("is_active", Boolean, nullable=False, server_default=text("1")),
    Column("display_name", String),
    Column("prefs", JSONText("JSON"), nullable=False, server_default="{}"),
    Column("last_login", UTCDateTime()),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("updated_at", UTCDateTime(), nullable=False, server_default=func.now()),
    CheckConstraint("role IN ('USER', 'ADMIN')", name="ck_users_role"),
    CheckConstraint("is_active IN (0, 1)", name="ck_users_active"),
    CheckConstraint("json_valid(prefs)", name="ck_users_prefs"),
    UniqueConstraint("email", name="uq_users_email"),
    Index("idx_users_provider_user_id", "provider_user_id"),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column("owner_id", Integer, ForeignKey("users.id", name="fk_agents_owner"), nullable=False),
    Column("name", String, nullable=False),
    Column(
        "status", EnumText(AgentStatus, words="VARCHAR(10)"), nullable=False, server_default="IDLE"
    ),
    Column("system_instructions", Text, nullable=False),
    Column("task_instructions", Text, nullable=False),
    # a cron expression; NULL alone means not scheduled, so '' is refused
    Column("schedule", String),
    Column("model", String, nullable=False),
    Column("config", JSONText("JSON")),
    Column("next_run_at", UTCDateTime()),
    Column("last_run_at", UTCDateTime()),
    Column("last_error", Text),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("updated_at", UTCDateTime(), nullable=False, server_default=func.now()),
    CheckConstraint(
        "status IN ('IDLE', 'RUNNING', 'PROCESSING', 'ERROR')", name="ck_agents_status"
    ),
    CheckConstraint("schedule IS NULL OR trim(schedule) <> ''", name="ck_agents_schedule"),
    CheckConstraint("config IS NULL OR json_valid(config)", name="ck_agents_config"),
    Index("idx_agents_owner_id", "owner_id"),
    # The scheduler asks again and again which scheduled agents are due.
    Index("idx_agents_scheduled", "next_run_at", sqlite_where=text("schedule IS NOT NULL")),
)

agent_threads = Table(
    "agent_threads",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column(
        "agent_id",
        Integer,
        ForeignKey("agents.id", name="fk_agent_threads_agent", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("title", String, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("1")),
    Column("agent_state", JSONText("JSON")),
    Column("memory_strategy", String, nullable=False, server_default="buffer"),
    Column(
        "thread_type",
        EnumText(AgentThreadThreadType, words="VARCHAR(9)"),
        nullable=False,
        server_default="CHAT",
    ),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("updated_at", UTCDateTime(), nullable=False, server_default=func.now()),
    CheckConstraint("active IN (0, 1)", name="ck_agent_threads_active"),
    CheckConstraint(
        "agent_state IS NULL OR json_valid(agent_state)", name="ck_agent_threads_state"
    ),
    CheckConstraint(
        "thread_type IN ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')", name="ck_agent_threads_type"
    ),
    Index("idx_agent_threads_agent_id", "agent_id"),
    # An agent speaks in one thread at a time.
    Index("uq_agent_threads_one_active", "agent_id", unique=True, sqlite_where=text("active = 1")),
)

thread_messages = Table(
    "thread_messages",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column(
        "thread_id",
        Integer,
        ForeignKey("agent_threads.id", name="fk_thread_messages_thread", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("role", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("tool_calls", JSONText("JSON")),
    Column("tool_call_id", String),
    Column("name", String),
    Column("sent_at", UTCDateTime(), nullable=False, server_default=func.now()),
    Column("processed", Boolean, nullable=False, server_default=text("0")),
    Column("message_metadata", JSONText("JSON")),
    Column(
        "parent_id", Integer, ForeignKey("thread_messages.id", name="fk_thread_messages_parent")
    ),
    CheckConstraint(
        "tool_calls IS NULL OR json_valid(tool_calls)", name="ck_thread_messages_calls"
    ),
    CheckConstraint("processed IN (0, 1)", name="ck_thread_messages_processed"),
    CheckConstraint(
        "message_metadata IS NULL OR json_valid(message_metadata)",
        name="ck_thread_messages_metadata",
    ),
    # Every index ends with the rowid, so this one also gives a thread in the order of id.
    Index("idx_thread_messages_thread_id", "thread_id"),
    Index("idx_thread_messages_parent_id", "parent_id"),
)

# What is said to an agent outside any thread.
agent_messages = Table(
    "agent_messages",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column(
        "agent_id",
        Integer,
        ForeignKey("agents.id", name="fk_agent_messages_agent", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("role", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("timestamp", UTCDateTime(), nullable=False, server_default=func.now()),
    Index("idx_agent_messages_agent_id", "agent_id"),
)

# What wakes an agent from outside; whoever knows the secret may fire it.
triggers = Table(
    "triggers",
    metadata,
    Column("id", Integer, primary_key=True, nullable=True),
    Column(
        "agent_id",
        Integer,
        ForeignKey("agents.id", name="fk_triggers_agent", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("type", String, nullable=False, server_default="webhook"),
    Column("secret", String, nullable=False),
    Column("config", JSONText("JSON")),
    Column("created_at", UTCDateTime(), nullable=False, server_default=func.now()),
    CheckConstraint("config IS NULL OR json_valid(config)", name="ck_triggers_config"),
    UniqueConstraint("secret", name="uq_triggers_secret"),
    Index("idx_triggers_agent_id", "agent_id"),
)
