"""Accounts, their logins and keys, credits and payments.

PlanExe. Keys, rules and indexes are ours from here on, the columns are theirs.

- adds table user_account
- adds index idx_user_account_email
- adds table user_provider
- adds index idx_user_provider_user_id
- adds table user_api_key
- adds index idx_user_api_key_user_id
- adds index idx_user_api_key_key_prefix
- adds table credit_ledger
- adds index idx_credit_ledger_user_id
- adds table payment_record
- adds index idx_payment_record_user_id

Revision ID: bd74590e
Revises: bd3bf891
Create Date: 2026-02-07 11:15:37
"""

import sqlalchemy as sa
from alembic import op

revision = "bd74590e"
down_revision = "bd3bf891"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("""
CREATE TABLE user_account (
    id CHAR(36) NOT NULL PRIMARY KEY CONSTRAINT ck_user_account_id CHECK (length(id) = 36),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    email VARCHAR(256) COLLATE NOCASE,  -- not unique: two providers may vouch for one address
    name VARCHAR(256),
    avatar_url VARCHAR(512),
    is_admin BOOLEAN NOT NULL DEFAULT 0 CONSTRAINT ck_user_account_admin CHECK (is_admin IN (0, 1)),
    free_plan_used BOOLEAN NOT NULL DEFAULT 0
        CONSTRAINT ck_user_account_free_plan CHECK (free_plan_used IN (0, 1)),
    credits_balance INTEGER NOT NULL DEFAULT 0,  -- the sum of credit_ledger.delta
    last_login_at DATETIME
)""")

    op.execute("""
CREATE TABLE user_provider (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    provider VARCHAR(32) NOT NULL,
    provider_user_id VARCHAR(256) NOT NULL,
    email VARCHAR(256) COLLATE NOCASE,
    raw_profile JSON
        CONSTRAINT ck_user_provider_profile CHECK (raw_profile IS NULL OR json_valid(raw_profile)),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_login_at DATETIME,
    CONSTRAINT fk_user_provider_user FOREIGN KEY (user_id) REFERENCES user_account (id)
        ON DELETE CASCADE,
    CONSTRAINT uq_user_provider_identity UNIQUE (provider, provider_user_id)
)""")

    op.execute("""
CREATE TABLE user_api_key (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    key_hash VARCHAR(128) NOT NULL,
    key_prefix VARCHAR(16) NOT NULL,  -- enough to recognise a key, too little to use it
    label VARCHAR(128),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_used_at DATETIME,
    revoked_at DATETIME,
    CONSTRAINT fk_user_api_key_user FOREIGN KEY (user_id) REFERENCES user_account (id)
        ON DELETE CASCADE,
    CONSTRAINT uq_user_api_key_key_hash UNIQUE (key_hash)
)""")

    op.execute("""
CREATE TABLE credit_ledger (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    delta INTEGER NOT NULL,  -- above zero bought, below zero used
    reason VARCHAR(128) NOT NULL,
    source VARCHAR(32) NOT NULL,
    external_id VARCHAR(256),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_credit_ledger_user FOREIGN KEY (user_id) REFERENCES user_account (id)
)""")

    op.execute("""
CREATE TABLE payment_record (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    provider VARCHAR(32) NOT NULL
        CONSTRAINT ck_payment_record_provider CHECK (provider IN ('stripe', 'telegram')),
    provider_payment_id VARCHAR(256) NOT NULL,
    credits INTEGER NOT NULL,
    amount INTEGER NOT NULL,  -- in the smallest unit of the currency
    currency VARCHAR(16) NOT NULL,
    status VARCHAR(32) NOT NULL,
    raw_payload JSON
        CONSTRAINT ck_payment_record_payload CHECK (raw_payload IS NULL OR json_valid(raw_payload)),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_payment_record_user FOREIGN KEY (user_id) REFERENCES user_account (id),
    -- A provider may report one payment several times; it is credited once.
    CONSTRAINT uq_payment_record_payment UNIQUE (provider, provider_payment_id)
)""")

    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")
    op.execute("CREATE INDEX idx_user_provider_user_id ON user_provider (user_id)")
    op.execute("CREATE INDEX idx_user_api_key_user_id ON user_api_key (user_id)")
    op.execute("CREATE INDEX idx_user_api_key_key_prefix ON user_api_key (key_prefix)")
    op.execute("""
CREATE INDEX idx_credit_ledger_user_id ON credit_ledger (user_id, created_at)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_ledger_user_id', 77),
    ('index', 'idx_payment_record_user_id', 67),
    ('index', 'idx_user_account_email', 59),
    ('index', 'idx_user_api_key_key_prefix', 69),
    ('index', 'idx_user_api_key_user_id', 63),
    ('index', 'idx_user_provider_user_id', 65),
    ('table', 'credit_ledger', 411),
    ('table', 'payment_record', 868),
    ('table', 'user_account', 724),
    ('table', 'user_api_key', 531),
    ('table', 'user_provider', 618))) = 11""",
    )


def downgrade() -> None:
    require_foreign_keys_off()

    begin(revision)

    # Loses table user_account and all its rows.
    op.execute("DROP TABLE user_account")
    # Loses table user_provider and all its rows.
    op.execute("DROP TABLE user_provider")
    # Loses table user_api_key and all its rows.
    op.execute("DROP TABLE user_api_key")
    # Loses table credit_ledger and all its rows.
    op.execute("DROP TABLE credit_ledger")
    # Loses table payment_record and all its rows.
    op.execute("DROP TABLE payment_record")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'credit_ledger'),
    ('table', 'payment_record'),
    ('table', 'user_account'),
    ('table', 'user_api_key'),
    ('table', 'user_provider'))) = 0""",
    )


def begin(start: object, *guards: str) -> None:
    """All of this revision is done or nothing, also as a script (`alembic upgrade --sql`)
    in a client that goes on after an error.

    What must hold is written down in a table beside the database, by number. In a script,
    the version must be `start`; each SAVEPOINT begins a transaction again if an error has
    ended it; and a view hides the version table until the verdict.
    """
    context = op.get_context()
    begun = f"nothing has failed, and the version is {start or 'none'}"
    words = ("every step was done", begun, *guards)
    rules = "".join(
        f",\n    CONSTRAINT {_quoted(said)} CHECK (asked <> {number} OR holds)"
        for number, said in enumerate(words)
    )
    _execute("SAVEPOINT plumb")
    _execute(
        "CREATE TEMP TABLE _plumb_guard (\n    asked INTEGER PRIMARY KEY,"
        f"\n    holds INTEGER NOT NULL,\n    was,\n    had_rows{rules}\n)"
    )
    _execute(
        "INSERT INTO temp._plumb_guard (asked, holds)"
        f"\nSELECT 1, NOT {_failed()}\n    AND {_is_at(start)}"
    )
    if context.as_sql:
        if context.version_table_schema:
            raise ValueError("a version table in a schema has no guard for its stamp")
        version = _quoted(context.version_table)
        _execute(f"CREATE TEMP VIEW {version} AS SELECT 1 AS version_num")
        write = context.impl.static_output
        context.impl.__dict__["static_output"] = lambda sql: write(f"SAVEPOINT step;\n{sql}")


def end(*conditions: str) -> None:
    """The verdict: everything that was written down, and this. It names nothing that may
    be missing, so it can always be asked.

    Where it rolls a script back, a table beside the database takes the stamp that follows,
    and a row that refers to nothing makes every COMMIT fail: no revision behind this one
    is committed.
    """
    context = op.get_context()
    verb = "INSERT OR ROLLBACK" if context.as_sql else "INSERT"
    listed = "\n    AND ".join(conditions)
    _execute("CREATE TEMP TABLE IF NOT EXISTS _plumb_guard (asked, holds NOT NULL CHECK (holds))")
    _execute(f"{verb} INTO temp._plumb_guard (asked, holds)\nSELECT 0, {listed}")
    if context.as_sql:
        del context.impl.__dict__["static_output"]
        version = _quoted(context.version_table)
        undone = "SELECT 'undone' AS version_num"
        _execute(f"CREATE TEMP TABLE IF NOT EXISTS {version} AS {undone}")
        _execute(f"DROP VIEW temp.{version}")  # fails where there is a table now
        _execute("PRAGMA foreign_keys = ON")  # changes nothing in a transaction
        _execute("SAVEPOINT undone")
        _execute(
            "CREATE TEMP TABLE IF NOT EXISTS _plumb_undone (was UNIQUE,"
            " row REFERENCES _plumb_undone (was) DEFERRABLE INITIALLY DEFERRED)"
        )
        _execute(f"INSERT INTO temp._plumb_undone (row) SELECT 1 WHERE {_failed()}")
    _execute("DROP TABLE temp._plumb_guard")
    _execute("RELEASE plumb")


def _is_at(start: object) -> str:
    """Alembic itself asks online. With branches there may be more versions than one."""
    context = op.get_context()
    if not (context.as_sql and context.script and len(context.script.get_bases()) == 1):
        return "1"
    revisions = context.script.walk_revisions()
    if any(one.is_branch_point or one.dependencies for one in revisions):
        return "1"
    version = _quoted(context.version_table)
    asked = f"SELECT group_concat(version_num) FROM main.{version}"
    return f"({asked}) IS {_literal(start) if start else 'NULL'}"


def _failed() -> str:
    name = _literal(op.get_context().version_table)
    where = f"WHERE type = 'table' AND name = {name}"
    return f"EXISTS (SELECT 1 FROM sqlite_temp_master {where})"


def _execute(sql: str) -> None:
    op.execute(sa.DDL(sql.replace("%", "%%")))  # type: ignore[no-untyped-call]


def _literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def require_foreign_keys_off() -> None:
    """With foreign keys on, DROP TABLE deletes the rows that refer to the table.

    Inside a transaction nothing can turn them off: let env.py say PRAGMA foreign_keys = OFF before
    it begins one.
    """
    op.execute("PRAGMA foreign_keys = OFF")
    op.execute("""
CREATE TEMP TABLE _plumb_keys (
    foreign_keys CONSTRAINT foreign_keys_are_off CHECK (foreign_keys = 0)
)""")
    op.execute("""
INSERT INTO temp._plumb_keys
SELECT foreign_keys FROM pragma_foreign_keys""")
    op.execute("DROP TABLE temp._plumb_keys")
