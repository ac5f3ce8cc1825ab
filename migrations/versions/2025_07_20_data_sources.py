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

    begin(
        down_revision,
        "sql_sources was renamed to data_sources",
        "no _alembic_tmp_data_sources was left there before",
        "data_sources was made anew, with its rows",
    )

    op.execute("ALTER TABLE sql_sources RENAME TO data_sources")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'data_sources')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'sql_sources')""")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_data_sources'),
    sql, EXISTS (SELECT 1 FROM data_sources)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'data_sources'""")
    with op.batch_alter_table(
        "data_sources", copy_from=data_sources_before(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sql_sources_extra_params"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_data_sources_extra_params"),
            "extra_params IS NULL OR json_valid(extra_params)",
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 4, EXISTS (SELECT 1 FROM data_sources) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'data_sources')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_data_sources')
FROM temp._plumb_guard WHERE asked = 3""")

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 4",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_data_sources_kind', 57),
    ('index', 'idx_data_sources_name', 57))) = 2""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'data_sources'))) = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(
        revision,
        "data_sources was renamed to sql_sources",
        "no _alembic_tmp_sql_sources was left there before",
        "sql_sources was made anew, with its rows",
    )

    op.execute("ALTER TABLE data_sources RENAME TO sql_sources")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'sql_sources')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'data_sources')""")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_sql_sources'),
    sql, EXISTS (SELECT 1 FROM sql_sources)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'sql_sources'""")
    with op.batch_alter_table(
        "sql_sources", copy_from=sql_sources_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_data_sources_extra_params"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_sql_sources_extra_params"),
            "extra_params IS NULL OR json_valid(extra_params)",
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 4, EXISTS (SELECT 1 FROM sql_sources) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'sql_sources')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_sql_sources')
FROM temp._plumb_guard WHERE asked = 3""")

    op.execute("CREATE INDEX idx_sql_sources_name ON sql_sources (name)")
    op.execute("CREATE INDEX idx_sql_sources_kind ON sql_sources (kind)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 4",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_sql_sources_kind', 55),
    ('index', 'idx_sql_sources_name', 55))) = 2""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'sql_sources'))) = 1""",
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
