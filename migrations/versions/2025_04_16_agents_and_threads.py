"""Agents, their threads and messages, and what triggers them.

Zerg, as it was in April 2025. Every default lived in Python, which is why nothing has one here
but the times; the indexes on primary keys came of index=True and are of no use.

- adds table agents
- adds index ix_agents_id
- adds table agent_messages
- adds index ix_agent_messages_id
- adds table agent_threads
- adds index ix_agent_threads_id
- adds table thread_messages
- adds index ix_thread_messages_id
- adds table triggers
- adds index ix_triggers_id
- adds index ix_triggers_secret

Revision ID: 4ec412bb
Revises:
Create Date: 2025-04-16 10:12:40
"""

from alembic import op

revision = "4ec412bb"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE agents (
    id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    status VARCHAR,
    system_instructions TEXT NOT NULL,
    task_instructions TEXT NOT NULL,
    schedule VARCHAR,
    model VARCHAR NOT NULL,
    config JSON,
    next_run_at DATETIME,
    last_run_at DATETIME,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    run_on_schedule BOOLEAN NOT NULL,
    last_error TEXT,
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE agent_messages (
    id INTEGER NOT NULL,
    agent_id INTEGER,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    timestamp DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
)""")

    op.execute("""
CREATE TABLE agent_threads (
    id INTEGER NOT NULL,
    agent_id INTEGER,
    title VARCHAR NOT NULL,
    active BOOLEAN,
    agent_state JSON,
    memory_strategy VARCHAR,
    thread_type VARCHAR NOT NULL,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
)""")

    op.execute("""
CREATE TABLE thread_messages (
    id INTEGER NOT NULL,
    thread_id INTEGER,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    tool_calls JSON,
    tool_call_id VARCHAR,
    name VARCHAR,
    timestamp DATETIME DEFAULT (CURRENT_TIMESTAMP),
    processed BOOLEAN NOT NULL,
    message_metadata JSON,
    parent_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (thread_id) REFERENCES agent_threads (id),
    FOREIGN KEY (parent_id) REFERENCES thread_messages (id)
)""")

    op.execute("""
CREATE TABLE triggers (
    id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    type VARCHAR NOT NULL,
    secret VARCHAR NOT NULL,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
)""")

    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agent_messages_id ON agent_messages (id)")
    op.execute("CREATE INDEX ix_agent_threads_id ON agent_threads (id)")
    op.execute("CREATE INDEX ix_thread_messages_id ON thread_messages (id)")
    op.execute("CREATE INDEX ix_triggers_id ON triggers (id)")
    op.execute("CREATE UNIQUE INDEX ix_triggers_secret ON triggers (secret)")


def downgrade() -> None:
    require_foreign_keys_off()

    # Loses table agents and all its rows.
    op.execute("DROP TABLE agents")
    # Loses table agent_messages and all its rows.
    op.execute("DROP TABLE agent_messages")
    # Loses table agent_threads and all its rows.
    op.execute("DROP TABLE agent_threads")
    # Loses table thread_messages and all its rows.
    op.execute("DROP TABLE thread_messages")
    # Loses table triggers and all its rows.
    op.execute("DROP TABLE triggers")


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
