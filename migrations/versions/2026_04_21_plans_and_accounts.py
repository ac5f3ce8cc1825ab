"""Plans, their workers, and the accounts that pay for them.

Revision ID: 3b5d91f7c0e8
Revises: 2e84d06b9a51
Create Date: 2026-04-21 09:41:30
"""

from alembic import op

revision = "3b5d91f7c0e8"
down_revision = "2e84d06b9a51"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE plans (
    -- A UUID is spelled with dashes here: its 32 bare digits would match nothing that refers to it.
    id CHAR(36) NOT NULL PRIMARY KEY CONSTRAINT ck_plans_id CHECK (length(id) = 36),
    timestamp_created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    state VARCHAR(10) NOT NULL DEFAULT 'pending' CONSTRAINT ck_plans_state
        CHECK (state IN ('pending', 'processing', 'completed', 'failed', 'stopped')),
    prompt TEXT,
    progress_percentage NUMERIC(5, 2) NOT NULL DEFAULT 0
        CONSTRAINT ck_plans_progress CHECK (progress_percentage BETWEEN 0 AND 100),
    progress_message VARCHAR(128),
    steps_completed INTEGER,
    steps_total INTEGER,
    current_step VARCHAR(128),
    last_seen_timestamp DATETIME,  -- when the user last looked
    last_progress_at DATETIME,
    stop_requested BOOLEAN NOT NULL DEFAULT 0
        CONSTRAINT ck_plans_stop_requested CHECK (stop_requested IN (0, 1)),
    stop_requested_timestamp DATETIME,
    user_id VARCHAR(256),  -- whoever asked, not always an account: no foreign key
    api_key_id CHAR(36),  -- outlives the key it names: no foreign key
    parameters JSON
        CONSTRAINT ck_plans_parameters CHECK (parameters IS NULL OR json_valid(parameters)),
    generated_report_html TEXT,  -- about 1 MB
    run_zip_snapshot BLOB,  -- 5 to 40 MB: never select it in a list
    failure_reason VARCHAR(64),
    error_message VARCHAR(256)
)""")
    op.execute("""
CREATE INDEX idx_plans_pending ON plans (timestamp_created) WHERE state = 'pending'""")
    op.execute("CREATE INDEX idx_plans_user_id ON plans (user_id, timestamp_created)")
    op.execute("CREATE INDEX idx_plans_api_key_id ON plans (api_key_id)")

    op.execute("""
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    event_type VARCHAR(15) NOT NULL CONSTRAINT ck_events_event_type CHECK (event_type IN (
        'GENERIC_ERROR', 'GENERIC_EVENT',
        'TASK_PENDING', 'TASK_PROCESSING', 'TASK_FAILED', 'TASK_COMPLETED'
    )),
    message TEXT NOT NULL,
    context JSON CONSTRAINT ck_events_context CHECK (context IS NULL OR json_valid(context))
)""")
    op.execute("CREATE INDEX idx_events_timestamp ON events (timestamp)")
    op.execute("CREATE INDEX idx_events_event_type ON events (event_type)")

    op.execute("""
CREATE TABLE workers (
    id VARCHAR(255) NOT NULL PRIMARY KEY,
    started_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_heartbeat_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    current_task_id CHAR(36),  -- NULL while idle
    CONSTRAINT fk_workers_plan FOREIGN KEY (current_task_id) REFERENCES plans (id)
        ON DELETE SET NULL
)""")
    op.execute("CREATE INDEX idx_workers_last_heartbeat_at ON workers (last_heartbeat_at)")
    op.execute("CREATE INDEX idx_workers_current_task_id ON workers (current_task_id)")

    op.execute("""
CREATE TABLE nonces (
    id INTEGER PRIMARY KEY,
    nonce_key VARCHAR(255) NOT NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_accessed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    request_count INTEGER NOT NULL DEFAULT 1
        CONSTRAINT ck_nonces_request_count CHECK (request_count >= 1),
    context JSON CONSTRAINT ck_nonces_context CHECK (context IS NULL OR json_valid(context)),
    CONSTRAINT uq_nonces_nonce_key UNIQUE (nonce_key)
)""")
    op.execute("CREATE INDEX idx_nonces_created_at ON nonces (created_at)")
    op.execute("CREATE INDEX idx_nonces_last_accessed_at ON nonces (last_accessed_at)")

    op.execute("""
CREATE TABLE user_account (
    id CHAR(36) NOT NULL PRIMARY KEY CONSTRAINT ck_user_account_id CHECK (length(id) = 36),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    email VARCHAR(256) COLLATE NOCASE,  -- not unique: two providers may vouch for one address
    name VARCHAR(256),
    avatar_url VARCHAR(512),
    is_admin BOOLEAN NOT NULL DEFAULT 0 CONSTRAINT ck_user_account_admin CHECK (is_admin IN (0, 1)),
    free_plan_used BOOLEAN NOT NULL DEFAULT 0
        CONSTRAINT ck_user_account_free_plan CHECK (free_plan_used IN (0, 1)),
    credits_balance NUMERIC(18, 9) NOT NULL DEFAULT 0,  -- the sum of credit_history.delta
    last_login_at DATETIME
)""")
    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")

    op.execute("""
CREATE TABLE user_provider (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    provider VARCHAR(32) NOT NULL,
    provider_user_id VARCHAR(256) NOT NULL,
    email VARCHAR(256) COLLATE NOCASE,
    raw_profile JSON
        CONSTRAINT ck_user_provider_profile CHECK (raw_profile IS NULL OR json_valid(raw_profile)),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_login_at DATETIME,
    CONSTRAINT fk_user_provider_user FOREIGN KEY (user_id) REFERENCES user_account (id)
        ON DELETE CASCADE,
    CONSTRAINT uq_user_provider_identity UNIQUE (provider, provider_user_id)
)""")
    op.execute("CREATE INDEX idx_user_provider_user_id ON user_provider (user_id)")

    op.execute("""
CREATE TABLE user_api_key (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    key_hash VARCHAR(128) NOT NULL,
    key_prefix VARCHAR(16) NOT NULL,  -- enough to recognise a key, too little to use it
    label VARCHAR(128),
    key_plaintext VARCHAR(64),  -- NULL where a key is shown only once
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at DATETIME,
    revoked_at DATETIME,
    CONSTRAINT fk_user_api_key_user FOREIGN KEY (user_id) REFERENCES user_account (id)
        ON DELETE CASCADE,
    CONSTRAINT uq_user_api_key_key_hash UNIQUE (key_hash)
)""")
    op.execute("CREATE INDEX idx_user_api_key_user_id ON user_api_key (user_id)")
    op.execute("CREATE INDEX idx_user_api_key_key_prefix ON user_api_key (key_prefix)")

    op.execute("""
CREATE TABLE credit_history (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    delta NUMERIC(18, 9) NOT NULL,  -- above zero bought, below zero used
    reason VARCHAR(128) NOT NULL,
    source VARCHAR(32) NOT NULL,
    external_id VARCHAR(256),
    api_key_id CHAR(36),  -- outlives the key it names: no foreign key
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_credit_history_user FOREIGN KEY (user_id) REFERENCES user_account (id)
)""")
    op.execute("CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)")
    op.execute("CREATE INDEX idx_credit_history_api_key_id ON credit_history (api_key_id)")

    op.execute("""
CREATE TABLE payment_record (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    provider VARCHAR(32) NOT NULL
        CONSTRAINT ck_payment_record_provider CHECK (provider IN ('stripe', 'telegram')),
    provider_payment_id VARCHAR(256) NOT NULL,
    credits NUMERIC(18, 9) NOT NULL,
    amount INTEGER NOT NULL,  -- in the smallest unit of the currency
    currency VARCHAR(16) NOT NULL,
    status VARCHAR(32) NOT NULL,
    raw_payload JSON
        CONSTRAINT ck_payment_record_payload CHECK (raw_payload IS NULL OR json_valid(raw_payload)),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_payment_record_user FOREIGN KEY (user_id) REFERENCES user_account (id),
    -- A provider may report one payment several times; it is credited once.
    CONSTRAINT uq_payment_record_payment UNIQUE (provider, provider_payment_id)
)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")


def downgrade() -> None:
    op.execute("DROP TABLE payment_record")
    op.execute("DROP TABLE credit_history")
    op.execute("DROP TABLE user_api_key")
    op.execute("DROP TABLE user_provider")
    op.execute("DROP TABLE user_account")
    op.execute("DROP TABLE nonces")
    op.execute("DROP TABLE workers")
    op.execute("DROP TABLE events")
    op.execute("DROP TABLE plans")
