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
        1,
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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(revision, "foreign keys are off: env.py turns them off before it begins")
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

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
        2,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'credit_ledger'),
    ('table', 'payment_record'),
    ('table', 'user_account'),
    ('table', 'user_api_key'),
    ('table', 'user_provider'))) = 0""",
    )


def begin(start: object, *guards: str) -> None:
    """Do all of this revision or nothing, even in a client that goes on after an error:
    `ask` writes down each condition that holds, by its number, and `end` counts them."""
    begun = f"nothing has failed, and the version is {start or 'none'}"
    rules = ",\n    ".join(
        f"CONSTRAINT {_quoted(words)} CHECK (asked <> {number} OR holds)"
        for number, words in enumerate(("every step was done", begun, *guards))
    )
    columns = "asked INTEGER PRIMARY KEY, holds INTEGER NOT NULL, was, had_rows"
    _execute("SAVEPOINT plumb")
    _execute(f"CREATE TEMP TABLE _plumb_guard (\n    {columns},\n    {rules}\n)")
    ask(1, _begin_script(start) if op.get_context().as_sql else "1")


def ask(number: int, condition: str) -> None:
    """Write down that this holds. Its constraint fails, in words, where it does not."""
    answer = f"(asked, holds)\nSELECT {number}, {condition}"
    _execute(f"INSERT INTO temp._plumb_guard {answer}")


def end(count: int, *conditions: str) -> None:
    """Undo everything unless `count` conditions are written down and these hold too."""
    counted = f"(SELECT count(*) FROM temp._plumb_guard) = {count}"
    verdict = "\n    AND ".join((counted, *conditions))
    _end_script(verdict) if op.get_context().as_sql else ask(0, verdict)
    _execute("DROP TABLE temp._plumb_guard")
    _execute("RELEASE plumb")


def _begin_script(start: object) -> str:
    """In a script, let each statement begin a transaction if an error has ended it. Return
    what must hold: none failed, the version is `start` (if no branches have their own)."""
    context = op.get_context()
    if context.version_table_schema:
        raise ValueError("a version table in a schema has no guard for its stamp")
    write = context.impl.static_output
    vars(context.impl)["static_output"] = lambda sql: write(f"SAVEPOINT step;\n{sql}")
    failed = f"type = 'table' AND name = {_text(context.version_table)}"
    sound = f"NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE {failed})"
    known = list(context.script.walk_revisions()) if context.script else []
    branches = any(one.is_branch_point or one.dependencies for one in known)
    if branches or sum(one.is_base for one in known) != 1:
        return sound
    version = f"group_concat(version_num) FROM main.{_quoted(context.version_table)}"
    return f"{sound}\n    AND (SELECT {version}) IS {_text(start) if start else 'NULL'}"


def _end_script(verdict: str) -> None:
    """In a script, a verdict of no rolls back, and the view with it. Then a table takes the
    stamp, and a row that refers to nothing makes every COMMIT fail from here on."""
    context = op.get_context()
    version = _quoted(context.version_table)
    holds = "(asked, holds NOT NULL CHECK (holds))"
    _execute(f"CREATE TEMP VIEW {version} AS SELECT 1 AS version_num")
    _execute(f"CREATE TEMP TABLE IF NOT EXISTS _plumb_guard {holds}")
    answer = f"(asked, holds)\nSELECT 0, {verdict}"
    _execute(f"INSERT OR ROLLBACK INTO temp._plumb_guard {answer}")
    del vars(context.impl)["static_output"]
    context.impl.static_output(f"""\
CREATE TEMP TABLE IF NOT EXISTS {version} AS SELECT 'undone' AS version_num;
DROP VIEW temp.{version};
-- Where all is well, this is in a transaction and changes nothing:
PRAGMA foreign_keys = ON;
SAVEPOINT undone;
CREATE TEMP TABLE IF NOT EXISTS _plumb_undone (
    was UNIQUE, row REFERENCES _plumb_undone (was) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO temp._plumb_undone (row) SELECT 1
WHERE NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE name = '_plumb_guard');""")


def _execute(sql: str) -> None:
    op.execute(sa.DDL(sql.replace("%", "%%")))  # type: ignore[no-untyped-call]


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
