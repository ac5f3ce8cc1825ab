-- PlanExe's queue on January 1, 2026, as its models made it.
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
    generated_report_html TEXT,
    run_zip_snapshot BLOB,
    PRIMARY KEY (id)
);
CREATE INDEX ix_task_item_user_id ON task_item (user_id);
CREATE TABLE workers (
    id VARCHAR(255) NOT NULL,
    started_at DATETIME NOT NULL,
    last_heartbeat_at DATETIME NOT NULL,
    current_task_id VARCHAR(255),
    PRIMARY KEY (id)
);
CREATE INDEX ix_workers_current_task_id ON workers (current_task_id);
