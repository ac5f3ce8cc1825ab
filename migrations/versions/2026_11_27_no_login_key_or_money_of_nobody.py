"""No login, key or money of nobody.

Ours. Services that spell ids without dashes and know no foreign keys wrote rows that no account
has; now the database refuses them, whoever writes.

- adds check user_provider.ck_user_provider_user_id
- adds check user_api_key.ck_user_api_key_user_id
- adds check credit_history.ck_credit_history_user_id
- adds check payment_record.ck_payment_record_user_id
- table user_provider is rebuilt: SQLite 3.40 cannot change a check in place
- table user_api_key is rebuilt: SQLite 3.40 cannot change a check in place
- table credit_history is rebuilt: SQLite 3.40 cannot change a check in place
- table payment_record is rebuilt: SQLite 3.40 cannot change a check in place

Revision ID: b58e02d7f4c1
Revises: 7d41b6a9e350
Create Date: 2026-11-27 21:49:49
"""

import sqlalchemy as sa
from alembic import op

revision = "b58e02d7f4c1"
down_revision = "7d41b6a9e350"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of user_provider was left there before",
        "user_provider was made anew, with its rows",
        "no copy of user_api_key was left there before",
        "user_api_key was made anew, with its rows",
        "no copy of credit_history was left there before",
        "credit_history was made anew, with its rows",
        "no copy of payment_record was left there before",
        "payment_record was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: user_provider.ck_user_provider_user_id CHECK (length(user_id) =
    # 36).
    before_batch(3, "user_provider")
    with op.batch_alter_table(
        "user_provider", copy_from=user_provider_before(), recreate="always"
    ) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_user_provider_user_id"), "length(user_id) = 36"
        )
    after_batch(4, "user_provider")

    op.execute("CREATE INDEX idx_user_provider_user_id ON user_provider (user_id)")

    # Rows may refuse: user_api_key.ck_user_api_key_user_id CHECK (length(user_id) =
    # 36).
    before_batch(5, "user_api_key")
    with op.batch_alter_table(
        "user_api_key", copy_from=user_api_key_before(), recreate="always"
    ) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_user_api_key_user_id"), "length(user_id) = 36"
        )
    after_batch(6, "user_api_key")

    op.execute("CREATE INDEX idx_user_api_key_user_id ON user_api_key (user_id)")
    op.execute("CREATE INDEX idx_user_api_key_key_prefix ON user_api_key (key_prefix)")

    # Rows may refuse: credit_history.ck_credit_history_user_id CHECK (length(user_id) =
    # 36).
    before_batch(7, "credit_history")
    with op.batch_alter_table(
        "credit_history", copy_from=credit_history_before(), recreate="always"
    ) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_credit_history_user_id"), "length(user_id) = 36"
        )
    after_batch(8, "credit_history")

    op.execute("""
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)""")
    op.execute("""
CREATE INDEX idx_credit_history_api_key_id ON credit_history (api_key_id)""")

    # Rows may refuse: payment_record.ck_payment_record_user_id CHECK (length(user_id) =
    # 36).
    before_batch(9, "payment_record")
    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_before(), recreate="always"
    ) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_payment_record_user_id"), "length(user_id) = 36"
        )
    after_batch(10, "payment_record")

    op.execute("""
CREATE TRIGGER credit_history_no_update BEFORE UPDATE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_delete BEFORE DELETE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_replace BEFORE INSERT ON credit_history
WHEN EXISTS (SELECT 1 FROM credit_history WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    end(
        10,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_history_api_key_id', 73),
    ('index', 'idx_credit_history_user_id', 79),
    ('index', 'idx_payment_record_user_id', 67),
    ('index', 'idx_user_api_key_key_prefix', 69),
    ('index', 'idx_user_api_key_user_id', 63),
    ('index', 'idx_user_provider_user_id', 65),
    ('trigger', 'credit_history_no_delete', 139),
    ('trigger', 'credit_history_no_replace', 201),
    ('trigger', 'credit_history_no_update', 139))) = 9""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'credit_history'),
    ('table', 'payment_record'),
    ('table', 'user_api_key'),
    ('table', 'user_provider'))) = 4""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of user_provider was left there before",
        "user_provider was made anew, with its rows",
        "no copy of user_api_key was left there before",
        "user_api_key was made anew, with its rows",
        "no copy of payment_record was left there before",
        "payment_record was made anew, with its rows",
        "no copy of credit_history was left there before",
        "credit_history was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(3, "user_provider")
    with op.batch_alter_table(
        "user_provider", copy_from=user_provider_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_user_provider_user_id"), type_="check")
    after_batch(4, "user_provider")

    op.execute("CREATE INDEX idx_user_provider_user_id ON user_provider (user_id)")

    before_batch(5, "user_api_key")
    with op.batch_alter_table(
        "user_api_key", copy_from=user_api_key_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_user_api_key_user_id"), type_="check")
    after_batch(6, "user_api_key")

    op.execute("CREATE INDEX idx_user_api_key_user_id ON user_api_key (user_id)")
    op.execute("CREATE INDEX idx_user_api_key_key_prefix ON user_api_key (key_prefix)")

    before_batch(7, "payment_record")
    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_payment_record_user_id"), type_="check")
    after_batch(8, "payment_record")

    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    before_batch(9, "credit_history")
    with op.batch_alter_table(
        "credit_history", copy_from=credit_history_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_credit_history_user_id"), type_="check")
    after_batch(10, "credit_history")

    op.execute("""
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)""")
    op.execute("""
CREATE INDEX idx_credit_history_api_key_id ON credit_history (api_key_id)""")

    op.execute("""
CREATE TRIGGER credit_history_no_update BEFORE UPDATE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_delete BEFORE DELETE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_replace BEFORE INSERT ON credit_history
WHEN EXISTS (SELECT 1 FROM credit_history WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    end(
        10,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_history_api_key_id', 73),
    ('index', 'idx_credit_history_user_id', 79),
    ('index', 'idx_payment_record_user_id', 67),
    ('index', 'idx_user_api_key_key_prefix', 69),
    ('index', 'idx_user_api_key_user_id', 63),
    ('index', 'idx_user_provider_user_id', 65),
    ('trigger', 'credit_history_no_delete', 139),
    ('trigger', 'credit_history_no_replace', 201),
    ('trigger', 'credit_history_no_update', 139))) = 9""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'credit_history'),
    ('table', 'payment_record'),
    ('table', 'user_api_key'),
    ('table', 'user_provider'))) = 4""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def user_provider_before() -> sa.Table:
    return sa.Table(
        "user_provider",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("provider", sa.VARCHAR(32), nullable=False),
        sa.Column("provider_user_id", sa.VARCHAR(256), nullable=False),
        sa.Column("email", Spelled('VARCHAR(256) COLLATE "nocase"')),
        sa.Column("raw_profile", sa.JSON()),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("last_login_at", sa.DATETIME()),
        sa.UniqueConstraint("provider", "provider_user_id", name="uq_user_provider_identity"),
        sa.CheckConstraint(
            "raw_profile IS NULL OR json_valid(raw_profile)",
            name="ck_user_provider_profile",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_user_provider_user",
            ondelete="CASCADE",
        ),
    )


def user_api_key_before() -> sa.Table:
    return sa.Table(
        "user_api_key",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("key_hash", sa.VARCHAR(128), nullable=False),
        sa.Column("key_prefix", sa.VARCHAR(16), nullable=False),
        sa.Column("label", sa.VARCHAR(128)),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DATETIME()),
        sa.Column("revoked_at", sa.DATETIME()),
        sa.Column("key_plaintext", sa.VARCHAR(64)),
        sa.UniqueConstraint("key_hash", name="uq_user_api_key_key_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_user_api_key_user",
            ondelete="CASCADE",
        ),
    )


def credit_history_before() -> sa.Table:
    return sa.Table(
        "credit_history",
        sa.MetaData(),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("delta", Spelled("NUMERIC(18,9)"), nullable=False),
        sa.Column("reason", sa.VARCHAR(128), nullable=False),
        sa.Column("source", sa.VARCHAR(32), nullable=False),
        sa.Column("external_id", sa.VARCHAR(256)),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_credit_history_user"),
        sqlite_with_rowid=False,
    )


def payment_record_before() -> sa.Table:
    return sa.Table(
        "payment_record",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("provider", sa.VARCHAR(32), nullable=False),
        sa.Column("provider_payment_id", sa.VARCHAR(256), nullable=False),
        sa.Column("credits", Spelled("NUMERIC(18,9)"), nullable=False),
        sa.Column("amount", sa.INTEGER(), nullable=False),
        sa.Column("currency", sa.VARCHAR(16), nullable=False),
        sa.Column("status", sa.VARCHAR(32), nullable=False),
        sa.Column("raw_payload", sa.JSON()),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.UniqueConstraint("provider", "provider_payment_id", name="uq_payment_record_payment"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_payment_record_user"),
        sa.CheckConstraint(
            "raw_payload IS NULL OR json_valid(raw_payload)",
            name="ck_payment_record_payload",
        ),
        sa.CheckConstraint("provider IN ('stripe', 'telegram')", name="ck_payment_record_provider"),
    )


def user_provider_after() -> sa.Table:
    return sa.Table(
        "user_provider",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("provider", sa.VARCHAR(32), nullable=False),
        sa.Column("provider_user_id", sa.VARCHAR(256), nullable=False),
        sa.Column("email", Spelled('VARCHAR(256) COLLATE "nocase"')),
        sa.Column("raw_profile", sa.JSON()),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("last_login_at", sa.DATETIME()),
        sa.UniqueConstraint("provider", "provider_user_id", name="uq_user_provider_identity"),
        sa.CheckConstraint("length(user_id) = 36", name="ck_user_provider_user_id"),
        sa.CheckConstraint(
            "raw_profile IS NULL OR json_valid(raw_profile)",
            name="ck_user_provider_profile",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_user_provider_user",
            ondelete="CASCADE",
        ),
    )


def user_api_key_after() -> sa.Table:
    return sa.Table(
        "user_api_key",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("key_hash", sa.VARCHAR(128), nullable=False),
        sa.Column("key_prefix", sa.VARCHAR(16), nullable=False),
        sa.Column("label", sa.VARCHAR(128)),
        sa.Column("key_plaintext", sa.VARCHAR(64)),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DATETIME()),
        sa.Column("revoked_at", sa.DATETIME()),
        sa.UniqueConstraint("key_hash", name="uq_user_api_key_key_hash"),
        sa.CheckConstraint("length(user_id) = 36", name="ck_user_api_key_user_id"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_user_api_key_user",
            ondelete="CASCADE",
        ),
    )


def payment_record_after() -> sa.Table:
    return sa.Table(
        "payment_record",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("provider", sa.VARCHAR(32), nullable=False),
        sa.Column("provider_payment_id", sa.VARCHAR(256), nullable=False),
        sa.Column("credits", Spelled("NUMERIC(18,9)"), nullable=False),
        sa.Column("amount", sa.INTEGER(), nullable=False),
        sa.Column("currency", sa.VARCHAR(16), nullable=False),
        sa.Column("status", sa.VARCHAR(32), nullable=False),
        sa.Column("raw_payload", sa.JSON()),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.UniqueConstraint("provider", "provider_payment_id", name="uq_payment_record_payment"),
        sa.CheckConstraint("length(user_id) = 36", name="ck_payment_record_user_id"),
        sa.CheckConstraint("provider IN ('stripe', 'telegram')", name="ck_payment_record_provider"),
        sa.CheckConstraint(
            "raw_payload IS NULL OR json_valid(raw_payload)",
            name="ck_payment_record_payload",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_payment_record_user"),
    )


def credit_history_after() -> sa.Table:
    return sa.Table(
        "credit_history",
        sa.MetaData(),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("delta", Spelled("NUMERIC(18,9)"), nullable=False),
        sa.Column("reason", sa.VARCHAR(128), nullable=False),
        sa.Column("source", sa.VARCHAR(32), nullable=False),
        sa.Column("external_id", sa.VARCHAR(256)),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("length(user_id) = 36", name="ck_credit_history_user_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_credit_history_user"),
        sqlite_with_rowid=False,
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


def before_batch(number: int, table: str) -> None:
    """Write down the table's text and whether it has rows; no copy may be in the way."""
    said = f"{_no_copy(table)},\n    sql, EXISTS (SELECT 1 FROM {_quoted(table)})"
    row = f"SELECT {number}, {said}\nFROM {_stored(table)}"
    _execute(f"INSERT INTO temp._plumb_guard\n{row}")


def after_batch(number: int, table: str) -> None:
    """The table is another, has rows where it had some, and no copy is left."""
    same = f"EXISTS (SELECT 1 FROM {_quoted(table)}) = had_rows"
    anew = f"was <> (SELECT sql FROM {_stored(table)})\n    AND {_no_copy(table)}"
    before = f"FROM temp._plumb_guard WHERE asked = {number - 1}"
    ask(number, f"{same}\n    AND {anew}\n{before}")


def _stored(table: str) -> str:
    same = f"name = {_text(table)} COLLATE NOCASE"
    return f"main.sqlite_master WHERE type = 'table' AND {same}"


def _no_copy(table: str) -> str:
    copy = _text(f"_alembic_tmp_{table}"[:50])
    return f"NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {copy})"


class Spelled(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared
