"""Task items, events, workers and nonces of the planner.

PlanExe, as it was at the end of 2025. Ids are UUIDs of 32 digits, but workers.current_task_id
spells them with dashes, so that a join finds nothing. Every default lived in Python.

- adds table task_item
- adds table events
- adds index ix_events_timestamp
- adds index ix_events_event_type
- adds table workers
- adds index ix_workers_last_heartbeat_at
- adds index ix_workers_current_task_id
- adds table nonces
- adds index ix_nonces_nonce_key
- adds index ix_nonces_created_at
- adds index ix_nonces_last_accessed_at

Revision ID: bd3bf891
Revises: 441d022a
Create Date: 2025-12-26 12:40:15
"""

from alembic import op

revision = "bd3bf891"
down_revision = "441d022a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE task_item (
    id CHAR(32) NOT NULL,
    timestamp_created DATETIME,
    state VARCHAR(10),
    prompt TEXT,
    progress_percentage NUMERIC(5, 2),
    progress_message VARCHAR(128),
    last_seen_timestamp DATETIME,
    user_id VARCHAR(256),
    parameters JSON,
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE events (
    id INTEGER NOT NULL,
    timestamp DATETIME NOT NULL,
    event_type VARCHAR(15) NOT NULL,
    message TEXT NOT NULL,
    context JSON,
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE workers (
    id VARCHAR(255) NOT NULL,
    started_at DATETIME NOT NULL,
    last_heartbeat_at DATETIME NOT NULL,
    current_task_id VARCHAR(255),
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE nonces (
    id INTEGER NOT NULL,
    nonce_key VARCHAR(255) NOT NULL,
    created_at DATETIME NOT NULL,
    last_accessed_at DATETIME NOT NULL,
    request_count INTEGER NOT NULL,
    context JSON,
    PRIMARY KEY (id)
)""")

    op.execute("CREATE INDEX ix_events_timestamp ON events (timestamp)")
    op.execute("CREATE INDEX ix_events_event_type ON events (event_type)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")
    op.execute("CREATE UNIQUE INDEX ix_nonces_nonce_key ON nonces (nonce_key)")
    op.execute("CREATE INDEX ix_nonces_created_at ON nonces (created_at)")
    op.execute("CREATE INDEX ix_nonces_last_accessed_at ON nonces (last_accessed_at)")


def downgrade() -> None:
    require_foreign_keys_off()

    # Loses table task_item and all its rows.
    op.execute("DROP TABLE task_item")
    # Loses table events and all its rows.
    op.execute("DROP TABLE events")
    # Loses table workers and all its rows.
    op.execute("DROP TABLE workers")
    # Loses table nonces and all its rows.
    op.execute("DROP TABLE nonces")


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
