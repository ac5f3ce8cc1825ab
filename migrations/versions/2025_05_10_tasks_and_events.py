"""Tasks and their events.

ResinKit, in the words of its system design. What was installed then had lost AUTOINCREMENT and
spelled its types otherwise; `sqlplumb adopt` is for such a database.

- adds table tasks
- adds index idx_tasks_status
- adds index idx_tasks_task_type
- adds index idx_tasks_created_at
- adds index idx_tasks_created_by
- adds table task_events
- adds index idx_task_events_task_id
- adds index idx_task_events_timestamp
- adds index idx_task_events_event_type

Revision ID: a53a22092259
Revises: 6494aab4
Create Date: 2025-05-10 09:20:11
"""

from alembic import op

revision = "a53a22092259"
down_revision = "6494aab4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE tasks (
    task_id TEXT PRIMARY KEY,
    task_type TEXT NOT NULL,
    task_name TEXT,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'PENDING',
    priority INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    started_at TIMESTAMP,
    finished_at TIMESTAMP,
    submitted_configs TEXT NOT NULL,  -- JSON as text
    error_info TEXT,                  -- JSON as text
    result_summary TEXT,              -- JSON as text
    execution_details TEXT,           -- JSON as text
    progress_details TEXT,            -- JSON as text
    created_by TEXT NOT NULL,
    notification_config TEXT,         -- JSON as text
    tags TEXT,                        -- JSON array as text
    active BOOLEAN NOT NULL DEFAULT 1,
    CHECK (status IN (
        'PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING',
        'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'
    ))
)""")

    op.execute("""
CREATE TABLE task_events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_data TEXT,                  -- JSON as text
    previous_status TEXT,
    new_status TEXT,
    timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    actor TEXT,
    FOREIGN KEY (task_id) REFERENCES tasks (task_id)
)""")

    op.execute("CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_created_at ON tasks (created_at)")
    op.execute("CREATE INDEX idx_tasks_created_by ON tasks (created_by)")
    op.execute("CREATE INDEX idx_task_events_task_id ON task_events (task_id)")
    op.execute("CREATE INDEX idx_task_events_timestamp ON task_events (timestamp)")
    op.execute("CREATE INDEX idx_task_events_event_type ON task_events (event_type)")


def downgrade() -> None:
    require_foreign_keys_off()

    # Loses table tasks and all its rows.
    op.execute("DROP TABLE tasks")
    # Loses table task_events and all its rows.
    op.execute("DROP TABLE task_events")


def require_foreign_keys_off() -> None:
    """With foreign keys on, DROP TABLE deletes the rows that refer to the table.

    Inside a transaction nothing can turn them off: let env.py say PRAGMA foreign_keys = OFF before
    it begins one.
    """
    op.execute("PRAGMA foreign_keys = OFF")
    op.execute("""
CREATE TEMP TABLE _plumb_guard (
    foreign_keys CONSTRAINT foreign_keys_are_off CHECK (foreign_keys = 0)
)""")
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT foreign_keys FROM pragma_foreign_keys""")
    op.execute("DROP TABLE temp._plumb_guard")
