"""Tasks in one style: keys that are not NULL, rules that have names.

A TEXT key may be NULL unless that is said; a rule without a name cannot be told by one.

- changes column tasks.task_id: NOT NULL
- drops check tasks.check(status)
- drops foreign key task_events.foreign key(task_id)
- drops index idx_data_sources_name
- adds check tasks.valid_task_status
- adds foreign key task_events.fk_task_events_task
- table tasks is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, a check in
  place
- table task_events is rebuilt: SQLite 3.40 cannot change a foreign key in place

Revision ID: 5d0c82e1a947
Revises: 9f41c6d07b28
Create Date: 2026-04-28 10:26:13
"""

from alembic import op

revision = "5d0c82e1a947"
down_revision = "9f41c6d07b28"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP INDEX idx_data_sources_name")

    # Rows may refuse: tasks.task_id NOT NULL.
    # In SQL, for batch mode cannot say it: tasks.check(status) has no name by which it
    # could be dropped.
    op.execute("ALTER TABLE tasks RENAME TO _plumb_tasks")
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
    expires_at TIMESTAMP,             -- NULL: may run as long as it likes
    CONSTRAINT valid_task_status CHECK (status IN (
        'PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING',
        'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'
    ))
)""")
    op.execute("""
INSERT OR ABORT INTO tasks (rowid, task_id, task_type, task_name,
    description, status, priority, created_at, updated_at, started_at,
    finished_at, submitted_configs, error_info, result_summary,
    execution_details, progress_details, created_by, notification_config,
    tags, active, expires_at)
SELECT rowid, task_id, task_type, task_name, description, status,
    priority, created_at, updated_at, started_at, finished_at,
    submitted_configs, error_info, result_summary, execution_details,
    progress_details, created_by, notification_config, tags, active,
    expires_at
FROM _plumb_tasks""")
    op.execute("DROP TABLE _plumb_tasks")

    # Rows may refuse: task_events.fk_task_events_task REFERENCES tasks.
    # In SQL, for batch mode cannot say it: task_events.foreign key(task_id) has no name
    # by which it could be dropped.
    op.execute("ALTER TABLE task_events RENAME TO _plumb_task_events")
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
    op.execute("""
INSERT OR ABORT INTO task_events (event_id, task_id, event_type,
    event_data, previous_status, new_status, timestamp, actor)
SELECT event_id, task_id, event_type, event_data, previous_status,
    new_status, timestamp, actor
FROM _plumb_task_events""")
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'task_events'")
    op.execute("""
UPDATE sqlite_sequence SET name = 'task_events' WHERE name = '_plumb_task_events'""")
    op.execute("DROP TABLE _plumb_task_events")

    op.execute("CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_created_at ON tasks (created_at)")
    op.execute("CREATE INDEX idx_tasks_created_by ON tasks (created_by)")
    op.execute("CREATE INDEX idx_tasks_expires_at ON tasks (expires_at)")
    op.execute("CREATE INDEX idx_task_events_task_id ON task_events (task_id)")
    op.execute("CREATE INDEX idx_task_events_timestamp ON task_events (timestamp)")
    op.execute("CREATE INDEX idx_task_events_event_type ON task_events (event_type)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    # In SQL, for batch mode cannot say it: tasks.check(status) comes without a name,
    # which a naming convention would give it.
    op.execute("ALTER TABLE tasks RENAME TO _plumb_tasks")
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
    active BOOLEAN NOT NULL DEFAULT 1, expires_at TIMESTAMP,
    CHECK (status IN (
        'PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING',
        'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'
    ))
)""")
    op.execute("""
INSERT OR ABORT INTO tasks (rowid, task_id, task_type, task_name,
    description, status, priority, created_at, updated_at, started_at,
    finished_at, submitted_configs, error_info, result_summary,
    execution_details, progress_details, created_by, notification_config,
    tags, active, expires_at)
SELECT rowid, task_id, task_type, task_name, description, status,
    priority, created_at, updated_at, started_at, finished_at,
    submitted_configs, error_info, result_summary, execution_details,
    progress_details, created_by, notification_config, tags, active,
    expires_at
FROM _plumb_tasks""")
    op.execute("DROP TABLE _plumb_tasks")

    # Rows may refuse: task_events.foreign key(task_id) REFERENCES tasks.
    # In SQL, for batch mode cannot say it: task_events.foreign key(task_id) comes
    # without a name, which a naming convention would give it.
    op.execute("ALTER TABLE task_events RENAME TO _plumb_task_events")
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
    op.execute("""
INSERT OR ABORT INTO task_events (event_id, task_id, event_type,
    event_data, previous_status, new_status, timestamp, actor)
SELECT event_id, task_id, event_type, event_data, previous_status,
    new_status, timestamp, actor
FROM _plumb_task_events""")
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'task_events'")
    op.execute("""
UPDATE sqlite_sequence SET name = 'task_events' WHERE name = '_plumb_task_events'""")
    op.execute("DROP TABLE _plumb_task_events")

    op.execute("CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_created_at ON tasks (created_at)")
    op.execute("CREATE INDEX idx_tasks_created_by ON tasks (created_by)")
    op.execute("CREATE INDEX idx_tasks_expires_at ON tasks (expires_at)")
    op.execute("CREATE INDEX idx_task_events_task_id ON task_events (task_id)")
    op.execute("CREATE INDEX idx_task_events_timestamp ON task_events (timestamp)")
    op.execute("CREATE INDEX idx_task_events_event_type ON task_events (event_type)")
    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")

    op.execute("PRAGMA legacy_alter_table = OFF")


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
