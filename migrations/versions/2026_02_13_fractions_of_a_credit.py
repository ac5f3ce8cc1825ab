"""Fractions of a credit, and a ledger that is called a history.

PlanExe. The ledger was renamed in the models alone on February 8, which left the former table
behind, with its rows. NUMERIC is a double in SQLite: nine digits behind the point are kept up to
a few million credits. On the way back fractions stay what they are, for SQLite does not cut them
off.

- renames credit_ledger to table credit_history
- changes column user_account.credits_balance: type
- changes column credit_history.delta: type
- drops foreign key credit_history.fk_credit_ledger_user
- drops index idx_credit_ledger_user_id
- changes column payment_record.credits: type
- adds foreign key credit_history.fk_credit_history_user
- adds index idx_credit_history_user_id
- table user_account is rebuilt: SQLite 3.40 cannot change type of a column in place
- table credit_history is rebuilt: SQLite 3.40 cannot change type of a column, a foreign
  key in place
- table payment_record is rebuilt: SQLite 3.40 cannot change type of a column in place

Revision ID: 20953949
Revises: bd74590e
Create Date: 2026-02-13 15:27:50
"""

import sqlalchemy as sa
from alembic import op

revision = "20953949"
down_revision = "bd74590e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    begin(
        down_revision,
        "credit_ledger was renamed to credit_history",
        "no _alembic_tmp_user_account was left there before",
        "user_account was made anew, with its rows",
        "no _alembic_tmp_credit_history was left there before",
        "credit_history was made anew, with its rows",
        "no _alembic_tmp_payment_record was left there before",
        "payment_record was made anew, with its rows",
        "credit_history (user_id) refers to rows of user_account by fk_credit_history_user",
    )

    op.execute("ALTER TABLE credit_ledger RENAME TO credit_history")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_history')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_ledger')""")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_user_account'),
    sql, EXISTS (SELECT 1 FROM user_account)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'user_account'""")
    with op.batch_alter_table(
        "user_account", copy_from=user_account_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits_balance",
            type_=Spelled("NUMERIC(18,9)"),
            existing_type=Spelled("INTEGER"),
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 4, EXISTS (SELECT 1 FROM user_account) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'user_account')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_user_account')
FROM temp._plumb_guard WHERE asked = 3""")

    # Rows may refuse: credit_history.fk_credit_history_user REFERENCES user_account.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 5, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_credit_history'),
    sql, EXISTS (SELECT 1 FROM credit_history)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_history'""")
    with op.batch_alter_table(
        "credit_history", copy_from=credit_history_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "delta", type_=Spelled("NUMERIC(18,9)"), existing_type=Spelled("INTEGER")
        )
        batch_op.drop_constraint(batch_op.f("fk_credit_ledger_user"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_credit_history_user"), "user_account", ["user_id"], ["id"]
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 6, EXISTS (SELECT 1 FROM credit_history) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_history')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_credit_history')
FROM temp._plumb_guard WHERE asked = 5""")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 7, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_payment_record'),
    sql, EXISTS (SELECT 1 FROM payment_record)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'payment_record'""")
    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits", type_=Spelled("NUMERIC(18,9)"), existing_type=Spelled("INTEGER")
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 8, EXISTS (SELECT 1 FROM payment_record) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'payment_record')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_payment_record')
FROM temp._plumb_guard WHERE asked = 7""")

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")
    op.execute("""
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 9, NOT EXISTS (SELECT 1 FROM credit_history
    WHERE credit_history.user_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM user_account AS parent
        WHERE parent.id = +credit_history.user_id))""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 9",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_history_user_id', 79),
    ('index', 'idx_payment_record_user_id', 67),
    ('index', 'idx_user_account_email', 59))) = 3""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'credit_history'),
    ('table', 'payment_record'),
    ('table', 'user_account'))) = 3""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(
        revision,
        "credit_history was renamed to credit_ledger",
        "no _alembic_tmp_user_account was left there before",
        "user_account was made anew, with its rows",
        "no _alembic_tmp_credit_ledger was left there before",
        "credit_ledger was made anew, with its rows",
        "no _alembic_tmp_payment_record was left there before",
        "payment_record was made anew, with its rows",
        "credit_ledger (user_id) refers to rows of user_account by fk_credit_ledger_user",
    )

    op.execute("ALTER TABLE credit_history RENAME TO credit_ledger")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_ledger')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_history')""")

    op.execute("PRAGMA legacy_alter_table = ON")

    # There may be values of user_account.credits_balance that stay what they are,
    # numeric(18,9) to integer.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_user_account'),
    sql, EXISTS (SELECT 1 FROM user_account)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'user_account'""")
    with op.batch_alter_table(
        "user_account", copy_from=user_account_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits_balance",
            type_=Spelled("INTEGER"),
            existing_type=Spelled("NUMERIC(18,9)"),
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 4, EXISTS (SELECT 1 FROM user_account) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'user_account')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_user_account')
FROM temp._plumb_guard WHERE asked = 3""")

    # There may be values of credit_ledger.delta that stay what they are, numeric(18,9)
    # to integer.
    # Rows may refuse: credit_ledger.fk_credit_ledger_user REFERENCES user_account.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 5, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_credit_ledger'),
    sql, EXISTS (SELECT 1 FROM credit_ledger)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_ledger'""")
    with op.batch_alter_table(
        "credit_ledger", copy_from=credit_ledger_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "delta", type_=Spelled("INTEGER"), existing_type=Spelled("NUMERIC(18,9)")
        )
        batch_op.drop_constraint(batch_op.f("fk_credit_history_user"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_credit_ledger_user"), "user_account", ["user_id"], ["id"]
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 6, EXISTS (SELECT 1 FROM credit_ledger) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_ledger')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_credit_ledger')
FROM temp._plumb_guard WHERE asked = 5""")

    # There may be values of payment_record.credits that stay what they are,
    # numeric(18,9) to integer.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 7, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_payment_record'),
    sql, EXISTS (SELECT 1 FROM payment_record)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'payment_record'""")
    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits", type_=Spelled("INTEGER"), existing_type=Spelled("NUMERIC(18,9)")
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 8, EXISTS (SELECT 1 FROM payment_record) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'payment_record')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_payment_record')
FROM temp._plumb_guard WHERE asked = 7""")

    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")
    op.execute("""
CREATE INDEX idx_credit_ledger_user_id ON credit_ledger (user_id, created_at)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 9, NOT EXISTS (SELECT 1 FROM credit_ledger
    WHERE credit_ledger.user_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM user_account AS parent
        WHERE parent.id = +credit_ledger.user_id))""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 9",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_ledger_user_id', 77),
    ('index', 'idx_payment_record_user_id', 67),
    ('index', 'idx_user_account_email', 59))) = 3""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'credit_ledger'),
    ('table', 'payment_record'),
    ('table', 'user_account'))) = 3""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


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


class Spelled(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared


def user_account_before() -> sa.Table:
    return sa.Table(
        "user_account",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("email", Spelled('VARCHAR(256) COLLATE "nocase"')),
        sa.Column("name", sa.VARCHAR(256)),
        sa.Column("avatar_url", sa.VARCHAR(512)),
        sa.Column("is_admin", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column("free_plan_used", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "credits_balance",
            Spelled("INTEGER"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("last_login_at", sa.DATETIME()),
        sa.CheckConstraint("length(id) = 36", name="ck_user_account_id"),
        sa.CheckConstraint("is_admin IN (0, 1)", name="ck_user_account_admin"),
        sa.CheckConstraint("free_plan_used IN (0, 1)", name="ck_user_account_free_plan"),
    )


def credit_history_before() -> sa.Table:
    return sa.Table(
        "credit_history",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("delta", Spelled("INTEGER"), nullable=False),
        sa.Column("reason", sa.VARCHAR(128), nullable=False),
        sa.Column("source", sa.VARCHAR(32), nullable=False),
        sa.Column("external_id", sa.VARCHAR(256)),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_credit_ledger_user"),
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
        sa.Column("credits", Spelled("INTEGER"), nullable=False),
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
        sa.CheckConstraint("provider IN ('stripe', 'telegram')", name="ck_payment_record_provider"),
        sa.CheckConstraint(
            "raw_payload IS NULL OR json_valid(raw_payload)",
            name="ck_payment_record_payload",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_payment_record_user"),
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


def user_account_after() -> sa.Table:
    return sa.Table(
        "user_account",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("email", Spelled('VARCHAR(256) COLLATE "nocase"')),
        sa.Column("name", sa.VARCHAR(256)),
        sa.Column("avatar_url", sa.VARCHAR(512)),
        sa.Column("is_admin", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column("free_plan_used", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "credits_balance",
            Spelled("NUMERIC(18,9)"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("last_login_at", sa.DATETIME()),
        sa.CheckConstraint("length(id) = 36", name="ck_user_account_id"),
        sa.CheckConstraint("is_admin IN (0, 1)", name="ck_user_account_admin"),
        sa.CheckConstraint("free_plan_used IN (0, 1)", name="ck_user_account_free_plan"),
    )


def credit_ledger_after() -> sa.Table:
    return sa.Table(
        "credit_ledger",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column("user_id", sa.CHAR(36), nullable=False),
        sa.Column("delta", Spelled("NUMERIC(18,9)"), nullable=False),
        sa.Column("reason", sa.VARCHAR(128), nullable=False),
        sa.Column("source", sa.VARCHAR(32), nullable=False),
        sa.Column("external_id", sa.VARCHAR(256)),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_credit_history_user"),
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
        sa.CheckConstraint("provider IN ('stripe', 'telegram')", name="ck_payment_record_provider"),
        sa.CheckConstraint(
            "raw_payload IS NULL OR json_valid(raw_payload)",
            name="ck_payment_record_payload",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_payment_record_user"),
    )
