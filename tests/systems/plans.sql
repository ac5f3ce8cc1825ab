-- What task items are to become, said in one step: the hints are all that a person adds.
CREATE TABLE plans (  -- @renamed from=task_item
    -- @backfill substr(id,1,8)||'-'||substr(id,9,4)||'-'||substr(id,13,4)||'-'||substr(id,17,4)||'-'||substr(id,21)
    id CHAR(36) NOT NULL PRIMARY KEY CONSTRAINT ck_plans_id CHECK (length(id) = 36),
    -- @backfill coalesce(last_seen_timestamp, CURRENT_TIMESTAMP)
    timestamp_created DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- @backfill 'failed'
    state VARCHAR(10) NOT NULL DEFAULT 'pending' CONSTRAINT ck_plans_state
        CHECK (state IN ('pending', 'processing', 'completed', 'failed', 'stopped')),
    prompt TEXT,
    -- @backfill 0
    progress_percentage NUMERIC(5, 2) NOT NULL DEFAULT 0
        CONSTRAINT ck_plans_progress CHECK (progress_percentage BETWEEN 0 AND 100),
    progress_message VARCHAR(128),
    last_seen_timestamp DATETIME,
    user_id VARCHAR(256),
    parameters JSON
        CONSTRAINT ck_plans_parameters CHECK (parameters IS NULL OR json_valid(parameters)),
    generated_report_html TEXT,
    run_zip_snapshot BLOB,
    steps_completed INTEGER,
    steps_total INTEGER,
    current_step VARCHAR(128),
    last_progress_at DATETIME,
    stop_requested BOOLEAN NOT NULL DEFAULT 0
        CONSTRAINT ck_plans_stop_requested CHECK (stop_requested IN (0, 1)),
    stop_requested_timestamp DATETIME,
    api_key_id CHAR(36),
    run_track_activity_jsonl TEXT,
    run_track_activity_bytes INTEGER,
    run_activity_overview_json JSON CONSTRAINT ck_plans_overview
        CHECK (run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)),
    run_artifact_layout_version INTEGER,
    failure_reason VARCHAR(64),
    failed_step VARCHAR(128),
    error_message VARCHAR(256),
    recoverable BOOLEAN CONSTRAINT ck_plans_recoverable
        CHECK (recoverable IS NULL OR recoverable IN (0, 1))
);
CREATE INDEX idx_plans_pending ON plans (timestamp_created) WHERE state = 'pending';
CREATE INDEX idx_plans_user_id ON plans (user_id, timestamp_created);
CREATE INDEX idx_plans_api_key_id ON plans (api_key_id);

CREATE TABLE workers (
    id VARCHAR(255) NOT NULL PRIMARY KEY,
    started_at DATETIME NOT NULL,
    last_heartbeat_at DATETIME NOT NULL,
    current_task_id CHAR(36),
    CONSTRAINT fk_workers_plan FOREIGN KEY (current_task_id) REFERENCES plans (id)
        ON DELETE SET NULL
);
CREATE INDEX idx_workers_current_task_id ON workers (current_task_id);
