"""``schema.sql`` as SQLAlchemy Core: the tables of all three services in one MetaData."""

from sqlalchemy import (
    CHAR,
    DDL,
    JSON,
    NUMERIC,
    TIMESTAMP,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
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
    text,
)

metadata = MetaData()

NOW = text("CURRENT_TIMESTAMP")


def rowid(name: str) -> Column[int]:
    """Give the column that is SQLite's rowid; it is never NULL, so NOT NULL goes without saying."""
    return Column(name, Integer, primary_key=True, nullable=True)


def after_create(statement: str) -> None:
    """Let ``metadata.create_all()`` end with a statement that Core has no words for."""
    event.listen(metadata, "after_create", DDL(statement))  # type: ignore[no-untyped-call]


def before_drop(statement: str) -> None:
    """Let ``metadata.drop_all()`` begin with ``statement``."""
    event.listen(metadata, "before_drop", DDL(statement))  # type: ignore[no-untyped-call]


# ---------------------------------------------------------------------------------- the task runner

tasks = Table(
    "tasks",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("task_type", Text, nullable=False),
    Column("task_name", Text),
    Column("description", Text),
    Column("status", Text, nullable=False, server_default=text("'PENDING'")),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("created_at", TIMESTAMP, nullable=False, server_default=NOW),
    Column("updated_at", TIMESTAMP, nullable=False, server_default=NOW),
    Column("started_at", TIMESTAMP),
    Column("finished_at", TIMESTAMP),
    Column("submitted_configs", Text, nullable=False),  # JSON as text
    Column("error_info", Text),  # JSON as text
    Column("result_summary", Text),  # JSON as text
    Column("execution_details", Text),  # JSON as text
    Column("progress_details", Text),  # JSON as text
    Column("created_by", Text, nullable=False),
    Column("notification_config", Text),  # JSON as text
    Column("tags", Text),  # JSON array as text
    Column("active", Boolean, nullable=False, server_default=text("1")),
    Column("expires_at", TIMESTAMP),
    CheckConstraint(
        "status IN ('PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING', "
        "'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED')",
        name="valid_task_status",
    ),
    Index("idx_tasks_status", "status", sqlite_where=text("active = 1")),
    Index("idx_tasks_task_type", "task_type", sqlite_where=text("active = 1")),
    Index("idx_tasks_created_at", "created_at"),
    Index("idx_tasks_created_by", "created_by"),
    Index("idx_tasks_expires_at", "expires_at"),
)

task_events = Table(
    "task_events",
    metadata,
    rowid("event_id"),
    Column(
        "task_id", Text, ForeignKey("tasks.task_id", name="fk_task_events_task"), nullable=False
    ),
    Column("event_type", Text, nullable=False),
    Column("event_data", Text),  # JSON as text
    Column("previous_status", Text),
    Column("new_status", Text),
    Column("timestamp", TIMESTAMP, nullable=False, server_default=NOW),
    Column("actor", Text),
    Index("idx_task_events_task_id", "task_id"),
    Index("idx_task_events_timestamp", "timestamp"),
    Index("idx_task_events_event_type", "event_type"),
    sqlite_autoincrement=True,
)

variables = Table(
    "variables",
    metadata,
    Column("name", Text, primary_key=True),
    Column("encrypted_value", Text, nullable=False),
    Column("description", Text),
    Column("created_at", TIMESTAMP, nullable=False, server_default=NOW),
    Column("updated_at", TIMESTAMP, nullable=False, server_default=NOW),
    Column("created_by", Text, nullable=False),
)

data_sources = Table(
    "data_sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("host", Text),
    Column("port", Integer),
    Column("database", Text, nullable=False),
    Column("encrypted_user", Text),
    Column("encrypted_password", Text),
    Column("query_timeout", Text, nullable=False, server_default=text("'30s'")),
    Column("extra_params", Text),  # JSON as text
    Column("created_at", TIMESTAMP, nullable=False, server_default=NOW),
    Column("updated_at", TIMESTAMP, nullable=False, server_default=NOW),
    Column("created_by", Text, nullable=False),
    CheckConstraint(
        "extra_params IS NULL OR json_valid(extra_params)", name="ck_data_sources_extra_params"
    ),
    Index("idx_data_sources_kind", "kind"),
)

after_create("""
CREATE VIEW IF NOT EXISTS active_tasks AS
SELECT task_id, task_type, task_name, status, priority, created_by, created_at, started_at
FROM tasks
WHERE active = 1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')
""")
before_drop("DROP VIEW IF EXISTS active_tasks")

# -------------------------------------------------------------------------------------- the planner

plans = Table(
    "plans",
    metadata,
    Column("id", CHAR(36), primary_key=True),
    Column("timestamp_created", DateTime, nullable=False, server_default=NOW),
    Column("state", String(10), nullable=False, server_default=text("'pending'")),
    Column("prompt", Text),
    Column("progress_percentage", NUMERIC(5, 2), nullable=False, server_default=text("0")),
    Column("progress_message", String(128)),
    Column("steps_completed", Integer),
    Column("steps_total", Integer),
    Column("current_step", String(128)),
    Column("last_seen_timestamp", DateTime),
    Column("last_progress_at", DateTime),
    Column("stop_requested", Boolean, nullable=False, server_default=text("0")),
    Column("stop_requested_timestamp", DateTime),
    Column("user_id", String(256)),
    Column("api_key_id", CHAR(36)),
    Column("parameters", JSON),
    Column("generated_report_html", Text),
    Column("run_zip_snapshot", LargeBinary),
    Column("run_track_activity_jsonl", Text),
    Column("run_track_activity_bytes", Integer),
    Column("run_activity_overview_json", JSON),
    Column("run_artifact_layout_version", Integer),
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
    Index("idx_plans_pending", "timestamp_created", sqlite_where=text("state = 'pending'")),
    Index("idx_plans_user_id", "user_id", "timestamp_created"),
    Index("idx_plans_api_key_id", "api_key_id"),
)

events = Table(
    "events",
    metadata,
    rowid("id"),
    Column("timestamp", DateTime, nullable=False, server_default=NOW),
    Column("event_type", String(15), nullable=False),
    Column("message", Text, nullable=False),
    Column("context", JSON),
    CheckConstraint(
        "event_type IN ('GENERIC_ERROR', 'GENERIC_EVENT', "
        "'TASK_PENDING', 'TASK_PROCESSING', 'TASK_FAILED', 'TASK_COMPLETED')",
        name="ck_events_event_type",
    ),
    CheckConstraint("context IS NULL OR json_valid(context)", name="ck_events_context"),
    Index("idx_events_timestamp", "timestamp"),
    Index("idx_events_event_type", "event_type"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("started_at", DateTime, nullable=False, server_default=NOW),
    Column("last_heartbeat_at", DateTime, nullable=False, server_default=NOW),
    Column(
        "current_task_id",
        CHAR(36),
        ForeignKey("plans.id", name="fk_workers_plan", ondelete="SET NULL"),
    ),
    Index("idx_workers_last_heartbeat_at", "last_heartbeat_at"),
    Index("idx_workers_current_task_id", "current_task_id"),
)

nonces = Table(
    "nonces",
    metadata,
    rowid("id"),
    Column("nonce_key", String(255), nullable=False),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Column("last_accessed_at", DateTime, nullable=False, server_default=NOW),
    Column("request_count", Integer, nullable=False, server_default=text("1")),
    Column("context", JSON),
    UniqueConstraint("nonce_key", name="uq_nonces_nonce_key"),
    CheckConstraint("request_count >= 1", name="ck_nonces_request_count"),
    CheckConstraint("context IS NULL OR json_valid(context)", name="ck_nonces_context"),
    Index("idx_nonces_created_at", "created_at"),
    Index("idx_nonces_last_accessed_at", "last_accessed_at"),
)

user_account = Table(
    "user_account",
    metadata,
    Column("id", CHAR(36), primary_key=True),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Column("updated_at", DateTime, nullable=False, server_default=NOW),
    Column("email", String(256, collation="NOCASE")),
    Column("name", String(256)),
    Column("avatar_url", String(512)),
    Column("is_admin", Boolean, nullable=False, server_default=text("0")),
    Column("free_plan_used", Boolean, nullable=False, server_default=text("0")),
    Column("credits_balance", NUMERIC(18, 9), nullable=False, server_default=text("0")),
    Column("last_login_at", DateTime),
    CheckConstraint("length(id) = 36", name="ck_user_account_id"),
    CheckConstraint("is_admin IN (0, 1)", name="ck_user_account_admin"),
    CheckConstraint("free_plan_used IN (0, 1)", name="ck_user_account_free_plan"),
    Index("idx_user_account_email", "email"),
)

user_provider = Table(
    "user_provider",
    metadata,
    Column("id", CHAR(36), primary_key=True),
    Column(
        "user_id",
        CHAR(36),
        ForeignKey("user_account.id", name="fk_user_provider_user", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("provider", String(32), nullable=False),
    Column("provider_user_id", String(256), nullable=False),
    Column("email", String(256, collation="NOCASE")),
    Column("raw_profile", JSON),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Column("last_login_at", DateTime),
    UniqueConstraint("provider", "provider_user_id", name="uq_user_provider_identity"),
    CheckConstraint(
        "raw_profile IS NULL OR json_valid(raw_profile)", name="ck_user_provider_profile"
    ),
    Index("idx_user_provider_user_id", "user_id"),
)

user_api_key = Table(
    "user_api_key",
    metadata,
    Column("id", CHAR(36), primary_key=True),
    Column(
        "user_id",
        CHAR(36),
        ForeignKey("user_account.id", name="fk_user_api_key_user", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("key_hash", String(128), nullable=False),
    Column("key_prefix", String(16), nullable=False),
    Column("label", String(128)),
    Column("key_plaintext", String(64)),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Column("last_used_at", DateTime),
    Column("revoked_at", DateTime),
    UniqueConstraint("key_hash", name="uq_user_api_key_key_hash"),
    Index("idx_user_api_key_user_id", "user_id"),
    Index("idx_user_api_key_key_prefix", "key_prefix"),
)

credit_history = Table(
    "credit_history",
    metadata,
    Column("id", CHAR(36), primary_key=True),
    Column(
        "user_id",
        CHAR(36),
        ForeignKey("user_account.id", name="fk_credit_history_user"),
        nullable=False,
    ),
    Column("delta", NUMERIC(18, 9), nullable=False),
    Column("reason", String(128), nullable=False),
    Column("source", String(32), nullable=False),
    Column("external_id", String(256)),
    Column("api_key_id", CHAR(36)),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Index("idx_credit_history_user_id", "user_id", "created_at"),
    Index("idx_credit_history_api_key_id", "api_key_id"),
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
CREATE VIEW IF NOT EXISTS credit_mismatch AS
SELECT a.id AS user_id, a.credits_balance AS balance, coalesce(sum(h.delta), 0) AS ledger
FROM user_account AS a
LEFT JOIN credit_history AS h ON h.user_id = a.id
GROUP BY a.id
HAVING abs(a.credits_balance - coalesce(sum(h.delta), 0)) > 0.000001
""")
before_drop("DROP VIEW IF EXISTS credit_mismatch")

payment_record = Table(
    "payment_record",
    metadata,
    Column("id", CHAR(36), primary_key=True),
    Column(
        "user_id",
        CHAR(36),
        ForeignKey("user_account.id", name="fk_payment_record_user"),
        nullable=False,
    ),
    Column("provider", String(32), nullable=False),
    Column("provider_payment_id", String(256), nullable=False),
    Column("credits", NUMERIC(18, 9), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("currency", String(16), nullable=False),
    Column("status", String(32), nullable=False),
    Column("raw_payload", JSON),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    UniqueConstraint("provider", "provider_payment_id", name="uq_payment_record_payment"),
    CheckConstraint("provider IN ('stripe', 'telegram')", name="ck_payment_record_provider"),
    CheckConstraint(
        "raw_payload IS NULL OR json_valid(raw_payload)", name="ck_payment_record_payload"
    ),
    Index("idx_payment_record_user_id", "user_id"),
)

# --------------------------------------------------------------------------------------- the agents

users = Table(
    "users",
    metadata,
    rowid("id"),
    Column("provider", String, nullable=False, server_default=text("'google'")),
    Column("provider_user_id", String),
    Column("email", String(collation="NOCASE"), nullable=False),
    Column("role", String(5), nullable=False, server_default=text("'USER'")),
    Column("is_active", Boolean, nullable=False, server_default=text("1")),
    Column("display_name", String),
    Column("prefs", JSON, nullable=False, server_default=text("'{}'")),
    Column("last_login", DateTime),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Column("updated_at", DateTime, nullable=False, server_default=NOW),
    UniqueConstraint("email", name="uq_users_email"),
    CheckConstraint("role IN ('USER', 'ADMIN')", name="ck_users_role"),
    CheckConstraint("is_active IN (0, 1)", name="ck_users_active"),
    CheckConstraint("json_valid(prefs)", name="ck_users_prefs"),
    Index("idx_users_provider_user_id", "provider_user_id"),
)

agents = Table(
    "agents",
    metadata,
    rowid("id"),
    Column("owner_id", Integer, ForeignKey("users.id", name="fk_agents_owner"), nullable=False),
    Column("name", String, nullable=False),
    Column("status", String(10), nullable=False, server_default=text("'IDLE'")),
    Column("system_instructions", Text, nullable=False),
    Column("task_instructions", Text, nullable=False),
    Column("schedule", String),  # a cron expression, or NULL: not scheduled
    Column("model", String, nullable=False),
    Column("config", JSON),
    Column("next_run_at", DateTime),
    Column("last_run_at", DateTime),
    Column("last_error", Text),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Column("updated_at", DateTime, nullable=False, server_default=NOW),
    CheckConstraint(
        "status IN ('IDLE', 'RUNNING', 'PROCESSING', 'ERROR')", name="ck_agents_status"
    ),
    CheckConstraint("schedule IS NULL OR trim(schedule) <> ''", name="ck_agents_schedule"),
    CheckConstraint("config IS NULL OR json_valid(config)", name="ck_agents_config"),
    Index("idx_agents_owner_id", "owner_id"),
    Index("idx_agents_scheduled", "next_run_at", sqlite_where=text("schedule IS NOT NULL")),
)

agent_threads = Table(
    "agent_threads",
    metadata,
    rowid("id"),
    Column(
        "agent_id",
        Integer,
        ForeignKey("agents.id", name="fk_agent_threads_agent", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("title", String, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("1")),
    Column("agent_state", JSON),
    Column("memory_strategy", String, nullable=False, server_default=text("'buffer'")),
    Column("thread_type", String(9), nullable=False, server_default=text("'CHAT'")),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    Column("updated_at", DateTime, nullable=False, server_default=NOW),
    CheckConstraint("active IN (0, 1)", name="ck_agent_threads_active"),
    CheckConstraint(
        "agent_state IS NULL OR json_valid(agent_state)", name="ck_agent_threads_state"
    ),
    CheckConstraint(
        "thread_type IN ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')", name="ck_agent_threads_type"
    ),
    Index("idx_agent_threads_agent_id", "agent_id"),
    Index("uq_agent_threads_one_active", "agent_id", unique=True, sqlite_where=text("active = 1")),
)

thread_messages = Table(
    "thread_messages",
    metadata,
    rowid("id"),
    Column(
        "thread_id",
        Integer,
        ForeignKey("agent_threads.id", name="fk_thread_messages_thread", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("role", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("tool_calls", JSON),
    Column("tool_call_id", String),
    Column("name", String),
    Column("sent_at", DateTime, nullable=False, server_default=NOW),
    Column("processed", Boolean, nullable=False, server_default=text("0")),
    Column("message_metadata", JSON),
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
    Index("idx_thread_messages_thread_id", "thread_id"),
    Index("idx_thread_messages_parent_id", "parent_id"),
)

agent_messages = Table(
    "agent_messages",
    metadata,
    rowid("id"),
    Column(
        "agent_id",
        Integer,
        ForeignKey("agents.id", name="fk_agent_messages_agent", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("role", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("timestamp", DateTime, nullable=False, server_default=NOW),
    Index("idx_agent_messages_agent_id", "agent_id"),
)

triggers = Table(
    "triggers",
    metadata,
    rowid("id"),
    Column(
        "agent_id",
        Integer,
        ForeignKey("agents.id", name="fk_triggers_agent", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("type", String, nullable=False, server_default=text("'webhook'")),
    Column("secret", String, nullable=False),
    Column("config", JSON),
    Column("created_at", DateTime, nullable=False, server_default=NOW),
    UniqueConstraint("secret", name="uq_triggers_secret"),
    CheckConstraint("config IS NULL OR json_valid(config)", name="ck_triggers_config"),
    Index("idx_triggers_agent_id", "agent_id"),
)
