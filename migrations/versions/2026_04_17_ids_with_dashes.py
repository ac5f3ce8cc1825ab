"""Ids of task items with dashes, and a key to them.

Ours. Two spellings of a UUID never meet in a join; workers have the one with dashes, so that is
the one. Only then can there be a foreign key.

- changes column task_item.id: type
- changes column workers.current_task_id: type
- adds check task_item.ck_task_item_id
- adds foreign key workers.fk_workers_task_item
- table task_item is rebuilt: SQLite 3.40 cannot change type of a column, a check in
  place
- table workers is rebuilt: SQLite 3.40 cannot change type of a column, a foreign key in
  place

Revision ID: c84a1f60d2e9
Revises: 8749741d
Create Date: 2026-04-17 11:12:54
"""

import sqlalchemy as sa
from alembic import op

revision = "c84a1f60d2e9"
down_revision = "8749741d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    # 32 digits become the spelling with dashes.
    op.execute("""
UPDATE task_item SET id = substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4)
    || '-' || substr(id, 17, 4) || '-' || substr(id, 21)
WHERE length(id) = 32""")
    # Whose task is gone, works at nothing.
    op.execute("""
UPDATE workers SET current_task_id = NULL
WHERE current_task_id NOT IN (SELECT id FROM task_item)""")

    # Rows may refuse: task_item.ck_task_item_id CHECK (length(id) = 36).
    with op.batch_alter_table(
        "task_item", copy_from=task_item_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column("id", type_=Spelled("CHAR(36)"), existing_type=Spelled("CHAR(32)"))
        batch_op.create_check_constraint(batch_op.f("ck_task_item_id"), "length(id) = 36")

    # Rows may refuse: workers.fk_workers_task_item REFERENCES task_item.
    with op.batch_alter_table("workers", copy_from=workers_before(), recreate="always") as batch_op:
        batch_op.alter_column(
            "current_task_id",
            type_=Spelled("CHAR(36)"),
            existing_type=Spelled("VARCHAR(255)"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_workers_task_item"),
            "task_item",
            ["current_task_id"],
            ["id"],
            ondelete="SET NULL",
        )

    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    with op.batch_alter_table(
        "task_item", copy_from=task_item_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column("id", type_=Spelled("CHAR(32)"), existing_type=Spelled("CHAR(36)"))
        batch_op.drop_constraint(batch_op.f("ck_task_item_id"), type_="check")

    with op.batch_alter_table("workers", copy_from=workers_after(), recreate="always") as batch_op:
        batch_op.alter_column(
            "current_task_id",
            type_=Spelled("VARCHAR(255)"),
            existing_type=Spelled("CHAR(36)"),
        )
        batch_op.drop_constraint(batch_op.f("fk_workers_task_item"), type_="foreignkey")

    # Workers never spelled them so.
    op.execute("UPDATE task_item SET id = replace(id, '-', '')")

    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")

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


def task_item_before() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", Spelled("CHAR(32)"), primary_key=True, nullable=False),
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
    )


def workers_before() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column("started_at", sa.DATETIME(), nullable=False),
        sa.Column("last_heartbeat_at", sa.DATETIME(), nullable=False),
        sa.Column("current_task_id", Spelled("VARCHAR(255)")),
    )


def task_item_after() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", Spelled("CHAR(36)"), primary_key=True, nullable=False),
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


def workers_after() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column("started_at", sa.DATETIME(), nullable=False),
        sa.Column("last_heartbeat_at", sa.DATETIME(), nullable=False),
        sa.Column("current_task_id", Spelled("CHAR(36)")),
        sa.ForeignKeyConstraint(
            ["current_task_id"],
            ["task_item.id"],
            name="fk_workers_task_item",
            ondelete="SET NULL",
        ),
    )
