"""Six tables; names are looked up whatever their case, lists begin with the newest row."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIMES = {
    "flow": ["created"],
    "deployment": ["created"],
    "flow_run": ["started", "ended"],
    "task_run": ["started", "ended"],
    "work_queue": ["created"],
    "artifact": ["updated"],
}


def upgrade() -> None:
    for table, times in TIMES.items():
        op.create_table(
            table,
            sa.Column("id", sa.String(36), primary_key=True),
            sa.Column("name", sa.String(), nullable=False),
            *(sa.Column(name, sa.DateTime()) for name in times),
        )
        op.execute(
            f"CREATE INDEX ix_{table}__name_case_insensitive ON {table} (name COLLATE NOCASE)"
        )
        for name in times:
            op.execute(f"CREATE INDEX ix_{table}__{name}_desc ON {table} ({name} DESC)")


def downgrade() -> None:
    for table in TIMES:
        op.drop_table(table)
