-- The database layer shared by three services: the task runner, the planner, and the agents.
--
-- This file is the source of truth: CREATE statements only, each after what it depends on.
-- It needs SQLite 3.38 or newer, where the JSON functions are always built in.
--
-- Held throughout, and why:
--   * Every CHECK, UNIQUE and foreign key has a name, for messages and for migrations.
--   * In newer tables a CHECK stands at its column, so that both are added and dropped in place.
--   * JSON is guarded there by "x IS NULL OR json_valid(x)": json_valid(NULL) is 0 on older versions;
--     and BOOLEAN by a CHECK for 0 or 1, since the word means nothing to SQLite.
--   * Foreign keys are indexed; no index repeats a primary key or the first columns of a UNIQUE.
--     They hold only on connections that have said PRAGMA foreign_keys = ON.
--   * Times are UTC, as CURRENT_TIMESTAMP gives them. Keeping updated_at is up to the writer.

-- ------------------------------------------------------------------------------ the task runner

-- A task is never deleted, only set to active = 0, so its events always have a task to refer to.
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
);
-- Partial, because only live tasks are looked up by status or type. A query must say active = 1
-- to use them; active IS 1 does not.
CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1;
CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1;
CREATE INDEX idx_tasks_created_at ON tasks (created_at);
CREATE INDEX idx_tasks_created_by ON tasks (created_by);
CREATE INDEX idx_tasks_expires_at ON tasks (expires_at);

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
);
CREATE INDEX idx_task_events_task_id ON task_events (task_id);
CREATE INDEX idx_task_events_timestamp ON task_events (timestamp);
CREATE INDEX idx_task_events_event_type ON task_events (event_type);

-- Secrets and settings that a task refers to by name.
CREATE TABLE variables (
    name TEXT NOT NULL PRIMARY KEY,
    encrypted_value TEXT NOT NULL,
    description TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL
);

-- Where a task may read. A file has neither host nor port, and not every server asks who comes.
CREATE TABLE data_sources (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    host TEXT,
    port INTEGER,
    "database" TEXT NOT NULL,         -- quoted: the word is a keyword
    encrypted_user TEXT,
    encrypted_password TEXT,
    query_timeout TEXT NOT NULL DEFAULT '30s',
    extra_params TEXT CONSTRAINT ck_data_sources_extra_params
        CHECK (extra_params IS NULL OR json_valid(extra_params)),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL
);
CREATE INDEX idx_data_sources_kind ON data_sources (kind);

-- What is waiting or running now.
CREATE VIEW active_tasks AS
SELECT task_id, task_type, task_name, status, priority, created_by, created_at, started_at
FROM tasks
WHERE active = 1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED');

-- ---------------------------------------------------------------------------------- the planner

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
    run_track_activity_jsonl TEXT,  -- about 20 MB: as above
    run_track_activity_bytes INTEGER,
    run_activity_overview_json JSON CONSTRAINT ck_plans_overview
        CHECK (run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)),
    run_artifact_layout_version INTEGER,  -- NULL and 1: all in the zip; from 2 on split
    failure_reason VARCHAR(64),
    failed_step VARCHAR(128),
    error_message VARCHAR(256),
    recoverable BOOLEAN CONSTRAINT ck_plans_recoverable
        CHECK (recoverable IS NULL OR recoverable IN (0, 1))
);
-- A worker claims the oldest pending plan; this index is the queue and nothing else.
CREATE INDEX idx_plans_pending ON plans (timestamp_created) WHERE state = 'pending';
CREATE INDEX idx_plans_user_id ON plans (user_id, timestamp_created);
CREATE INDEX idx_plans_api_key_id ON plans (api_key_id);

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    event_type VARCHAR(15) NOT NULL CONSTRAINT ck_events_event_type CHECK (event_type IN (
        'GENERIC_ERROR', 'GENERIC_EVENT',
        'TASK_PENDING', 'TASK_PROCESSING', 'TASK_FAILED', 'TASK_COMPLETED'
    )),
    message TEXT NOT NULL,
    context JSON CONSTRAINT ck_events_context CHECK (context IS NULL OR json_valid(context))
);
CREATE INDEX idx_events_timestamp ON events (timestamp);
CREATE INDEX idx_events_event_type ON events (event_type);

-- A worker whose heartbeat has grown old is dead.
CREATE TABLE workers (
    id VARCHAR(255) NOT NULL PRIMARY KEY,
    started_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_heartbeat_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    current_task_id CHAR(36),  -- NULL while idle
    CONSTRAINT fk_workers_plan FOREIGN KEY (current_task_id) REFERENCES plans (id)
        ON DELETE SET NULL
);
CREATE INDEX idx_workers_last_heartbeat_at ON workers (last_heartbeat_at);
CREATE INDEX idx_workers_current_task_id ON workers (current_task_id);

-- A key seen before is a repeated request; request_count says how often it came.
CREATE TABLE nonces (
    id INTEGER PRIMARY KEY,
    nonce_key VARCHAR(255) NOT NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_accessed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    request_count INTEGER NOT NULL DEFAULT 1
        CONSTRAINT ck_nonces_request_count CHECK (request_count >= 1),
    context JSON CONSTRAINT ck_nonces_context CHECK (context IS NULL OR json_valid(context)),
    CONSTRAINT uq_nonces_nonce_key UNIQUE (nonce_key)
);
CREATE INDEX idx_nonces_created_at ON nonces (created_at);
CREATE INDEX idx_nonces_last_accessed_at ON nonces (last_accessed_at);

CREATE TABLE user_account (
    id CHAR(36) NOT NULL PRIMARY KEY CONSTRAINT ck_user_account_id CHECK (length(id) = 36),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    email VARCHAR(256) COLLATE NOCASE,  -- not unique: two providers may vouch for one address
    name VARCHAR(256),
    given_name VARCHAR(128),
    family_name VARCHAR(128),
    locale VARCHAR(64),
    avatar_url VARCHAR(512),
    frontend_multi_user_config JSON CONSTRAINT ck_user_account_config
        CHECK (frontend_multi_user_config IS NULL OR json_valid(frontend_multi_user_config)),
    is_admin BOOLEAN NOT NULL DEFAULT 0 CONSTRAINT ck_user_account_admin CHECK (is_admin IN (0, 1)),
    free_plan_used BOOLEAN NOT NULL DEFAULT 0
        CONSTRAINT ck_user_account_free_plan CHECK (free_plan_used IN (0, 1)),
    credits_balance NUMERIC(18, 9) NOT NULL DEFAULT 0,  -- the sum of credit_history.delta
    last_login_at DATETIME
);
CREATE INDEX idx_user_account_email ON user_account (email);

-- Logins and keys go with their account. Money does not: an account that has rows in
-- credit_history or payment_record cannot be deleted. A client that has not said foreign_keys = ON
-- and spells ids without dashes would write what belongs to nobody: hence the CHECK on user_id.
CREATE TABLE user_provider (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL
        CONSTRAINT ck_user_provider_user_id CHECK (length(user_id) = 36),
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
);
CREATE INDEX idx_user_provider_user_id ON user_provider (user_id);

CREATE TABLE user_api_key (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL
        CONSTRAINT ck_user_api_key_user_id CHECK (length(user_id) = 36),
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
);
CREATE INDEX idx_user_api_key_user_id ON user_api_key (user_id);
CREATE INDEX idx_user_api_key_key_prefix ON user_api_key (key_prefix);

-- An append-only ledger: a wrong row is answered by a compensating row. REPLACE deletes a row and
-- does not wake the trigger that forbids it (unless recursive_triggers is ON): the third trigger
-- stops it before, in every client. There is no rowid, by which REPLACE could name a row instead.
CREATE TABLE credit_history (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL
        CONSTRAINT ck_credit_history_user_id CHECK (length(user_id) = 36),
    delta NUMERIC(18, 9) NOT NULL,  -- above zero bought, below zero used
    reason VARCHAR(128) NOT NULL,
    source VARCHAR(32) NOT NULL,
    external_id VARCHAR(256),
    api_key_id CHAR(36),  -- outlives the key it names: no foreign key
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_credit_history_user FOREIGN KEY (user_id) REFERENCES user_account (id)
) WITHOUT ROWID;
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at);
CREATE INDEX idx_credit_history_api_key_id ON credit_history (api_key_id);

CREATE TRIGGER credit_history_no_update BEFORE UPDATE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END;

CREATE TRIGGER credit_history_no_delete BEFORE DELETE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END;

CREATE TRIGGER credit_history_no_replace BEFORE INSERT ON credit_history
WHEN EXISTS (SELECT 1 FROM credit_history WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END;

-- Accounts whose balance is not the sum of their ledger: empty, or something is wrong. NUMERIC is
-- a double in SQLite, hence the tolerance.
CREATE VIEW credit_mismatch AS
SELECT a.id AS user_id, a.credits_balance AS balance, coalesce(sum(h.delta), 0) AS ledger
FROM user_account AS a
LEFT JOIN credit_history AS h ON h.user_id = a.id
GROUP BY a.id
HAVING abs(a.credits_balance - coalesce(sum(h.delta), 0)) > 0.000001;

CREATE TABLE payment_record (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL
        CONSTRAINT ck_payment_record_user_id CHECK (length(user_id) = 36),
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
);
CREATE INDEX idx_payment_record_user_id ON payment_record (user_id);

-- ----------------------------------------------------------------------------------- the agents

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
);
CREATE INDEX idx_users_provider_user_id ON users (provider_user_id);

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
);
CREATE INDEX idx_agents_owner_id ON agents (owner_id);
-- The scheduler asks again and again which scheduled agents are due.
CREATE INDEX idx_agents_scheduled ON agents (next_run_at) WHERE schedule IS NOT NULL;

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
);
CREATE INDEX idx_agent_threads_agent_id ON agent_threads (agent_id);
-- An agent speaks in one thread at a time.
CREATE UNIQUE INDEX uq_agent_threads_one_active ON agent_threads (agent_id) WHERE active = 1;

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
    message_metadata JSON CONSTRAINT ck_thread_messages_metadata
        CHECK (message_metadata IS NULL OR json_valid(message_metadata)),
    parent_id INTEGER,
    CONSTRAINT fk_thread_messages_thread FOREIGN KEY (thread_id) REFERENCES agent_threads (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_thread_messages_parent FOREIGN KEY (parent_id) REFERENCES thread_messages (id)
);
-- Every index ends with the rowid, so this one also gives a thread in the order of id.
CREATE INDEX idx_thread_messages_thread_id ON thread_messages (thread_id);
CREATE INDEX idx_thread_messages_parent_id ON thread_messages (parent_id);

-- What is said to an agent outside any thread.
CREATE TABLE agent_messages (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_agent_messages_agent FOREIGN KEY (agent_id) REFERENCES agents (id)
        ON DELETE CASCADE
);
CREATE INDEX idx_agent_messages_agent_id ON agent_messages (agent_id);

-- What wakes an agent from outside; whoever knows the secret may fire it.
CREATE TABLE triggers (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    type VARCHAR NOT NULL DEFAULT 'webhook',
    secret VARCHAR NOT NULL,
    config JSON CONSTRAINT ck_triggers_config CHECK (config IS NULL OR json_valid(config)),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_triggers_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    CONSTRAINT uq_triggers_secret UNIQUE (secret)
);
CREATE INDEX idx_triggers_agent_id ON triggers (agent_id);
