"""Tasks and their events.

Revision ID: 1c7f3a9e5b20
Revises:
Create Date: 2025-05-10 10:20:41
"""

from alembic import op

revision = "1c7f3a9e5b20"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE tasks (
    task_id TEXT NOT NULL PRIMARY KEY,  -- said here and below: only an INTEGER key implies NOT NULL
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
    CONSTRAINT valid_task_status CHECK (status IN (
        'PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING',
        'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'
    ))
)""")
    op.execute("CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_created_at ON tasks (created_at)")
    op.execute("CREATE INDEX idx_tasks_created_by ON tasks (created_by)")

    op.execute("""
CREATE TABLE task_events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: readers go on from the last seen
    task_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_data TEXT,                  -- JSON as text
    previous_status TEXT,
    new_status TEXT,
    timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    actor TEXT,
    CONSTRAINT fk_task_events_task FOREIGN KEY (task_id) REFERENCES tasks (task_id)
)""")
    op.execute("CREATE INDEX idx_task_events_task_id ON task_events (task_id)")
    op.execute("CREATE INDEX idx_task_events_timestamp ON task_events (timestamp)")
    op.execute("CREATE INDEX idx_task_events_event_type ON task_events (event_type)")


def downgrade() -> None:
    op.execute("DROP TABLE task_events")
    op.execute("DROP TABLE tasks")
