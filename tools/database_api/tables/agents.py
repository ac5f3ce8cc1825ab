"""The agents: who owns them, what wakes them, and what was said."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from database_api.tables.base import NOW, metadata, rowid

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
    Column(
        "parent_id", Integer, ForeignKey("thread_messages.id", name="fk_thread_messages_parent")
    ),
    CheckConstraint(
        "tool_calls IS NULL OR json_valid(tool_calls)", name="ck_thread_messages_calls"
    ),
    CheckConstraint("processed IN (0, 1)", name="ck_thread_messages_processed"),
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
