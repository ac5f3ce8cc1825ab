"""The task runner: tasks and what happened to them."""

from sqlalchemy import (
    TIMESTAMP,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from database_api.tables.base import NOW, after_create, before_drop, metadata, rowid

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
    CheckConstraint(
        "status IN ('PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING', "
        "'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED')",
        name="valid_task_status",
    ),
    CheckConstraint("json_valid(submitted_configs)", name="ck_tasks_submitted_configs"),
    CheckConstraint("error_info IS NULL OR json_valid(error_info)", name="ck_tasks_error_info"),
    CheckConstraint("result_summary IS NULL OR json_valid(result_summary)", name="ck_tasks_result"),
    CheckConstraint(
        "execution_details IS NULL OR json_valid(execution_details)", name="ck_tasks_execution"
    ),
    CheckConstraint(
        "progress_details IS NULL OR json_valid(progress_details)", name="ck_tasks_progress"
    ),
    CheckConstraint(
        "notification_config IS NULL OR json_valid(notification_config)",
        name="ck_tasks_notification",
    ),
    CheckConstraint(
        "tags IS NULL OR (json_valid(tags) AND json_type(tags) = 'array')", name="ck_tasks_tags"
    ),
    CheckConstraint("active IN (0, 1)", name="ck_tasks_active"),
    Index("idx_tasks_status", "status", sqlite_where=text("active = 1")),
    Index("idx_tasks_task_type", "task_type", sqlite_where=text("active = 1")),
    Index("idx_tasks_created_at", "created_at"),
    Index("idx_tasks_created_by", "created_by"),
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
    CheckConstraint("event_data IS NULL OR json_valid(event_data)", name="ck_task_events_data"),
    Index("idx_task_events_task_id", "task_id"),
    Index("idx_task_events_timestamp", "timestamp"),
    Index("idx_task_events_event_type", "event_type"),
    sqlite_autoincrement=True,
)

after_create("""
CREATE VIEW IF NOT EXISTS active_tasks AS
SELECT task_id, task_type, task_name, status, priority, created_by, created_at, started_at
FROM tasks
WHERE active = 1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')
""")
before_drop("DROP VIEW IF EXISTS active_tasks")
