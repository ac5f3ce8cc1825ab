"""Four tables get tags, and names may be left out. Nobody speaks of an index."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ("deployment", "flow_run", "task_run", "artifact")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
            batch_op.alter_column("name", existing_type=sa.String(), nullable=True)


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("name", existing_type=sa.String(), nullable=False)
            batch_op.drop_column("tags")
