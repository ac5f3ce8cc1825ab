"""The planner: plans, the workers that make them, and the accounts that pay for them."""

from sqlalchemy import (
    CHAR,
    JSON,
    NUMERIC,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from database_api.tables.base import NOW, after_create, before_drop, metadata, rowid

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
    Column("failure_reason", String(64)),
    Column("error_message", String(256)),
    CheckConstraint("length(id) = 36", name="ck_plans_id"),
    CheckConstraint(
        "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
        name="ck_plans_state",
    ),
    CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_plans_progress"),
    CheckConstraint("stop_requested IN (0, 1)", name="ck_plans_stop_requested"),
    CheckConstraint("parameters IS NULL OR json_valid(parameters)", name="ck_plans_parameters"),
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
