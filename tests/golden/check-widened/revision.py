"""check widened

- changes check tasks.known_status: expression
- table tasks is rebuilt: SQLite 3.40 cannot change a check in place

Revision ID: second
Revises: first
"""

import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    with op.batch_alter_table(
        "tasks", copy_from=tasks_before(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("known_status"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("known_status"), "status IN ('todo', 'doing', 'blocked', 'done')"
        )

    op.execute("CREATE INDEX idx_tasks_open ON tasks (due) WHERE status = 'todo'")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: tasks.known_status CHECK (status IN ('todo', 'done')).
    with op.batch_alter_table(
        "tasks", copy_from=tasks_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("known_status"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("known_status"), "status IN ('todo', 'done')"
        )

    op.execute("CREATE INDEX idx_tasks_open ON tasks (due) WHERE status = 'todo'")

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


def tasks_before() -> sa.Table:
    return sa.Table(
        "tasks",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=True),
        sa.Column("title", sa.TEXT(), nullable=False),
        sa.Column(
            "status", sa.TEXT(), server_default=sa.text("'todo'"), nullable=False
        ),
        sa.Column("due", sa.TEXT()),
        sa.CheckConstraint("status IN ('todo', 'done')", name="known_status"),
    )


def tasks_after() -> sa.Table:
    return sa.Table(
        "tasks",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=True),
        sa.Column("title", sa.TEXT(), nullable=False),
        sa.Column(
            "status", sa.TEXT(), server_default=sa.text("'todo'"), nullable=False
        ),
        sa.Column("due", sa.TEXT()),
        sa.CheckConstraint(
            "status IN ('todo', 'doing', 'blocked', 'done')", name="known_status"
        ),
    )
