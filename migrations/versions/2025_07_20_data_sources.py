"""SQL sources are data sources.

ResinKit made a table beside this one, copied, dropped, and left its indexes with the name of
neither. A rename takes the rows along, and what bore the former name is made anew with the new
one.

- renames sql_sources to table data_sources
- drops check data_sources.ck_sql_sources_extra_params
- drops index idx_sql_sources_name
- drops index idx_sql_sources_kind
- adds check data_sources.ck_data_sources_extra_params
- adds index idx_data_sources_name
- adds index idx_data_sources_kind
- table data_sources is rebuilt: SQLite 3.40 cannot change a check in place

Revision ID: a261d8461fde
Revises: b8c1bd22cb20
Create Date: 2025-07-20 16:17:44
"""

import sqlalchemy as sa
from alembic import op

revision = "a261d8461fde"
down_revision = "b8c1bd22cb20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    op.execute("ALTER TABLE sql_sources RENAME TO data_sources")

    op.execute("PRAGMA legacy_alter_table = ON")

    with op.batch_alter_table(
        "data_sources", copy_from=data_sources_before(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sql_sources_extra_params"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_data_sources_extra_params"),
            "extra_params IS NULL OR json_valid(extra_params)",
        )

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("ALTER TABLE data_sources RENAME TO sql_sources")

    op.execute("PRAGMA legacy_alter_table = ON")

    with op.batch_alter_table(
        "sql_sources", copy_from=sql_sources_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_data_sources_extra_params"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_sql_sources_extra_params"),
            "extra_params IS NULL OR json_valid(extra_params)",
        )

    op.execute("CREATE INDEX idx_sql_sources_name ON sql_sources (name)")
    op.execute("CREATE INDEX idx_sql_sources_kind ON sql_sources (kind)")

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


def data_sources_before() -> sa.Table:
    return sa.Table(
        "data_sources",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("name", sa.TEXT(), primary_key=True, nullable=False),
        sa.Column("kind", sa.TEXT(), nullable=False),
        sa.Column("host", sa.TEXT(), nullable=False),
        sa.Column("port", sa.INTEGER(), nullable=False),
        sa.Column("database", sa.TEXT(), nullable=False),
        sa.Column("encrypted_user", sa.TEXT(), nullable=False),
        sa.Column("encrypted_password", sa.TEXT(), nullable=False),
        sa.Column("query_timeout", sa.TEXT(), server_default=sa.text("'30s'"), nullable=False),
        sa.Column("extra_params", sa.TEXT()),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("created_by", sa.TEXT(), nullable=False),
        sa.CheckConstraint(
            "extra_params IS NULL OR json_valid(extra_params)",
            name="ck_sql_sources_extra_params",
        ),
    )


def sql_sources_after() -> sa.Table:
    return sa.Table(
        "sql_sources",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("name", sa.TEXT(), primary_key=True, nullable=False),
        sa.Column("kind", sa.TEXT(), nullable=False),
        sa.Column("host", sa.TEXT(), nullable=False),
        sa.Column("port", sa.INTEGER(), nullable=False),
        sa.Column("database", sa.TEXT(), nullable=False),
        sa.Column("encrypted_user", sa.TEXT(), nullable=False),
        sa.Column("encrypted_password", sa.TEXT(), nullable=False),
        sa.Column("query_timeout", sa.TEXT(), server_default=sa.text("'30s'"), nullable=False),
        sa.Column("extra_params", sa.TEXT()),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("created_by", sa.TEXT(), nullable=False),
        sa.CheckConstraint(
            "extra_params IS NULL OR json_valid(extra_params)",
            name="ck_data_sources_extra_params",
        ),
    )
