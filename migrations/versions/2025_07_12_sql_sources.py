"""SQL sources.

ResinKit. The index on the primary key is its own; it goes with the others of its kind.

- adds table sql_sources
- adds index idx_sql_sources_name
- adds index idx_sql_sources_kind

Revision ID: b8c1bd22cb20
Revises: b99481a2
Create Date: 2025-07-12 10:55:00
"""

from alembic import op

revision = "b8c1bd22cb20"
down_revision = "b99481a2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE sql_sources (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    "database" TEXT NOT NULL,         -- quoted: the word is a keyword
    encrypted_user TEXT NOT NULL,
    encrypted_password TEXT NOT NULL,
    query_timeout TEXT NOT NULL DEFAULT '30s',
    extra_params TEXT CONSTRAINT ck_sql_sources_extra_params
        CHECK (extra_params IS NULL OR json_valid(extra_params)),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL
)""")

    op.execute("CREATE INDEX idx_sql_sources_name ON sql_sources (name)")
    op.execute("CREATE INDEX idx_sql_sources_kind ON sql_sources (kind)")


def downgrade() -> None:
    require_foreign_keys_off()

    # Loses table sql_sources and all its rows.
    op.execute("DROP TABLE sql_sources")


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
