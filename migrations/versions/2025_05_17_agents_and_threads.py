"""Agents, their owners, their threads and what wakes them.

Revision ID: 2e84d06b9a51
Revises: 1c7f3a9e5b20
Create Date: 2025-05-17 16:05:12
"""

from alembic import op

revision = "2e84d06b9a51"
down_revision = "1c7f3a9e5b20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    provider VARCHAR NOT NULL DEFAULT 'google',
    provider_user_id VARCHAR,
    email VARCHAR NOT NULL COLLATE NOCASE,  -- one address in two spellings is one user
    role VARCHAR(5) NOT NULL DEFAULT 'USER'
        CONSTRAINT ck_users_role CHECK (role IN ('USER', 'ADMIN')),
    is_active BOOLEAN NOT NULL DEFAULT 1 CONSTRAINT ck_users_active CHECK (is_active IN (0, 1)),
    display_name VARCHAR,
    prefs JSON NOT NULL DEFAULT '{}' CONSTRAINT ck_users_prefs CHECK (json_valid(prefs)),
    last_login DATETIME,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_users_email UNIQUE (email)
)""")
    op.execute("CREATE INDEX idx_users_provider_user_id ON users (provider_user_id)")

    op.execute("""
CREATE TABLE agents (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    status VARCHAR(10) NOT NULL DEFAULT 'IDLE'
        CONSTRAINT ck_agents_status CHECK (status IN ('IDLE', 'RUNNING', 'PROCESSING', 'ERROR')),
    system_instructions TEXT NOT NULL,
    task_instructions TEXT NOT NULL,
    schedule VARCHAR  -- a cron expression; NULL alone means not scheduled, so '' is refused
        CONSTRAINT ck_agents_schedule CHECK (schedule IS NULL OR trim(schedule) <> ''),
    model VARCHAR NOT NULL,
    config JSON CONSTRAINT ck_agents_config CHECK (config IS NULL OR json_valid(config)),
    next_run_at DATETIME,
    last_run_at DATETIME,
    last_error TEXT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_agents_owner FOREIGN KEY (owner_id) REFERENCES users (id)
)""")
    op.execute("CREATE INDEX idx_agents_owner_id ON agents (owner_id)")

    op.execute("""
CREATE TABLE agent_threads (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    title VARCHAR NOT NULL,
    active BOOLEAN NOT NULL DEFAULT 1 CONSTRAINT ck_agent_threads_active CHECK (active IN (0, 1)),
    agent_state JSON
        CONSTRAINT ck_agent_threads_state CHECK (agent_state IS NULL OR json_valid(agent_state)),
    memory_strategy VARCHAR NOT NULL DEFAULT 'buffer',
    thread_type VARCHAR(9) NOT NULL DEFAULT 'CHAT' CONSTRAINT ck_agent_threads_type
        CHECK (thread_type IN ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_agent_threads_agent FOREIGN KEY (agent_id) REFERENCES agents (id)
        ON DELETE CASCADE
)""")
    op.execute("CREATE INDEX idx_agent_threads_agent_id ON agent_threads (agent_id)")
    op.execute("""
CREATE UNIQUE INDEX uq_agent_threads_one_active ON agent_threads (agent_id) WHERE active = 1""")

    op.execute("""
CREATE TABLE thread_messages (
    id INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    tool_calls JSON
        CONSTRAINT ck_thread_messages_calls CHECK (tool_calls IS NULL OR json_valid(tool_calls)),
    tool_call_id VARCHAR,
    name VARCHAR,
    sent_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    processed BOOLEAN NOT NULL DEFAULT 0
        CONSTRAINT ck_thread_messages_processed CHECK (processed IN (0, 1)),
    parent_id INTEGER,
    CONSTRAINT fk_thread_messages_thread FOREIGN KEY (thread_id) REFERENCES agent_threads (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_thread_messages_parent FOREIGN KEY (parent_id) REFERENCES thread_messages (id)
)""")
    op.execute("CREATE INDEX idx_thread_messages_thread_id ON thread_messages (thread_id)")
    op.execute("CREATE INDEX idx_thread_messages_parent_id ON thread_messages (parent_id)")

    op.execute("""
CREATE TABLE agent_messages (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_agent_messages_agent FOREIGN KEY (agent_id) REFERENCES agents (id)
        ON DELETE CASCADE
)""")
    op.execute("CREATE INDEX idx_agent_messages_agent_id ON agent_messages (agent_id)")

    op.execute("""
CREATE TABLE triggers (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    type VARCHAR NOT NULL DEFAULT 'webhook',
    secret VARCHAR NOT NULL,
    config JSON CONSTRAINT ck_triggers_config CHECK (config IS NULL OR json_valid(config)),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_triggers_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    CONSTRAINT uq_triggers_secret UNIQUE (secret)
)""")
    op.execute("CREATE INDEX idx_triggers_agent_id ON triggers (agent_id)")


def downgrade() -> None:
    op.execute("DROP TABLE triggers")
    op.execute("DROP TABLE agent_messages")
    op.execute("DROP TABLE thread_messages")
    op.execute("DROP TABLE agent_threads")
    op.execute("DROP TABLE agents")
    op.execute("DROP TABLE users")
