"""Tasks expire.

ResinKit. Not partial: whoever looks for what has expired looks at all tasks.

- adds column tasks.expires_at
- adds index idx_tasks_expires_at

Revision ID: 32c843eb8225
Revises: a53a22092259
Create Date: 2025-05-13 17:05:52
"""

from alembic import op

revision = "32c843eb8225"
down_revision = "a53a22092259"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE tasks ADD COLUMN expires_at TIMESTAMP")
    op.execute("CREATE INDEX idx_tasks_expires_at ON tasks (expires_at)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP INDEX idx_tasks_expires_at")
    # Loses column tasks.expires_at and its values.
    op.execute("ALTER TABLE tasks DROP COLUMN expires_at")

    op.execute("PRAGMA legacy_alter_table = OFF")
