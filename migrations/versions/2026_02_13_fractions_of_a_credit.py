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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "credit_ledger was renamed to credit_history",
        "no copy of user_account was left there before",
        "user_account was made anew, with its rows",
        "no copy of credit_history was left there before",
        "credit_history was made anew, with its rows",
        "no copy of payment_record was left there before",
        "payment_record was made anew, with its rows",
        "credit_history (user_id) refers to rows of user_account by fk_credit_history_user",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("ALTER TABLE credit_ledger RENAME TO credit_history")
    ask(
        3,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_history')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_ledger')""",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(4, "user_account")
    with op.batch_alter_table(
        "user_account", copy_from=user_account_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits_balance",
            type_=Spelled("NUMERIC(18,9)"),
            existing_type=Spelled("INTEGER"),
        )
    after_batch(5, "user_account")

    # Rows may refuse: credit_history.fk_credit_history_user REFERENCES user_account.
    before_batch(6, "credit_history")
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
    after_batch(7, "credit_history")

    before_batch(8, "payment_record")
    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits", type_=Spelled("NUMERIC(18,9)"), existing_type=Spelled("INTEGER")
        )
    after_batch(9, "payment_record")

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")
    op.execute("""
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    ask(
        10,
        """NOT EXISTS (SELECT 1 FROM credit_history
    WHERE credit_history.user_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM user_account AS parent
        WHERE parent.id = +credit_history.user_id))""",
    )

    end(
        10,
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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "credit_history was renamed to credit_ledger",
        "no copy of user_account was left there before",
        "user_account was made anew, with its rows",
        "no copy of credit_ledger was left there before",
        "credit_ledger was made anew, with its rows",
        "no copy of payment_record was left there before",
        "payment_record was made anew, with its rows",
        "credit_ledger (user_id) refers to rows of user_account by fk_credit_ledger_user",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("ALTER TABLE credit_history RENAME TO credit_ledger")
    ask(
        3,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_ledger')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'credit_history')""",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    # There may be values of user_account.credits_balance that stay what they are,
    # numeric(18,9) to integer.
    before_batch(4, "user_account")
    with op.batch_alter_table(
        "user_account", copy_from=user_account_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits_balance",
            type_=Spelled("INTEGER"),
            existing_type=Spelled("NUMERIC(18,9)"),
        )
    after_batch(5, "user_account")

    # There may be values of credit_ledger.delta that stay what they are, numeric(18,9)
    # to integer.
    # Rows may refuse: credit_ledger.fk_credit_ledger_user REFERENCES user_account.
    before_batch(6, "credit_ledger")
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
    after_batch(7, "credit_ledger")

    # There may be values of payment_record.credits that stay what they are,
    # numeric(18,9) to integer.
    before_batch(8, "payment_record")
    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits", type_=Spelled("INTEGER"), existing_type=Spelled("NUMERIC(18,9)")
        )
    after_batch(9, "payment_record")

    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")
    op.execute("""
CREATE INDEX idx_credit_ledger_user_id ON credit_ledger (user_id, created_at)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    ask(
        10,
        """NOT EXISTS (SELECT 1 FROM credit_ledger
    WHERE credit_ledger.user_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM user_account AS parent
        WHERE parent.id = +credit_ledger.user_id))""",
    )

    end(
        10,
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
