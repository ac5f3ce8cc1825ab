"""Messages are sent at a time.

Zerg: `timestamp`, for a while `created_at`, then this; the migration came 28 days after the
models, and every INSERT failed meanwhile.

- renames thread_messages.timestamp to column thread_messages.sent_at

Revision ID: 441d022a
Revises: 7199cc0f9e6c
Create Date: 2025-10-30 14:21:06
"""

from alembic import op

revision = "441d022a"
down_revision = "7199cc0f9e6c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE thread_messages RENAME COLUMN timestamp TO sent_at")


def downgrade() -> None:
    op.execute("ALTER TABLE thread_messages RENAME COLUMN sent_at TO timestamp")
