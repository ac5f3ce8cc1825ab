-- The tables of Apache Airflow 3 (Apache License 2.0), as its history makes them in SQLite.

CREATE TABLE ab_permission (
    id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    CONSTRAINT ab_permission_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_name_uq UNIQUE (name)
);

CREATE TABLE ab_register_user (
    id INTEGER NOT NULL,
    first_name VARCHAR(256) NOT NULL,
    last_name VARCHAR(256) NOT NULL,
    username VARCHAR(512) COLLATE "NOCASE" NOT NULL,
    email VARCHAR(512) NOT NULL,
    password VARCHAR(256),
    registration_date DATETIME,
    registration_hash VARCHAR(256),
    CONSTRAINT ab_register_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_register_user_username_uq UNIQUE (username)
);

CREATE TABLE ab_role (
    id INTEGER NOT NULL,
    name VARCHAR(64) NOT NULL,
    CONSTRAINT ab_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_role_name_uq UNIQUE (name)
);

CREATE TABLE ab_user (
    id INTEGER NOT NULL,
    first_name VARCHAR(256) NOT NULL,
    last_name VARCHAR(256) NOT NULL,
    username VARCHAR(512) COLLATE "NOCASE" NOT NULL,
    email VARCHAR(512) NOT NULL,
    password VARCHAR(256),
    active BOOLEAN,
    last_login DATETIME,
    login_count INTEGER,
    fail_login_count INTEGER,
    created_on DATETIME,
    changed_on DATETIME,
    created_by_fk INTEGER,
    changed_by_fk INTEGER,
    CONSTRAINT ab_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_changed_by_fk_fkey FOREIGN KEY(changed_by_fk) REFERENCES ab_user (id),
    CONSTRAINT ab_user_created_by_fk_fkey FOREIGN KEY(created_by_fk) REFERENCES ab_user (id),
    CONSTRAINT ab_user_email_uq UNIQUE (email),
    CONSTRAINT ab_user_username_uq UNIQUE (username)
);

CREATE TABLE ab_view_menu (
    id INTEGER NOT NULL,
    name VARCHAR(250) NOT NULL,
    CONSTRAINT ab_view_menu_pkey PRIMARY KEY (id),
    CONSTRAINT ab_view_menu_name_uq UNIQUE (name)
);

CREATE TABLE job (
    id INTEGER NOT NULL,
    dag_id VARCHAR(250),
    state VARCHAR(20),
    job_type VARCHAR(30),
    start_date TIMESTAMP,
    end_date TIMESTAMP,
    latest_heartbeat TIMESTAMP,
    executor_class VARCHAR(500),
    hostname VARCHAR(500),
    unixname VARCHAR(1000),
    CONSTRAINT job_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_job_dag_id ON job (dag_id);
CREATE INDEX idx_job_state_heartbeat ON job (state, latest_heartbeat);
CREATE INDEX job_type_heart ON job (job_type, latest_heartbeat);

CREATE TABLE log_template (
    id INTEGER NOT NULL,
    filename TEXT NOT NULL,
    elasticsearch_id TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT log_template_pkey PRIMARY KEY (id)
);

CREATE TABLE ab_permission_view (
    id INTEGER NOT NULL,
    permission_id INTEGER,
    view_menu_id INTEGER,
    CONSTRAINT ab_permission_view_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_permission_id_fkey FOREIGN KEY(permission_id) REFERENCES ab_permission (id),
    CONSTRAINT ab_permission_view_view_menu_id_fkey FOREIGN KEY(view_menu_id) REFERENCES ab_view_menu (id),
    CONSTRAINT ab_permission_view_permission_id_view_menu_id_uq UNIQUE (permission_id, view_menu_id)
);

CREATE TABLE ab_user_role (
    id INTEGER NOT NULL,
    user_id INTEGER,
    role_id INTEGER,
    CONSTRAINT ab_user_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY(role_id) REFERENCES ab_role (id),
    CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY(user_id) REFERENCES ab_user (id),
    CONSTRAINT ab_user_role_user_id_role_id_uq UNIQUE (user_id, role_id)
);

CREATE TABLE "dag_bundle" (
    name VARCHAR(250) NOT NULL,
    active BOOLEAN,
    version VARCHAR(200),
    last_refreshed TIMESTAMP,
    signed_url_template TEXT,
    template_params JSON,
    CONSTRAINT dag_bundle_pkey PRIMARY KEY (name)
);

CREATE TABLE "dag" (
    dag_id VARCHAR(250) NOT NULL,
    max_active_tasks INTEGER NOT NULL,
    has_task_concurrency_limits BOOLEAN NOT NULL,
    is_paused BOOLEAN NOT NULL,
    is_stale BOOLEAN NOT NULL,
    last_parsed_time TIMESTAMP,
    last_expired TIMESTAMP,
    fileloc VARCHAR(2000),
    owners VARCHAR(2000),
    description TEXT,
    timetable_summary TEXT,
    timetable_description VARCHAR(1000),
    max_active_runs INTEGER,
    has_import_errors BOOLEAN DEFAULT (false),
    next_dagrun TIMESTAMP,
    next_dagrun_data_interval_start TIMESTAMP,
    next_dagrun_data_interval_end TIMESTAMP,
    next_dagrun_create_after TIMESTAMP,
    asset_expression JSON,
    max_consecutive_failed_dag_runs INTEGER NOT NULL,
    dag_display_name VARCHAR(2000),
    bundle_name VARCHAR(250) NOT NULL,
    bundle_version VARCHAR(200),
    relative_fileloc VARCHAR(2000),
    deadline JSON,
    last_parse_duration FLOAT,
    fail_fast BOOLEAN DEFAULT '0' NOT NULL,
    exceeds_max_non_backfill BOOLEAN DEFAULT '0' NOT NULL,
    timetable_type VARCHAR(255) NOT NULL,
    allowed_run_types JSON,
    timetable_partitioned BOOLEAN DEFAULT '0' NOT NULL,
    next_dagrun_partition_key VARCHAR(255),
    next_dagrun_partition_date TIMESTAMP,
    timetable_periodic BOOLEAN DEFAULT '0' NOT NULL,
    partition_mapper_info JSON NOT NULL,
    CONSTRAINT dag_pkey PRIMARY KEY (dag_id),
    CONSTRAINT dag_bundle_name_fkey FOREIGN KEY(bundle_name) REFERENCES dag_bundle (name)
);
CREATE INDEX idx_next_dagrun_create_after ON dag (next_dagrun_create_after);

CREATE TABLE dag_owner_attributes (
    dag_id VARCHAR(250) NOT NULL,
    owner VARCHAR(500) NOT NULL,
    link VARCHAR(500) NOT NULL,
    CONSTRAINT dag_owner_attributes_pkey PRIMARY KEY (dag_id, owner),
    CONSTRAINT "dag.dag_id" FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);

CREATE TABLE dag_tag (
    name VARCHAR(100) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    CONSTRAINT dag_tag_pkey PRIMARY KEY (name, dag_id),
    CONSTRAINT dag_tag_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_tag_dag_id ON dag_tag (dag_id);

CREATE TABLE dag_warning (
    dag_id VARCHAR(250) NOT NULL,
    warning_type VARCHAR(50) NOT NULL,
    message TEXT NOT NULL,
    timestamp TIMESTAMP NOT NULL,
    CONSTRAINT dag_warning_pkey PRIMARY KEY (dag_id, warning_type),
    CONSTRAINT dcw_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_warning_dag_id ON dag_warning (dag_id);

CREATE TABLE ab_permission_view_role (
    id INTEGER NOT NULL,
    permission_view_id INTEGER,
    role_id INTEGER,
    CONSTRAINT ab_permission_view_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY(permission_view_id) REFERENCES ab_permission_view (id),
    CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY(role_id) REFERENCES ab_role (id),
    CONSTRAINT ab_permission_view_role_permission_view_id_role_id_uq UNIQUE (permission_view_id, role_id)
);

CREATE TABLE backfill (
    id INTEGER NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    from_date TIMESTAMP NOT NULL,
    to_date TIMESTAMP NOT NULL,
    dag_run_conf JSON NOT NULL,
    is_paused BOOLEAN,
    max_active_runs INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    completed_at TIMESTAMP,
    updated_at TIMESTAMP NOT NULL,
    reprocess_behavior VARCHAR(250) NOT NULL,
    triggering_user_name VARCHAR(512),
    CONSTRAINT backfill_pkey PRIMARY KEY (id)
);

CREATE TABLE dag_version (
    id CHAR(32) NOT NULL,
    version_number INTEGER NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_updated TIMESTAMP NOT NULL,
    bundle_name VARCHAR(250),
    bundle_version VARCHAR(250),
    version_data JSON,
    CONSTRAINT dag_version_pkey PRIMARY KEY (id),
    CONSTRAINT dag_version_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT dag_id_v_name_v_number_unique_constraint UNIQUE (dag_id, version_number)
);

CREATE TABLE "dag_run" (
    id INTEGER NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    queued_at TIMESTAMP,
    logical_date TIMESTAMP,
    start_date TIMESTAMP,
    end_date TIMESTAMP,
    state VARCHAR(50),
    run_id VARCHAR(250) NOT NULL,
    creating_job_id INTEGER,
    run_type VARCHAR(50) NOT NULL,
    data_interval_start TIMESTAMP,
    data_interval_end TIMESTAMP,
    last_scheduling_decision TIMESTAMP,
    log_template_id INTEGER,
    updated_at TIMESTAMP,
    clear_number INTEGER DEFAULT '0' NOT NULL,
    triggered_by VARCHAR(50),
    backfill_id INTEGER,
    created_dag_version_id CHAR(32),
    bundle_version VARCHAR(250),
    conf JSON,
    run_after TIMESTAMP NOT NULL,
    scheduled_by_job_id INTEGER,
    context_carrier JSON,
    span_status VARCHAR(250) DEFAULT 'not_started' NOT NULL,
    triggering_user_name VARCHAR(512),
    partition_key VARCHAR(250),
    created_at TIMESTAMP,
    partition_date TIMESTAMP,
    CONSTRAINT dag_run_pkey PRIMARY KEY (id),
    CONSTRAINT created_dag_version_id_fkey FOREIGN KEY(created_dag_version_id) REFERENCES dag_version (id) ON DELETE SET NULL,
    CONSTRAINT dag_run_dag_id_run_id_key UNIQUE (dag_id, run_id),
    CONSTRAINT dag_run_dag_id_logical_date_key UNIQUE (dag_id, logical_date),
    CONSTRAINT task_instance_log_template_id_fkey FOREIGN KEY(log_template_id) REFERENCES log_template (id),
    CONSTRAINT dag_run_backfill_id_fkey FOREIGN KEY(backfill_id) REFERENCES backfill (id)
);
CREATE INDEX idx_dag_run_running_dags ON dag_run (state, dag_id) WHERE state='running';
CREATE INDEX idx_dag_run_queued_dags ON dag_run (state, dag_id) WHERE state='queued';
CREATE INDEX dag_id_state ON dag_run (dag_id, state);
CREATE INDEX idx_dag_run_run_after ON dag_run (run_after);
CREATE INDEX idx_dag_run_dag_id ON dag_run (dag_id);
CREATE INDEX idx_dag_run_created_dag_version_id ON dag_run (created_dag_version_id);

CREATE TABLE "dag_run_note" (
    dag_run_id INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    user_id VARCHAR(128),
    content VARCHAR(1000),
    CONSTRAINT dag_run_note_pkey PRIMARY KEY (dag_run_id),
    CONSTRAINT dag_run_note_dr_fkey FOREIGN KEY(dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE
);

CREATE TABLE "asset" (
    id INTEGER NOT NULL,
    uri VARCHAR(1500) NOT NULL,
    extra JSON NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    name VARCHAR(1500) NOT NULL,
    "group" VARCHAR(1500) NOT NULL,
    CONSTRAINT dataset_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_asset_name_uri_unique ON asset (name, uri);

CREATE TABLE "asset_alias" (
    id INTEGER NOT NULL,
    name VARCHAR(1500) NOT NULL,
    "group" VARCHAR(1500) NOT NULL,
    CONSTRAINT dataset_alias_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_asset_alias_name_unique ON asset_alias (name);

CREATE TABLE "asset_active" (
    name VARCHAR(1500) NOT NULL,
    uri VARCHAR(1500) NOT NULL,
    CONSTRAINT asset_active_pkey PRIMARY KEY (name, uri),
    CONSTRAINT asset_active_asset_name_uri_fkey FOREIGN KEY(name, uri) REFERENCES asset (name, uri) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_asset_active_uri_unique ON asset_active (uri);
CREATE UNIQUE INDEX idx_asset_active_name_unique ON asset_active (name);

CREATE TABLE "asset_alias_asset" (
    alias_id INTEGER NOT NULL,
    asset_id INTEGER NOT NULL,
    CONSTRAINT dataset_alias_dataset_pkey PRIMARY KEY (alias_id, asset_id),
    CONSTRAINT asset_alias_asset_alias_id_fkey FOREIGN KEY(alias_id) REFERENCES asset_alias (id) ON DELETE CASCADE,
    CONSTRAINT asset_alias_asset_asset_id_fkey FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);
CREATE INDEX idx_asset_alias_asset_alias_id ON asset_alias_asset (alias_id);
CREATE INDEX idx_asset_alias_asset_asset_id ON asset_alias_asset (asset_id);

CREATE TABLE "asset_event" (
    id INTEGER NOT NULL,
    asset_id INTEGER NOT NULL,
    extra JSON NOT NULL,
    timestamp TIMESTAMP NOT NULL,
    source_task_id VARCHAR(250),
    source_dag_id VARCHAR(250),
    source_run_id VARCHAR(250),
    source_map_index INTEGER DEFAULT '-1',
    partition_key VARCHAR(250),
    CONSTRAINT dataset_event_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_asset_id_timestamp ON asset_event (asset_id, timestamp);

CREATE TABLE "asset_alias_asset_event" (
    alias_id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    CONSTRAINT dataset_alias_dataset_event_pkey PRIMARY KEY (alias_id, event_id),
    CONSTRAINT asset_alias_asset_event_alias_id_fkey FOREIGN KEY(alias_id) REFERENCES asset_alias (id) ON DELETE CASCADE,
    CONSTRAINT asset_alias_asset_event_event_id_fkey FOREIGN KEY(event_id) REFERENCES asset_event (id) ON DELETE CASCADE
);
CREATE INDEX idx_asset_alias_asset_event_alias_id ON asset_alias_asset_event (alias_id);
CREATE INDEX idx_asset_alias_asset_event_event_id ON asset_alias_asset_event (event_id);

CREATE TABLE "dag_schedule_asset_alias_reference" (
    alias_id INTEGER NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CONSTRAINT dsaar_pkey PRIMARY KEY (alias_id, dag_id),
    CONSTRAINT dsaar_asset_alias_fkey FOREIGN KEY(alias_id) REFERENCES asset_alias (id) ON DELETE CASCADE,
    CONSTRAINT dsaar_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_schedule_asset_alias_reference_dag_id ON dag_schedule_asset_alias_reference (dag_id);

CREATE TABLE "asset_dag_run_queue" (
    asset_id INTEGER NOT NULL,
    target_dag_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT assetdagrunqueue_pkey PRIMARY KEY (asset_id, target_dag_id),
    CONSTRAINT adrq_asset_fkey FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT adrq_dag_fkey FOREIGN KEY(target_dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_asset_dag_run_queue_target_dag_id ON asset_dag_run_queue (target_dag_id);

CREATE TABLE "dagrun_asset_event" (
    dag_run_id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    CONSTRAINT dagrun_asset_event_pkey PRIMARY KEY (event_id, dag_run_id),
    CONSTRAINT dagrun_asset_event_dag_run_id_fkey FOREIGN KEY(dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT dagrun_asset_event_event_id_fkey FOREIGN KEY(event_id) REFERENCES asset_event (id) ON DELETE CASCADE
);
CREATE INDEX idx_dagrun_asset_events_dag_run_id ON dagrun_asset_event (dag_run_id);
CREATE INDEX idx_dagrun_asset_events_event_id ON dagrun_asset_event (event_id);

CREATE TABLE "team" (
    name VARCHAR(50) NOT NULL,
    CONSTRAINT team_pkey PRIMARY KEY (name)
);

CREATE TABLE "trigger" (
    id INTEGER NOT NULL,
    classpath VARCHAR(1000) NOT NULL,
    kwargs TEXT NOT NULL,
    created_date TIMESTAMP NOT NULL,
    triggerer_id INTEGER,
    queue VARCHAR(256),
    team_name VARCHAR(50),
    CONSTRAINT trigger_pkey PRIMARY KEY (id),
    CONSTRAINT trigger_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE SET NULL
);
CREATE INDEX idx_trigger_team_name ON "trigger" (team_name);

CREATE TABLE "task_instance" (
    task_id VARCHAR(250) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT '-1' NOT NULL,
    pool VARCHAR(256) NOT NULL,
    pool_slots INTEGER NOT NULL,
    start_date TIMESTAMP,
    end_date TIMESTAMP,
    duration FLOAT,
    state VARCHAR(20),
    try_number INTEGER NOT NULL,
    max_tries INTEGER DEFAULT '-1' NOT NULL,
    hostname VARCHAR(1000),
    unixname VARCHAR(1000),
    queue VARCHAR(256),
    priority_weight INTEGER,
    operator VARCHAR(1000),
    queued_dttm TIMESTAMP,
    queued_by_job_id INTEGER,
    pid INTEGER,
    executor_config BLOB,
    updated_at TIMESTAMP,
    external_executor_id TEXT,
    trigger_id INTEGER,
    trigger_timeout TIMESTAMP,
    next_method VARCHAR(1000),
    next_kwargs JSON,
    custom_operator_name VARCHAR(1000),
    rendered_map_index VARCHAR(250),
    task_display_name VARCHAR(2000),
    executor VARCHAR(1000),
    id CHAR(32) NOT NULL,
    last_heartbeat_at TIMESTAMP,
    dag_version_id CHAR(32),
    scheduled_dttm TIMESTAMP,
    context_carrier JSON,
    span_status VARCHAR(250) DEFAULT 'not_started' NOT NULL,
    retry_delay_override FLOAT,
    retry_reason VARCHAR(500),
    CONSTRAINT task_instance_pkey PRIMARY KEY (id),
    CONSTRAINT task_instance_composite_key UNIQUE (dag_id, task_id, run_id, map_index),
    CONSTRAINT task_instance_dag_version_id_fkey FOREIGN KEY(dag_version_id) REFERENCES dag_version (id) ON DELETE RESTRICT,
    CONSTRAINT task_instance_trigger_id_fkey FOREIGN KEY(trigger_id) REFERENCES "trigger" (id) ON DELETE CASCADE,
    CONSTRAINT task_instance_dag_run_fkey FOREIGN KEY(dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE
);
CREATE INDEX ti_dag_run ON task_instance (dag_id, run_id);
CREATE INDEX ti_state_lkp ON task_instance (dag_id, task_id, run_id, state);
CREATE INDEX ti_heartbeat ON task_instance (last_heartbeat_at);
CREATE INDEX ti_pool ON task_instance (pool, state, priority_weight);
CREATE INDEX ti_trigger_id ON task_instance (trigger_id);
CREATE INDEX ti_dag_state ON task_instance (dag_id, state);
CREATE INDEX ti_state ON task_instance (state);
CREATE INDEX ti_dag_version_id ON task_instance (dag_version_id);

CREATE TABLE "rendered_task_instance_fields" (
    dag_id VARCHAR(250) NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT '-1' NOT NULL,
    rendered_fields JSON NOT NULL,
    k8s_pod_yaml JSON,
    CONSTRAINT rendered_task_instance_fields_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index),
    CONSTRAINT rtif_ti_fkey FOREIGN KEY(dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE
);

CREATE TABLE "task_map" (
    dag_id VARCHAR(250) NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    map_index INTEGER NOT NULL,
    length INTEGER NOT NULL,
    keys JSON,
    CONSTRAINT task_map_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index),
    CONSTRAINT ck_task_map_task_map_length_not_negative CHECK (length >= 0),
    CONSTRAINT task_map_task_instance_fkey FOREIGN KEY(dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "dag_code" (
    fileloc VARCHAR(2000) NOT NULL,
    last_updated TIMESTAMP NOT NULL,
    source_code TEXT NOT NULL,
    id CHAR(32) NOT NULL,
    dag_version_id CHAR(32) NOT NULL,
    source_code_hash VARCHAR(32) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT dag_code_pkey PRIMARY KEY (id),
    CONSTRAINT dag_code_dag_version_id_fkey FOREIGN KEY(dag_version_id) REFERENCES dag_version (id) ON DELETE CASCADE,
    CONSTRAINT dag_code_dag_version_id_uq UNIQUE (dag_version_id)
);

CREATE TABLE _xcom_archive (
    dag_run_id INTEGER NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT (-1) NOT NULL,
    "key" VARCHAR(512) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    value BLOB,
    timestamp TIMESTAMP NOT NULL,
    CONSTRAINT _xcom_archive_pkey PRIMARY KEY (dag_run_id, task_id, map_index, "key")
);

CREATE TABLE "xcom" (
    dag_run_id INTEGER NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT '-1' NOT NULL,
    "key" VARCHAR(512) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    timestamp TIMESTAMP NOT NULL,
    value JSON,
    dag_result BOOLEAN,
    CONSTRAINT xcom_pkey PRIMARY KEY (dag_run_id, task_id, map_index, "key"),
    CONSTRAINT xcom_task_instance_fkey FOREIGN KEY(dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE
);
CREATE INDEX idx_xcom_task_instance ON xcom (dag_id, task_id, run_id, map_index);
CREATE INDEX idx_xcom_key ON xcom ("key");

CREATE TABLE "import_error" (
    id INTEGER NOT NULL,
    timestamp TIMESTAMP,
    filename VARCHAR(1024),
    stacktrace TEXT,
    bundle_name VARCHAR(250),
    CONSTRAINT import_error_pkey PRIMARY KEY (id)
);

CREATE TABLE "serialized_dag" (
    dag_id VARCHAR(250) NOT NULL,
    last_updated TIMESTAMP NOT NULL,
    dag_hash VARCHAR(32) NOT NULL,
    data JSON,
    data_compressed BLOB,
    id CHAR(32) NOT NULL,
    dag_version_id CHAR(32) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT serialized_dag_pkey PRIMARY KEY (id),
    CONSTRAINT serialized_dag_dag_version_id_fkey FOREIGN KEY(dag_version_id) REFERENCES dag_version (id) ON DELETE CASCADE,
    CONSTRAINT serialized_dag_dag_version_id_uq UNIQUE (dag_version_id)
);

CREATE TABLE dag_schedule_asset_name_reference (
    name VARCHAR(1500) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT dsanr_pkey PRIMARY KEY (name, dag_id),
    CONSTRAINT dsanr_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_schedule_asset_name_reference_dag_id ON dag_schedule_asset_name_reference (dag_id);

CREATE TABLE dag_schedule_asset_uri_reference (
    uri VARCHAR(1500) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT dsaur_pkey PRIMARY KEY (uri, dag_id),
    CONSTRAINT dsaur_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_schedule_asset_uri_reference_dag_id ON dag_schedule_asset_uri_reference (dag_id);

CREATE TABLE "dag_priority_parsing_request" (
    id VARCHAR(32) NOT NULL,
    bundle_name VARCHAR(250) NOT NULL,
    relative_fileloc VARCHAR(2000) NOT NULL,
    CONSTRAINT dag_priority_parsing_request_pkey PRIMARY KEY (id)
);

CREATE TABLE task_inlet_asset_reference (
    asset_id INTEGER NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CONSTRAINT tiar_pkey PRIMARY KEY (asset_id, dag_id, task_id),
    CONSTRAINT tiar_asset_fkey FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT tiar_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_task_inlet_asset_reference_dag_id ON task_inlet_asset_reference (dag_id);

CREATE TABLE dag_favorite (
    user_id VARCHAR(250) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    CONSTRAINT dag_favorite_pkey PRIMARY KEY (user_id, dag_id),
    CONSTRAINT dag_favorite_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);

CREATE TABLE asset_watcher (
    name VARCHAR(1500) NOT NULL,
    asset_id INTEGER NOT NULL,
    trigger_id INTEGER NOT NULL,
    CONSTRAINT asset_watcher_pkey PRIMARY KEY (asset_id, trigger_id),
    CONSTRAINT awm_asset_id_fkey FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT awm_trigger_id_fkey FOREIGN KEY(trigger_id) REFERENCES "trigger" (id) ON DELETE CASCADE
);
CREATE INDEX idx_awm_trigger_id ON asset_watcher (trigger_id);

CREATE TABLE "callback" (
    created_at TIMESTAMP NOT NULL,
    type VARCHAR(20) NOT NULL,
    fetch_method VARCHAR(20) NOT NULL,
    data JSON NOT NULL,
    state VARCHAR(10),
    output TEXT,
    trigger_id INTEGER,
    id CHAR(32) NOT NULL,
    priority_weight INTEGER NOT NULL,
    bundle_name VARCHAR(250),
    CONSTRAINT callback_pkey PRIMARY KEY (id),
    CONSTRAINT callback_trigger_id_fkey FOREIGN KEY(trigger_id) REFERENCES "trigger" (id)
);

CREATE TABLE partitioned_asset_key_log (
    id INTEGER NOT NULL,
    asset_id INTEGER NOT NULL,
    asset_event_id INTEGER NOT NULL,
    asset_partition_dag_run_id INTEGER NOT NULL,
    source_partition_key VARCHAR(250) NOT NULL,
    target_dag_id VARCHAR(250) NOT NULL,
    target_partition_key VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT partitioned_asset_key_log_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_pakl_apdr_id ON partitioned_asset_key_log (asset_partition_dag_run_id);

CREATE TABLE asset_partition_dag_run (
    id INTEGER NOT NULL,
    target_dag_id VARCHAR(250) NOT NULL,
    created_dag_run_id INTEGER,
    partition_key VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    rollup_fingerprint JSON,
    partition_date TIMESTAMP,
    CONSTRAINT asset_partition_dag_run_pkey PRIMARY KEY (id),
    CONSTRAINT apdr_created_dag_run_id_fkey FOREIGN KEY(created_dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE
);

CREATE TABLE "dag_bundle_team" (
    dag_bundle_name VARCHAR(250) NOT NULL,
    team_name VARCHAR(50) NOT NULL,
    CONSTRAINT dag_bundle_team_pkey PRIMARY KEY (dag_bundle_name, team_name),
    CONSTRAINT dag_bundle_team_dag_bundle_name_fkey FOREIGN KEY(dag_bundle_name) REFERENCES dag_bundle (name) ON DELETE CASCADE,
    CONSTRAINT dag_bundle_team_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_dag_bundle_team_dag_bundle_name ON dag_bundle_team (dag_bundle_name);
CREATE INDEX idx_dag_bundle_team_team_name ON dag_bundle_team (team_name);

CREATE TABLE "log" (
    id INTEGER NOT NULL,
    dttm TIMESTAMP,
    dag_id VARCHAR(250),
    task_id VARCHAR(250),
    map_index INTEGER,
    event VARCHAR(60) NOT NULL,
    logical_date TIMESTAMP,
    owner VARCHAR(500),
    extra TEXT,
    owner_display_name VARCHAR(500),
    run_id VARCHAR(250),
    try_number INTEGER,
    CONSTRAINT log_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_log_dttm ON log (dttm);
CREATE INDEX idx_log_event ON log (event);
CREATE INDEX idx_log_task_instance ON log (dag_id, task_id, run_id, map_index, try_number);

CREATE TABLE "deadline_alert" (
    id CHAR(32) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    serialized_dag_id CHAR(32) NOT NULL,
    name VARCHAR(250),
    description TEXT,
    reference JSON NOT NULL,
    interval JSON NOT NULL,
    callback_def JSON NOT NULL,
    CONSTRAINT deadline_alert_pkey PRIMARY KEY (id),
    CONSTRAINT deadline_alert_serialized_dag_id_fkey FOREIGN KEY(serialized_dag_id) REFERENCES serialized_dag (id) ON DELETE CASCADE
);

CREATE TABLE "deadline" (
    id CHAR(32) NOT NULL,
    dagrun_id INTEGER,
    deadline_time TIMESTAMP NOT NULL,
    missed BOOLEAN NOT NULL,
    callback_id CHAR(32) NOT NULL,
    deadline_alert_id CHAR(32),
    created_at TIMESTAMP NOT NULL,
    last_updated_at TIMESTAMP NOT NULL,
    CONSTRAINT deadline_pkey PRIMARY KEY (id),
    CONSTRAINT deadline_callback_id_fkey FOREIGN KEY(callback_id) REFERENCES callback (id) ON DELETE CASCADE,
    CONSTRAINT deadline_dagrun_id_fkey FOREIGN KEY(dagrun_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT deadline_deadline_alert_id_fkey FOREIGN KEY(deadline_alert_id) REFERENCES deadline_alert (id) ON DELETE SET NULL
);
CREATE INDEX deadline_callback_id_idx ON deadline (callback_id);
CREATE INDEX deadline_missed_deadline_time_idx ON deadline (missed, deadline_time);

CREATE TABLE revoked_token (
    jti VARCHAR(32) NOT NULL,
    exp TIMESTAMP NOT NULL,
    CONSTRAINT revoked_token_pkey PRIMARY KEY (jti)
);
CREATE INDEX idx_revoked_token_exp ON revoked_token (exp);

CREATE TABLE "task_instance_history" (
    task_id VARCHAR(250) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT (-1) NOT NULL,
    try_number INTEGER NOT NULL,
    start_date TIMESTAMP,
    end_date TIMESTAMP,
    duration FLOAT,
    state VARCHAR(20),
    max_tries INTEGER DEFAULT (-1),
    hostname VARCHAR(1000),
    unixname VARCHAR(1000),
    pool VARCHAR(256) NOT NULL,
    pool_slots INTEGER NOT NULL,
    queue VARCHAR(256),
    priority_weight INTEGER,
    operator VARCHAR(1000),
    custom_operator_name VARCHAR(1000),
    queued_dttm TIMESTAMP,
    queued_by_job_id INTEGER,
    pid INTEGER,
    executor VARCHAR(1000),
    executor_config BLOB,
    updated_at TIMESTAMP,
    rendered_map_index VARCHAR(250),
    external_executor_id TEXT,
    trigger_id INTEGER,
    trigger_timeout DATETIME,
    next_method VARCHAR(1000),
    next_kwargs JSON,
    task_display_name VARCHAR(2000),
    dag_version_id CHAR(32),
    scheduled_dttm TIMESTAMP,
    task_instance_id CHAR(32) NOT NULL,
    context_carrier JSON,
    span_status VARCHAR(250) DEFAULT 'not_started' NOT NULL,
    retry_delay_override FLOAT,
    retry_reason VARCHAR(500),
    CONSTRAINT task_instance_history_pkey PRIMARY KEY (task_instance_id),
    CONSTRAINT task_instance_history_dtrt_uq UNIQUE (dag_id, task_id, run_id, map_index, try_number),
    CONSTRAINT task_instance_history_ti_fkey FOREIGN KEY(dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX idx_tih_dag_run ON task_instance_history (dag_id, run_id);

CREATE TABLE "task_instance_note" (
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    user_id VARCHAR(128),
    content VARCHAR(1000),
    ti_id CHAR(32) NOT NULL,
    CONSTRAINT task_instance_note_pkey PRIMARY KEY (ti_id),
    CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY(ti_id) REFERENCES task_instance (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "task_reschedule" (
    id INTEGER NOT NULL,
    start_date TIMESTAMP NOT NULL,
    end_date TIMESTAMP NOT NULL,
    duration INTEGER NOT NULL,
    reschedule_date TIMESTAMP NOT NULL,
    ti_id CHAR(32) NOT NULL,
    CONSTRAINT task_reschedule_pkey PRIMARY KEY (id),
    CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY(ti_id) REFERENCES task_instance (id) ON DELETE CASCADE
);
CREATE INDEX idx_task_reschedule_ti_id_id_desc ON task_reschedule (ti_id, id);

CREATE TABLE "hitl_detail" (
    ti_id CHAR(32) NOT NULL,
    options JSON NOT NULL,
    subject TEXT NOT NULL,
    body TEXT,
    defaults JSON,
    multiple BOOLEAN,
    params JSON NOT NULL,
    assignees JSON,
    created_at TIMESTAMP NOT NULL,
    responded_at TIMESTAMP,
    responded_by JSON,
    chosen_options JSON,
    params_input JSON NOT NULL,
    CONSTRAINT hitl_detail_pkey PRIMARY KEY (ti_id),
    CONSTRAINT hitl_detail_ti_fkey FOREIGN KEY(ti_id) REFERENCES task_instance (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "hitl_detail_history" (
    ti_history_id CHAR(32) NOT NULL,
    options JSON NOT NULL,
    subject TEXT NOT NULL,
    body TEXT,
    defaults JSON,
    multiple BOOLEAN,
    params JSON NOT NULL,
    assignees JSON,
    created_at TIMESTAMP NOT NULL,
    responded_at TIMESTAMP,
    responded_by JSON,
    chosen_options JSON,
    params_input JSON NOT NULL,
    CONSTRAINT hitl_detail_history_pkey PRIMARY KEY (ti_history_id),
    CONSTRAINT hitl_detail_history_tih_fkey FOREIGN KEY(ti_history_id) REFERENCES task_instance_history (task_instance_id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "backfill_dag_run" (
    id INTEGER NOT NULL,
    backfill_id INTEGER NOT NULL,
    dag_run_id INTEGER,
    sort_ordinal INTEGER NOT NULL,
    exception_reason VARCHAR(250),
    logical_date TIMESTAMP,
    partition_key VARCHAR(250),
    CONSTRAINT backfill_dag_run_pkey PRIMARY KEY (id),
    CONSTRAINT bdr_backfill_fkey FOREIGN KEY(backfill_id) REFERENCES backfill (id) ON DELETE CASCADE,
    CONSTRAINT bdr_dag_run_fkey FOREIGN KEY(dag_run_id) REFERENCES dag_run (id) ON DELETE SET NULL,
    CONSTRAINT ix_bdr_backfill_id_dag_run_id UNIQUE (backfill_id, dag_run_id)
);

CREATE TABLE "connection" (
    id INTEGER NOT NULL,
    conn_id VARCHAR(250) NOT NULL,
    conn_type VARCHAR(500) NOT NULL,
    host VARCHAR(500),
    schema VARCHAR(500),
    login TEXT,
    password TEXT,
    port INTEGER,
    extra TEXT,
    is_encrypted BOOLEAN NOT NULL,
    is_extra_encrypted BOOLEAN NOT NULL,
    description VARCHAR(5000),
    team_name VARCHAR(50),
    CONSTRAINT connection_pkey PRIMARY KEY (id),
    CONSTRAINT connection_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE SET NULL,
    CONSTRAINT connection_conn_id_uq UNIQUE (conn_id)
);

CREATE TABLE "slot_pool" (
    id INTEGER NOT NULL,
    pool VARCHAR(256),
    slots INTEGER NOT NULL,
    description TEXT,
    include_deferred BOOLEAN NOT NULL,
    team_name VARCHAR(50),
    CONSTRAINT slot_pool_pkey PRIMARY KEY (id),
    CONSTRAINT slot_pool_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE SET NULL,
    CONSTRAINT slot_pool_pool_uq UNIQUE (pool)
);

CREATE TABLE "variable" (
    id INTEGER NOT NULL,
    "key" VARCHAR(250) NOT NULL,
    val TEXT NOT NULL,
    description TEXT,
    is_encrypted BOOLEAN NOT NULL,
    team_name VARCHAR(50),
    CONSTRAINT variable_pkey PRIMARY KEY (id),
    CONSTRAINT variable_key_uq UNIQUE ("key"),
    CONSTRAINT variable_team_name_fkey FOREIGN KEY(team_name) REFERENCES team (name) ON DELETE SET NULL
);

CREATE TABLE asset_state_store (
    asset_id INTEGER NOT NULL,
    "key" VARCHAR(512) NOT NULL,
    value TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    last_updated_by_kind VARCHAR(16),
    last_updated_by_dag_id VARCHAR(250),
    last_updated_by_run_id VARCHAR(250),
    last_updated_by_task_id VARCHAR(250),
    last_updated_by_map_index INTEGER,
    CONSTRAINT asset_state_store_pkey PRIMARY KEY (asset_id, "key"),
    CONSTRAINT asset_state_store_asset_fkey FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);

CREATE TABLE task_state_store (
    id INTEGER NOT NULL,
    dag_run_id INTEGER NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    map_index INTEGER DEFAULT '-1' NOT NULL,
    "key" VARCHAR(512) NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) NOT NULL,
    value TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    CONSTRAINT task_state_store_pkey PRIMARY KEY (id),
    CONSTRAINT task_state_store_dag_run_fkey FOREIGN KEY(dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT task_state_store_uq UNIQUE (dag_run_id, task_id, map_index, "key")
);
CREATE INDEX idx_task_state_store_lookup ON task_state_store (dag_id, run_id, task_id, map_index);
CREATE INDEX idx_task_state_store_expires_at ON task_state_store (expires_at);

CREATE TABLE "dag_schedule_asset_reference" (
    asset_id INTEGER NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    allow_producer_teams JSON,
    allow_global_producers BOOLEAN DEFAULT 1 NOT NULL,
    CONSTRAINT dsar_pkey PRIMARY KEY (asset_id, dag_id),
    CONSTRAINT dsar_asset_fkey FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT dsar_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_schedule_asset_reference_dag_id ON dag_schedule_asset_reference (dag_id);

CREATE TABLE connection_test_request (
    id CHAR(32) NOT NULL,
    token VARCHAR(64) NOT NULL,
    connection_id VARCHAR(250) NOT NULL,
    state VARCHAR(20) NOT NULL,
    result_message VARCHAR(2000),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    executor VARCHAR(256),
    queue VARCHAR(256),
    conn_type VARCHAR(500) NOT NULL,
    host VARCHAR(500),
    login TEXT,
    password TEXT,
    schema VARCHAR(500),
    port INTEGER,
    extra TEXT,
    is_encrypted BOOLEAN DEFAULT '0' NOT NULL,
    is_extra_encrypted BOOLEAN DEFAULT '0' NOT NULL,
    commit_on_success BOOLEAN DEFAULT '0' NOT NULL,
    active_connection_id VARCHAR(250),
    team_name VARCHAR(50),
    CONSTRAINT connection_test_request_pkey PRIMARY KEY (id),
    CONSTRAINT connection_test_request_token_uq UNIQUE (token),
    CONSTRAINT uq_connection_test_request_active_conn UNIQUE (active_connection_id)
);
CREATE INDEX idx_connection_test_request_state_created_at ON connection_test_request (state, created_at);

CREATE TABLE "task_outlet_asset_reference" (
    asset_id INTEGER NOT NULL,
    dag_id VARCHAR(250) NOT NULL,
    task_id VARCHAR(250) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    allow_consumer_teams JSON,
    allow_global_consumers BOOLEAN DEFAULT 1 NOT NULL,
    CONSTRAINT toar_pkey PRIMARY KEY (asset_id, dag_id, task_id),
    CONSTRAINT toar_asset_fkey FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT toar_dag_id_fkey FOREIGN KEY(dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_task_outlet_asset_reference_dag_id ON task_outlet_asset_reference (dag_id);
