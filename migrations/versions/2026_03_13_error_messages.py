"""The last error is an error message.

PlanExe: renamed on March 12, a day after it came; last_progress_at is of the 13th.

- renames task_item.last_error to column task_item.error_message
- adds column task_item.last_progress_at

Revision ID: 8749741d
Revises: 007bd024
Create Date: 2026-03-13 10:03:46
"""

from alembic import op

revision = "8749741d"
down_revision = "007bd024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE task_item RENAME COLUMN last_error TO error_message")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE task_item ADD COLUMN last_progress_at DATETIME")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("ALTER TABLE task_item RENAME COLUMN error_message TO last_error")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Loses column task_item.last_progress_at and its values.
    op.execute("ALTER TABLE task_item DROP COLUMN last_progress_at")

    op.execute("PRAGMA legacy_alter_table = OFF")
