CREATE TABLE flow (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    name VARCHAR NOT NULL,
    created DATETIME
);
CREATE INDEX ix_flow__name_case_insensitive ON flow (name COLLATE NOCASE);
CREATE INDEX ix_flow__created_desc ON flow (created DESC);

CREATE TABLE deployment (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    name VARCHAR,
    created DATETIME,
    tags JSON NOT NULL DEFAULT '[]'
);
CREATE INDEX ix_deployment__name_case_insensitive ON deployment (name COLLATE NOCASE);
CREATE INDEX ix_deployment__created_desc ON deployment (created DESC);

CREATE TABLE flow_run (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    name VARCHAR,
    started DATETIME,
    ended DATETIME,
    tags JSON NOT NULL DEFAULT '[]'
);
CREATE INDEX ix_flow_run__name_case_insensitive ON flow_run (name COLLATE NOCASE);
CREATE INDEX ix_flow_run__started_desc ON flow_run (started DESC);
CREATE INDEX ix_flow_run__ended_desc ON flow_run (ended DESC);

CREATE TABLE task_run (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    name VARCHAR,
    started DATETIME,
    ended DATETIME,
    tags JSON NOT NULL DEFAULT '[]'
);
CREATE INDEX ix_task_run__name_case_insensitive ON task_run (name COLLATE NOCASE);
CREATE INDEX ix_task_run__started_desc ON task_run (started DESC);
CREATE INDEX ix_task_run__ended_desc ON task_run (ended DESC);

CREATE TABLE work_queue (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    name VARCHAR NOT NULL,
    created DATETIME
);
CREATE INDEX ix_work_queue__name_case_insensitive ON work_queue (name COLLATE NOCASE);
CREATE INDEX ix_work_queue__created_desc ON work_queue (created DESC);

CREATE TABLE artifact (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    name VARCHAR,
    updated DATETIME,
    tags JSON NOT NULL DEFAULT '[]'
);
CREATE INDEX ix_artifact__name_case_insensitive ON artifact (name COLLATE NOCASE);
CREATE INDEX ix_artifact__updated_desc ON artifact (updated DESC);
