"""Rules for task items, events and nonces.

Ours. The database holds what only Python did until now: defaults, lists of values, what is JSON.
A value that no list has is refused, and then nothing is changed.

- changes column events.id: NOT NULL
- changes column events.timestamp: DEFAULT
- drops index ix_events_timestamp
- drops index ix_events_event_type
- changes column nonces.id: NOT NULL
- changes column nonces.created_at: DEFAULT
- changes column nonces.last_accessed_at: DEFAULT
- changes column nonces.request_count: DEFAULT
- drops index ix_nonces_nonce_key
- drops index ix_nonces_created_at
- drops index ix_nonces_last_accessed_at
- changes column task_item.timestamp_created: NOT NULL, DEFAULT
- changes column task_item.state: NOT NULL, DEFAULT
- changes column task_item.progress_percentage: NOT NULL, DEFAULT
- changes column task_item.stop_requested: NOT NULL, DEFAULT
- drops index ix_task_item_api_key_id
- changes column workers.started_at: DEFAULT
- changes column workers.last_heartbeat_at: DEFAULT
- drops index ix_workers_last_heartbeat_at
- drops index ix_workers_current_task_id
- adds check task_item.ck_task_item_state
- adds check task_item.ck_task_item_progress
- adds check task_item.ck_task_item_stop_requested
- adds check task_item.ck_task_item_parameters
- adds check task_item.ck_task_item_overview
- adds check task_item.ck_task_item_recoverable
- adds index idx_task_item_pending
- adds index idx_task_item_user_id
- adds index idx_task_item_api_key_id
- adds check events.ck_events_event_type
- adds check events.ck_events_context
- adds index idx_events_timestamp
- adds index idx_events_event_type
- adds index idx_workers_last_heartbeat_at
- adds index idx_workers_current_task_id
- adds unique nonces.uq_nonces_nonce_key
- adds check nonces.ck_nonces_request_count
- adds check nonces.ck_nonces_context
- adds index idx_nonces_created_at
- adds index idx_nonces_last_accessed_at
- table task_item is rebuilt: SQLite 3.40 cannot change NOT NULL, DEFAULT of a column, a
  check in place
- table events is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, DEFAULT of a
  column, a check in place
- table workers is rebuilt: SQLite 3.40 cannot change DEFAULT of a column in place
- table nonces is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, DEFAULT of a
  column, a unique, a check in place

Revision ID: 71be5a903cf4
Revises: c84a1f60d2e9
Create Date: 2026-04-20 14:58:20
"""

import sqlalchemy as sa
from alembic import op

revision = "71be5a903cf4"
down_revision = "c84a1f60d2e9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of task_item was left there before",
        "task_item was made anew, with its rows",
        "no copy of events was left there before",
        "events was made anew, with its rows",
        "no copy of workers was left there before",
        "workers was made anew, with its rows",
        "no copy of nonces was left there before",
        "nonces was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # No worker ever took a task without a state, and none shall take it now.
    op.execute("""
UPDATE OR ROLLBACK task_item SET
    timestamp_created = coalesce(timestamp_created, last_seen_timestamp, CURRENT_TIMESTAMP),
    state = coalesce(state, 'failed'),
    progress_percentage = coalesce(progress_percentage, 0),
    stop_requested = coalesce(stop_requested, 0)""")

    # Rows may refuse: task_item.timestamp_created NOT NULL.
    # Rows may refuse: task_item.state NOT NULL.
    # Rows may refuse: task_item.progress_percentage NOT NULL.
    # Rows may refuse: task_item.stop_requested NOT NULL.
    # Rows may refuse: task_item.ck_task_item_state CHECK (state IN ('pending',
    # 'processing', 'completed', 'failed', 'stopped')).
    # Rows may refuse: task_item.ck_task_item_progress CHECK (progress_percentage
    # BETWEEN 0 AND 100).
    # Rows may refuse: task_item.ck_task_item_stop_requested CHECK (stop_requested IN
    # (0, 1)).
    # Rows may refuse: task_item.ck_task_item_parameters CHECK (parameters IS NULL OR
    # json_valid(parameters)).
    # Rows may refuse: task_item.ck_task_item_overview CHECK (run_activity_overview_json
    # IS NULL OR json_valid(run_activity_overview_json)).
    # Rows may refuse: task_item.ck_task_item_recoverable CHECK (recoverable IS NULL OR
    # recoverable IN (0, 1)).
    before_batch(3, "task_item")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "timestamp_created",
            nullable=False,
            server_default=sa.text("CURRENT_TIMESTAMP"),
        )
        batch_op.alter_column("state", nullable=False, server_default=sa.text("'pending'"))
        batch_op.alter_column("progress_percentage", nullable=False, server_default=sa.text("0"))
        batch_op.alter_column("stop_requested", nullable=False, server_default=sa.text("0"))
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_state"),
            "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_progress"), "progress_percentage BETWEEN 0 AND 100"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_stop_requested"), "stop_requested IN (0, 1)"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_parameters"),
            "parameters IS NULL OR json_valid(parameters)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_overview"),
            "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_recoverable"),
            "recoverable IS NULL OR recoverable IN (0, 1)",
        )
    after_batch(4, "task_item")

    # Rows may refuse: events.ck_events_event_type CHECK (event_type IN (
    # 'GENERIC_ERROR', 'GENERIC_EVENT', 'TASK_PENDING', 'TASK_PROCESSING',
    # 'TASK_FAILED', 'TASK_COMPLETED' )).
    # Rows may refuse: events.ck_events_context CHECK (context IS NULL OR
    # json_valid(context)).
    before_batch(5, "events")
    with op.batch_alter_table("events", copy_from=events_before(), recreate="always") as batch_op:
        batch_op.alter_column("id", nullable=True)
        batch_op.alter_column("timestamp", server_default=sa.text("CURRENT_TIMESTAMP"))
        batch_op.create_check_constraint(
            batch_op.f("ck_events_event_type"),
            """event_type IN (
        'GENERIC_ERROR', 'GENERIC_EVENT',
        'TASK_PENDING', 'TASK_PROCESSING', 'TASK_FAILED', 'TASK_COMPLETED'
    )""",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_events_context"), "context IS NULL OR json_valid(context)"
        )
    after_batch(6, "events")

    before_batch(7, "workers")
    with op.batch_alter_table("workers", copy_from=workers_before(), recreate="always") as batch_op:
        batch_op.alter_column("started_at", server_default=sa.text("CURRENT_TIMESTAMP"))
        batch_op.alter_column("last_heartbeat_at", server_default=sa.text("CURRENT_TIMESTAMP"))
    after_batch(8, "workers")

    # Rows may refuse: nonces.uq_nonces_nonce_key UNIQUE (nonce_key).
    # Rows may refuse: nonces.ck_nonces_request_count CHECK (request_count >= 1).
    # Rows may refuse: nonces.ck_nonces_context CHECK (context IS NULL OR
    # json_valid(context)).
    before_batch(9, "nonces")
    with op.batch_alter_table("nonces", copy_from=nonces_before(), recreate="always") as batch_op:
        batch_op.alter_column("id", nullable=True)
        batch_op.alter_column("created_at", server_default=sa.text("CURRENT_TIMESTAMP"))
        batch_op.alter_column("last_accessed_at", server_default=sa.text("CURRENT_TIMESTAMP"))
        batch_op.alter_column("request_count", server_default=sa.text("1"))
        batch_op.create_unique_constraint(batch_op.f("uq_nonces_nonce_key"), ["nonce_key"])
        batch_op.create_check_constraint(
            batch_op.f("ck_nonces_request_count"), "request_count >= 1"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_nonces_context"), "context IS NULL OR json_valid(context)"
        )
    after_batch(10, "nonces")

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("""
CREATE INDEX idx_task_item_pending ON task_item (timestamp_created) WHERE state = 'pending'""")
    op.execute("""
CREATE INDEX idx_task_item_user_id ON task_item (user_id, timestamp_created)""")
    op.execute("CREATE INDEX idx_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("CREATE INDEX idx_events_timestamp ON events (timestamp)")
    op.execute("CREATE INDEX idx_events_event_type ON events (event_type)")
    op.execute("""
CREATE INDEX idx_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX idx_workers_current_task_id ON workers (current_task_id)")
    op.execute("CREATE INDEX idx_nonces_created_at ON nonces (created_at)")
    op.execute("CREATE INDEX idx_nonces_last_accessed_at ON nonces (last_accessed_at)")

    end(
        10,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_events_event_type', 57),
    ('index', 'idx_events_timestamp', 55),
    ('index', 'idx_nonces_created_at', 57),
    ('index', 'idx_nonces_last_accessed_at', 69),
    ('index', 'idx_task_item_api_key_id', 63),
    ('index', 'idx_task_item_pending', 91),
    ('index', 'idx_task_item_user_id', 76),
    ('index', 'idx_workers_current_task_id', 69),
    ('index', 'idx_workers_last_heartbeat_at', 73))) = 9""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'events'),
    ('table', 'nonces'),
    ('table', 'task_item'),
    ('table', 'workers'))) = 4""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of events was left there before",
        "events was made anew, with its rows",
        "no copy of nonces was left there before",
        "nonces was made anew, with its rows",
        "no copy of task_item was left there before",
        "task_item was made anew, with its rows",
        "no copy of workers was left there before",
        "workers was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: events.id NOT NULL.
    before_batch(3, "events")
    with op.batch_alter_table("events", copy_from=events_after(), recreate="always") as batch_op:
        batch_op.alter_column("id", nullable=False)
        batch_op.alter_column("timestamp", server_default=None)
        batch_op.drop_constraint(batch_op.f("ck_events_event_type"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_events_context"), type_="check")
    after_batch(4, "events")

    # Rows may refuse: nonces.id NOT NULL.
    before_batch(5, "nonces")
    with op.batch_alter_table("nonces", copy_from=nonces_after(), recreate="always") as batch_op:
        batch_op.alter_column("id", nullable=False)
        batch_op.alter_column("created_at", server_default=None)
        batch_op.alter_column("last_accessed_at", server_default=None)
        batch_op.alter_column("request_count", server_default=None)
        batch_op.drop_constraint(batch_op.f("uq_nonces_nonce_key"), type_="unique")
        batch_op.drop_constraint(batch_op.f("ck_nonces_request_count"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_nonces_context"), type_="check")
    after_batch(6, "nonces")

    before_batch(7, "task_item")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column("timestamp_created", nullable=True, server_default=None)
        batch_op.alter_column("state", nullable=True, server_default=None)
        batch_op.alter_column("progress_percentage", nullable=True, server_default=None)
        batch_op.alter_column("stop_requested", nullable=True, server_default=None)
        batch_op.drop_constraint(batch_op.f("ck_task_item_state"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_progress"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_stop_requested"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_parameters"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_overview"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_recoverable"), type_="check")
    after_batch(8, "task_item")

    before_batch(9, "workers")
    with op.batch_alter_table("workers", copy_from=workers_after(), recreate="always") as batch_op:
        batch_op.alter_column("started_at", server_default=None)
        batch_op.alter_column("last_heartbeat_at", server_default=None)
    after_batch(10, "workers")

    op.execute("CREATE INDEX ix_events_timestamp ON events (timestamp)")
    op.execute("CREATE INDEX ix_events_event_type ON events (event_type)")
    # Rows may refuse: ix_nonces_nonce_key UNIQUE (nonce_key).
    op.execute("CREATE UNIQUE INDEX ix_nonces_nonce_key ON nonces (nonce_key)")
    op.execute("CREATE INDEX ix_nonces_created_at ON nonces (created_at)")
    op.execute("CREATE INDEX ix_nonces_last_accessed_at ON nonces (last_accessed_at)")
    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")

    end(
        10,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_events_event_type', 56),
    ('index', 'ix_events_timestamp', 54),
    ('index', 'ix_nonces_created_at', 56),
    ('index', 'ix_nonces_last_accessed_at', 68),
    ('index', 'ix_nonces_nonce_key', 61),
    ('index', 'ix_task_item_api_key_id', 62),
    ('index', 'ix_workers_current_task_id', 68),
    ('index', 'ix_workers_last_heartbeat_at', 72))) = 8""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'events'),
    ('table', 'nonces'),
    ('table', 'task_item'),
    ('table', 'workers'))) = 4""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def task_item_before() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("timestamp_created", sa.DATETIME()),
        sa.Column("state", sa.VARCHAR(10)),
        sa.Column("prompt", sa.TEXT()),
        sa.Column("progress_percentage", Spelled("NUMERIC(5,2)")),
        sa.Column("progress_message", sa.VARCHAR(128)),
        sa.Column("last_seen_timestamp", sa.DATETIME()),
        sa.Column("user_id", sa.VARCHAR(256)),
        sa.Column("parameters", sa.JSON()),
        sa.Column("generated_report_html", sa.TEXT()),
        sa.Column("run_zip_snapshot", sa.BLOB()),
        sa.Column("stop_requested", sa.BOOLEAN()),
        sa.Column("stop_requested_timestamp", sa.DATETIME()),
        sa.Column("run_track_activity_jsonl", sa.TEXT()),
        sa.Column("run_track_activity_bytes", sa.INTEGER()),
        sa.Column("run_activity_overview_json", sa.JSON()),
        sa.Column("run_artifact_layout_version", sa.INTEGER()),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column("steps_completed", sa.INTEGER()),
        sa.Column("steps_total", sa.INTEGER()),
        sa.Column("current_step", sa.VARCHAR(128)),
        sa.Column("failure_reason", sa.VARCHAR(64)),
        sa.Column("failed_step", sa.VARCHAR(128)),
        sa.Column("error_message", sa.VARCHAR(256)),
        sa.Column("recoverable", sa.BOOLEAN()),
        sa.Column("last_progress_at", sa.DATETIME()),
        sa.CheckConstraint("length(id) = 36", name="ck_task_item_id"),
    )


def events_before() -> sa.Table:
    return sa.Table(
        "events",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=False),
        sa.Column("timestamp", sa.DATETIME(), nullable=False),
        sa.Column("event_type", sa.VARCHAR(15), nullable=False),
        sa.Column("message", sa.TEXT(), nullable=False),
        sa.Column("context", sa.JSON()),
    )


def workers_before() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column("started_at", sa.DATETIME(), nullable=False),
        sa.Column("last_heartbeat_at", sa.DATETIME(), nullable=False),
        sa.Column("current_task_id", sa.CHAR(36)),
        sa.ForeignKeyConstraint(
            ["current_task_id"],
            ["task_item.id"],
            name="fk_workers_task_item",
            ondelete="SET NULL",
        ),
    )


def nonces_before() -> sa.Table:
    return sa.Table(
        "nonces",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=False),
        sa.Column("nonce_key", sa.VARCHAR(255), nullable=False),
        sa.Column("created_at", sa.DATETIME(), nullable=False),
        sa.Column("last_accessed_at", sa.DATETIME(), nullable=False),
        sa.Column("request_count", sa.INTEGER(), nullable=False),
        sa.Column("context", sa.JSON()),
    )


def events_after() -> sa.Table:
    return sa.Table(
        "events",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=True),
        sa.Column(
            "timestamp",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("event_type", sa.VARCHAR(15), nullable=False),
        sa.Column("message", sa.TEXT(), nullable=False),
        sa.Column("context", sa.JSON()),
        sa.CheckConstraint(
            """event_type IN (
        'GENERIC_ERROR', 'GENERIC_EVENT',
        'TASK_PENDING', 'TASK_PROCESSING', 'TASK_FAILED', 'TASK_COMPLETED'
    )""",
            name="ck_events_event_type",
        ),
        sa.CheckConstraint("context IS NULL OR json_valid(context)", name="ck_events_context"),
    )


def nonces_after() -> sa.Table:
    return sa.Table(
        "nonces",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=True),
        sa.Column("nonce_key", sa.VARCHAR(255), nullable=False),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "last_accessed_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("request_count", sa.INTEGER(), server_default=sa.text("1"), nullable=False),
        sa.Column("context", sa.JSON()),
        sa.UniqueConstraint("nonce_key", name="uq_nonces_nonce_key"),
        sa.CheckConstraint("request_count >= 1", name="ck_nonces_request_count"),
        sa.CheckConstraint("context IS NULL OR json_valid(context)", name="ck_nonces_context"),
    )


def task_item_after() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column(
            "timestamp_created",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("state", sa.VARCHAR(10), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("prompt", sa.TEXT()),
        sa.Column(
            "progress_percentage",
            Spelled("NUMERIC(5,2)"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("progress_message", sa.VARCHAR(128)),
        sa.Column("last_seen_timestamp", sa.DATETIME()),
        sa.Column("user_id", sa.VARCHAR(256)),
        sa.Column("parameters", sa.JSON()),
        sa.Column("generated_report_html", sa.TEXT()),
        sa.Column("run_zip_snapshot", sa.BLOB()),
        sa.Column("stop_requested", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column("stop_requested_timestamp", sa.DATETIME()),
        sa.Column("run_track_activity_jsonl", sa.TEXT()),
        sa.Column("run_track_activity_bytes", sa.INTEGER()),
        sa.Column("run_activity_overview_json", sa.JSON()),
        sa.Column("run_artifact_layout_version", sa.INTEGER()),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column("steps_completed", sa.INTEGER()),
        sa.Column("steps_total", sa.INTEGER()),
        sa.Column("current_step", sa.VARCHAR(128)),
        sa.Column("failure_reason", sa.VARCHAR(64)),
        sa.Column("failed_step", sa.VARCHAR(128)),
        sa.Column("error_message", sa.VARCHAR(256)),
        sa.Column("recoverable", sa.BOOLEAN()),
        sa.Column("last_progress_at", sa.DATETIME()),
        sa.CheckConstraint("length(id) = 36", name="ck_task_item_id"),
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
            name="ck_task_item_state",
        ),
        sa.CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_task_item_progress"),
        sa.CheckConstraint("stop_requested IN (0, 1)", name="ck_task_item_stop_requested"),
        sa.CheckConstraint(
            "parameters IS NULL OR json_valid(parameters)",
            name="ck_task_item_parameters",
        ),
        sa.CheckConstraint(
            "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
            name="ck_task_item_overview",
        ),
        sa.CheckConstraint(
            "recoverable IS NULL OR recoverable IN (0, 1)",
            name="ck_task_item_recoverable",
        ),
    )


def workers_after() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column(
            "started_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "last_heartbeat_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("current_task_id", sa.CHAR(36)),
        sa.ForeignKeyConstraint(
            ["current_task_id"],
            ["task_item.id"],
            name="fk_workers_task_item",
            ondelete="SET NULL",
        ),
    )


def begin(start: object, *guards: str) -> None:
    """Do all of this revision or nothing, even in a client that goes on after an error:
    `ask` writes down each condition that holds, by its number, and `end` counts them."""
    begun = f"nothing has failed, and the version is {start or 'none'}"
    rules = ",\n    ".join(
        f"CONSTRAINT {_quoted(words)} CHECK (asked <> {number} OR holds)"
        for number, words in enumerate(("every step was done", begun, *guards))
    )
    columns = "asked INTEGER PRIMARY KEY, holds INTEGER NOT NULL, was, had_rows"
    _execute("SAVEPOINT plumb")
    _execute(f"CREATE TEMP TABLE _plumb_guard (\n    {columns},\n    {rules}\n)")
    ask(1, _begin_script(start) if op.get_context().as_sql else "1")


def ask(number: int, condition: str) -> None:
    """Write down that this holds. Its constraint fails, in words, where it does not."""
    answer = f"(asked, holds)\nSELECT {number}, {condition}"
    _execute(f"INSERT INTO temp._plumb_guard {answer}")


def end(count: int, *conditions: str) -> None:
    """Undo everything unless `count` conditions are written down and these hold too."""
    counted = f"(SELECT count(*) FROM temp._plumb_guard) = {count}"
    verdict = "\n    AND ".join((counted, *conditions))
    _end_script(verdict) if op.get_context().as_sql else ask(0, verdict)
    _execute("DROP TABLE temp._plumb_guard")
    _execute("RELEASE plumb")


def _begin_script(start: object) -> str:
    """In a script, let each statement begin a transaction if an error has ended it. Return
    what must hold: none failed, the version is `start` (if no branches have their own)."""
    context = op.get_context()
    if context.version_table_schema:
        raise ValueError("a version table in a schema has no guard for its stamp")
    write = context.impl.static_output
    vars(context.impl)["static_output"] = lambda sql: write(f"SAVEPOINT step;\n{sql}")
    failed = f"type = 'table' AND name = {_text(context.version_table)}"
    sound = f"NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE {failed})"
    known = list(context.script.walk_revisions()) if context.script else []
    branches = any(one.is_branch_point or one.dependencies for one in known)
    if branches or sum(one.is_base for one in known) != 1:
        return sound
    version = f"group_concat(version_num) FROM main.{_quoted(context.version_table)}"
    return f"{sound}\n    AND (SELECT {version}) IS {_text(start) if start else 'NULL'}"


def _end_script(verdict: str) -> None:
    """In a script, a verdict of no rolls back, and the view with it. Then a table takes the
    stamp, and a row that refers to nothing makes every COMMIT fail from here on."""
    context = op.get_context()
    version = _quoted(context.version_table)
    holds = "(asked, holds NOT NULL CHECK (holds))"
    _execute(f"CREATE TEMP VIEW {version} AS SELECT 1 AS version_num")
    _execute(f"CREATE TEMP TABLE IF NOT EXISTS _plumb_guard {holds}")
    answer = f"(asked, holds)\nSELECT 0, {verdict}"
    _execute(f"INSERT OR ROLLBACK INTO temp._plumb_guard {answer}")
    del vars(context.impl)["static_output"]
    context.impl.static_output(f"""\
CREATE TEMP TABLE IF NOT EXISTS {version} AS SELECT 'undone' AS version_num;
DROP VIEW temp.{version};
-- Where all is well, this is in a transaction and changes nothing:
PRAGMA foreign_keys = ON;
SAVEPOINT undone;
CREATE TEMP TABLE IF NOT EXISTS _plumb_undone (
    was UNIQUE, row REFERENCES _plumb_undone (was) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO temp._plumb_undone (row) SELECT 1
WHERE NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE name = '_plumb_guard');""")


def _execute(sql: str) -> None:
    op.execute(sa.DDL(sql.replace("%", "%%")))  # type: ignore[no-untyped-call]


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def before_batch(number: int, table: str) -> None:
    """Write down the table's text and whether it has rows; no copy may be in the way."""
    said = f"{_no_copy(table)},\n    sql, EXISTS (SELECT 1 FROM {_quoted(table)})"
    row = f"SELECT {number}, {said}\nFROM {_stored(table)}"
    _execute(f"INSERT INTO temp._plumb_guard\n{row}")


def after_batch(number: int, table: str) -> None:
    """The table is another, has rows where it had some, and no copy is left."""
    same = f"EXISTS (SELECT 1 FROM {_quoted(table)}) = had_rows"
    anew = f"was <> (SELECT sql FROM {_stored(table)})\n    AND {_no_copy(table)}"
    before = f"FROM temp._plumb_guard WHERE asked = {number - 1}"
    ask(number, f"{same}\n    AND {anew}\n{before}")


def _stored(table: str) -> str:
    same = f"name = {_text(table)} COLLATE NOCASE"
    return f"main.sqlite_master WHERE type = 'table' AND {same}"


def _no_copy(table: str) -> str:
    copy = _text(f"_alembic_tmp_{table}"[:50])
    return f"NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {copy})"


class Spelled(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared
