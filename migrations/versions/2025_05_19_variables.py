"""Variables.

ResinKit; its file was called after the expiry of tasks once more.

- adds table variables

Revision ID: adfa6c905b9d
Revises: 744bdbd2
Create Date: 2025-05-19 08:44:19
"""

from alembic import op

revision = "adfa6c905b9d"
down_revision = "744bdbd2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE variables (
    name TEXT NOT NULL PRIMARY KEY,
    encrypted_value TEXT NOT NULL,
    description TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL
)""")


def downgrade() -> None:
    require_foreign_keys_off()

    # Loses table variables and all its rows.
    op.execute("DROP TABLE variables")


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
