"""Reports are kept, and a stop can be asked for.

PlanExe: report and zip are of January 1. The zip is 5 to 40 MB: never select it in a list.

- adds column task_item.generated_report_html
- adds column task_item.run_zip_snapshot
- adds column task_item.stop_requested
- adds column task_item.stop_requested_timestamp

Revision ID: 2be0b050
Revises: bd3bf891
Create Date: 2026-01-15 18:09:21
"""

import sqlalchemy as sa
from alembic import op

revision = "2be0b050"
down_revision = "bd3bf891"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE task_item ADD COLUMN generated_report_html TEXT")
    op.execute("ALTER TABLE task_item ADD COLUMN run_zip_snapshot BLOB")
    op.execute("ALTER TABLE task_item ADD COLUMN stop_requested BOOLEAN")
    op.execute("ALTER TABLE task_item ADD COLUMN stop_requested_timestamp DATETIME")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    # Loses column task_item.generated_report_html and its values.
    # Loses column task_item.run_zip_snapshot and its values.
    # Loses column task_item.stop_requested and its values.
    # Loses column task_item.stop_requested_timestamp and its values.
    with op.batch_alter_table(
        "task_item", copy_from=task_item_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_column("generated_report_html")
        batch_op.drop_column("run_zip_snapshot")
        batch_op.drop_column("stop_requested")
        batch_op.drop_column("stop_requested_timestamp")

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


def task_item_after() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(32), primary_key=True, nullable=False),
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
    )
