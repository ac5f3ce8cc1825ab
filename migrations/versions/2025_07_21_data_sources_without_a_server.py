"""Data sources without a server, a port or a password.

ResinKit. The way back is refused while there is a NULL, by the column that has it, and then
nothing is changed: which host a file should have, nobody can say.

- changes column data_sources.host: NOT NULL
- changes column data_sources.port: NOT NULL
- changes column data_sources.encrypted_user: NOT NULL
- changes column data_sources.encrypted_password: NOT NULL
- table data_sources is rebuilt: SQLite 3.40 cannot change NOT NULL of a column in place

Revision ID: 7199cc0f9e6c
Revises: a261d8461fde
Create Date: 2025-07-21 09:36:58
"""

from alembic import op

revision = "7199cc0f9e6c"
down_revision = "a261d8461fde"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE data_sources RENAME TO _plumb_data_sources")
    op.execute("""
CREATE TABLE data_sources (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    host TEXT,
    port INTEGER,
    "database" TEXT NOT NULL,         -- quoted: the word is a keyword
    encrypted_user TEXT,
    encrypted_password TEXT,
    query_timeout TEXT NOT NULL DEFAULT '30s',
    extra_params TEXT CONSTRAINT ck_data_sources_extra_params
        CHECK (extra_params IS NULL OR json_valid(extra_params)),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL
)""")
    op.execute("""
INSERT OR ABORT INTO data_sources (rowid, name, kind, host, port,
    database, encrypted_user, encrypted_password, query_timeout,
    extra_params, created_at, updated_at, created_by)
SELECT rowid, name, kind, host, port, database, encrypted_user,
    encrypted_password, query_timeout, extra_params, created_at,
    updated_at, created_by
FROM _plumb_data_sources""")
    op.execute("DROP TABLE _plumb_data_sources")

    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: data_sources.host NOT NULL.
    # Rows may refuse: data_sources.port NOT NULL.
    # Rows may refuse: data_sources.encrypted_user NOT NULL.
    # Rows may refuse: data_sources.encrypted_password NOT NULL.
    op.execute("ALTER TABLE data_sources RENAME TO _plumb_data_sources")
    op.execute("""
CREATE TABLE data_sources (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    "database" TEXT NOT NULL,
    encrypted_user TEXT NOT NULL,
    encrypted_password TEXT NOT NULL,
    query_timeout TEXT DEFAULT '30s' NOT NULL,
    extra_params TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (name),
    CONSTRAINT ck_data_sources_extra_params CHECK (extra_params IS NULL OR json_valid(extra_params))
)""")
    op.execute("""
INSERT OR ABORT INTO data_sources (rowid, name, kind, host, port,
    database, encrypted_user, encrypted_password, query_timeout,
    extra_params, created_at, updated_at, created_by)
SELECT rowid, name, kind, host, port, database, encrypted_user,
    encrypted_password, query_timeout, extra_params, created_at,
    updated_at, created_by
FROM _plumb_data_sources""")
    op.execute("DROP TABLE _plumb_data_sources")

    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

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
