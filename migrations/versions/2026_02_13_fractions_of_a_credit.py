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

    op.execute("ALTER TABLE credit_ledger RENAME TO credit_history")

    op.execute("PRAGMA legacy_alter_table = ON")

    with op.batch_alter_table(
        "user_account", copy_from=user_account_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits_balance",
            type_=Spelled("NUMERIC(18,9)"),
            existing_type=Spelled("INTEGER"),
        )

    # Rows may refuse: credit_history.fk_credit_history_user REFERENCES user_account.
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

    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits", type_=Spelled("NUMERIC(18,9)"), existing_type=Spelled("INTEGER")
        )

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")
    op.execute("""
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("ALTER TABLE credit_history RENAME TO credit_ledger")

    op.execute("PRAGMA legacy_alter_table = ON")

    with op.batch_alter_table(
        "user_account", copy_from=user_account_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits_balance",
            type_=Spelled("INTEGER"),
            existing_type=Spelled("NUMERIC(18,9)"),
        )

    # Rows may refuse: credit_ledger.fk_credit_ledger_user REFERENCES user_account.
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

    with op.batch_alter_table(
        "payment_record", copy_from=payment_record_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "credits", type_=Spelled("INTEGER"), existing_type=Spelled("NUMERIC(18,9)")
        )

    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")
    op.execute("""
CREATE INDEX idx_credit_ledger_user_id ON credit_ledger (user_id, created_at)""")
    op.execute("CREATE INDEX idx_payment_record_user_id ON payment_record (user_id)")

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
