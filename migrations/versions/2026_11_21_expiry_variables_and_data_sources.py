"""Expiry, variables and data sources

- adds column tasks.expires_at
- adds index idx_tasks_expires_at
- adds table variables
- adds table data_sources
- adds index idx_data_sources_kind
- adds column plans.run_track_activity_jsonl
- adds column plans.run_track_activity_bytes
- adds column plans.run_activity_overview_json
- adds column plans.run_artifact_layout_version
- adds column plans.failed_step
- adds column plans.recoverable
- adds check plans.ck_plans_overview
- adds check plans.ck_plans_recoverable
- adds column thread_messages.message_metadata
- adds check thread_messages.ck_thread_messages_metadata

Revision ID: c5485f8419b7
Revises: 4a90e6d2f713
Create Date: 2026-11-21 11:25:28.286953
"""

import sqlalchemy as sa
from alembic import op

revision = "c5485f8419b7"
down_revision = "4a90e6d2f713"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
CREATE TABLE variables (
    name TEXT NOT NULL PRIMARY KEY,
    encrypted_value TEXT NOT NULL,
    description TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL
)""")

    op.execute("""
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
)""")

    op.execute("ALTER TABLE tasks ADD COLUMN expires_at TIMESTAMP")

    op.execute("ALTER TABLE plans ADD COLUMN run_track_activity_jsonl TEXT")
    op.execute("ALTER TABLE plans ADD COLUMN run_track_activity_bytes INTEGER")
    op.execute("""
ALTER TABLE plans ADD COLUMN run_activity_overview_json JSON CONSTRAINT ck_plans_overview
        CHECK (run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json))""")
    op.execute("ALTER TABLE plans ADD COLUMN run_artifact_layout_version INTEGER")
    op.execute("ALTER TABLE plans ADD COLUMN failed_step VARCHAR(128)")
    op.execute("""
ALTER TABLE plans ADD COLUMN recoverable BOOLEAN CONSTRAINT ck_plans_recoverable
        CHECK (recoverable IS NULL OR recoverable IN (0, 1))""")

    op.execute("""
ALTER TABLE thread_messages ADD COLUMN message_metadata JSON CONSTRAINT ck_thread_messages_metadata
        CHECK (message_metadata IS NULL OR json_valid(message_metadata))""")

    op.execute("CREATE INDEX idx_tasks_expires_at ON tasks (expires_at)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP INDEX idx_tasks_expires_at")

    # Loses column plans.run_track_activity_jsonl and its values.
    # Loses column plans.run_track_activity_bytes and its values.
    # Loses column plans.run_activity_overview_json and its values.
    # Loses column plans.run_artifact_layout_version and its values.
    # Loses column plans.failed_step and its values.
    # Loses column plans.recoverable and its values.
    with op.batch_alter_table("plans", copy_from=plans_after(), recreate="always") as batch_op:
        batch_op.drop_column("run_track_activity_jsonl")
        batch_op.drop_column("run_track_activity_bytes")
        batch_op.drop_column("run_activity_overview_json")
        batch_op.drop_column("run_artifact_layout_version")
        batch_op.drop_column("failed_step")
        batch_op.drop_column("recoverable")
        batch_op.drop_constraint(batch_op.f("ck_plans_overview"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_plans_recoverable"), type_="check")

    # Loses column tasks.expires_at and its values.
    op.execute("ALTER TABLE tasks DROP COLUMN expires_at")
    # Loses column thread_messages.message_metadata and its values.
    op.execute("ALTER TABLE thread_messages DROP COLUMN message_metadata")
    # Loses table variables and all its rows.
    op.execute("DROP TABLE variables")
    # Loses table data_sources and all its rows.
    op.execute("DROP TABLE data_sources")
    op.execute("""
CREATE INDEX idx_plans_pending ON plans (timestamp_created) WHERE state = 'pending'""")
    op.execute("CREATE INDEX idx_plans_user_id ON plans (user_id, timestamp_created)")
    op.execute("CREATE INDEX idx_plans_api_key_id ON plans (api_key_id)")

    op.execute("PRAGMA legacy_alter_table = OFF")


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


class Spelled(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared


def plans_after() -> sa.Table:
    return sa.Table(
        "plans",
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
        sa.Column("steps_completed", sa.INTEGER()),
        sa.Column("steps_total", sa.INTEGER()),
        sa.Column("current_step", sa.VARCHAR(128)),
        sa.Column("last_seen_timestamp", sa.DATETIME()),
        sa.Column("last_progress_at", sa.DATETIME()),
        sa.Column("stop_requested", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column("stop_requested_timestamp", sa.DATETIME()),
        sa.Column("user_id", sa.VARCHAR(256)),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column("parameters", sa.JSON()),
        sa.Column("generated_report_html", sa.TEXT()),
        sa.Column("run_zip_snapshot", sa.BLOB()),
        sa.Column("run_track_activity_jsonl", sa.TEXT()),
        sa.Column("run_track_activity_bytes", sa.INTEGER()),
        sa.Column("run_activity_overview_json", sa.JSON()),
        sa.Column("run_artifact_layout_version", sa.INTEGER()),
        sa.Column("failure_reason", sa.VARCHAR(64)),
        sa.Column("failed_step", sa.VARCHAR(128)),
        sa.Column("error_message", sa.VARCHAR(256)),
        sa.Column("recoverable", sa.BOOLEAN()),
        sa.CheckConstraint("length(id) = 36", name="ck_plans_id"),
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
            name="ck_plans_state",
        ),
        sa.CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_plans_progress"),
        sa.CheckConstraint("stop_requested IN (0, 1)", name="ck_plans_stop_requested"),
        sa.CheckConstraint(
            "parameters IS NULL OR json_valid(parameters)", name="ck_plans_parameters"
        ),
        sa.CheckConstraint(
            "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
            name="ck_plans_overview",
        ),
        sa.CheckConstraint(
            "recoverable IS NULL OR recoverable IN (0, 1)", name="ck_plans_recoverable"
        ),
    )
