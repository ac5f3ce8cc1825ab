"""Tasks in one style: keys that are not NULL, rules that have names.

A TEXT key may be NULL unless that is said; a rule without a name cannot be told by one.

- changes column tasks.task_id: NOT NULL
- drops index idx_data_sources_name
- table tasks is rebuilt: SQLite 3.40 cannot change NOT NULL of a column in place

Revision ID: 5d0c82e1a947
Revises: 9f41c6d07b28
Create Date: 2026-04-28 10:26:13
"""

import sqlalchemy as sa
from alembic import op

revision = "5d0c82e1a947"
down_revision = "9f41c6d07b28"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    begin(
        down_revision,
        "no _alembic_tmp_tasks was left there before",
        "tasks was made anew, with its rows",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP INDEX idx_data_sources_name")

    # Rows may refuse: tasks.task_id NOT NULL.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_tasks'),
    sql, EXISTS (SELECT 1 FROM tasks)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks'""")
    with op.batch_alter_table("tasks", copy_from=tasks_before(), recreate="always") as batch_op:
        batch_op.alter_column("task_id", nullable=False)
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM tasks) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_tasks')
FROM temp._plumb_guard WHERE asked = 2""")

    op.execute("CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_created_at ON tasks (created_at)")
    op.execute("CREATE INDEX idx_tasks_created_by ON tasks (created_by)")
    op.execute("CREATE INDEX idx_tasks_expires_at ON tasks (expires_at)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_tasks_created_at', 55),
    ('index', 'idx_tasks_created_by', 55),
    ('index', 'idx_tasks_expires_at', 55),
    ('index', 'idx_tasks_status', 64),
    ('index', 'idx_tasks_task_type', 70))) = 5""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'tasks'))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('index', 'idx_data_sources_name'))) = 0""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(
        revision,
        "no _alembic_tmp_tasks was left there before",
        "tasks was made anew, with its rows",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_tasks'),
    sql, EXISTS (SELECT 1 FROM tasks)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks'""")
    with op.batch_alter_table("tasks", copy_from=tasks_after(), recreate="always") as batch_op:
        batch_op.alter_column("task_id", nullable=True)
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM tasks) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_tasks')
FROM temp._plumb_guard WHERE asked = 2""")

    op.execute("CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_created_at ON tasks (created_at)")
    op.execute("CREATE INDEX idx_tasks_created_by ON tasks (created_by)")
    op.execute("CREATE INDEX idx_tasks_expires_at ON tasks (expires_at)")
    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_data_sources_name', 57),
    ('index', 'idx_tasks_created_at', 55),
    ('index', 'idx_tasks_created_by', 55),
    ('index', 'idx_tasks_expires_at', 55),
    ('index', 'idx_tasks_status', 64),
    ('index', 'idx_tasks_task_type', 70))) = 6""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'tasks'))) = 1""",
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


def tasks_before() -> sa.Table:
    return sa.Table(
        "tasks",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("task_id", sa.TEXT(), primary_key=True, nullable=True),
        sa.Column("task_type", sa.TEXT(), nullable=False),
        sa.Column("task_name", sa.TEXT()),
        sa.Column("description", sa.TEXT()),
        sa.Column("status", sa.TEXT(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("priority", sa.INTEGER(), server_default=sa.text("0"), nullable=False),
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
        sa.Column("started_at", sa.TIMESTAMP()),
        sa.Column("finished_at", sa.TIMESTAMP()),
        sa.Column("submitted_configs", sa.TEXT(), nullable=False),
        sa.Column("error_info", sa.TEXT()),
        sa.Column("result_summary", sa.TEXT()),
        sa.Column("execution_details", sa.TEXT()),
        sa.Column("progress_details", sa.TEXT()),
        sa.Column("created_by", sa.TEXT(), nullable=False),
        sa.Column("notification_config", sa.TEXT()),
        sa.Column("tags", sa.TEXT()),
        sa.Column("active", sa.BOOLEAN(), server_default=sa.text("1"), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP()),
        sa.CheckConstraint(
            """status IN (
        'PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING',
        'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'
    )""",
            name="valid_task_status",
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


def tasks_after() -> sa.Table:
    return sa.Table(
        "tasks",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("task_id", sa.TEXT(), primary_key=True, nullable=False),
        sa.Column("task_type", sa.TEXT(), nullable=False),
        sa.Column("task_name", sa.TEXT()),
        sa.Column("description", sa.TEXT()),
        sa.Column("status", sa.TEXT(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("priority", sa.INTEGER(), server_default=sa.text("0"), nullable=False),
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
        sa.Column("started_at", sa.TIMESTAMP()),
        sa.Column("finished_at", sa.TIMESTAMP()),
        sa.Column("submitted_configs", sa.TEXT(), nullable=False),
        sa.Column("error_info", sa.TEXT()),
        sa.Column("result_summary", sa.TEXT()),
        sa.Column("execution_details", sa.TEXT()),
        sa.Column("progress_details", sa.TEXT()),
        sa.Column("created_by", sa.TEXT(), nullable=False),
        sa.Column("notification_config", sa.TEXT()),
        sa.Column("tags", sa.TEXT()),
        sa.Column("active", sa.BOOLEAN(), server_default=sa.text("1"), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP()),
        sa.CheckConstraint(
            """status IN (
        'PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING',
        'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'
    )""",
        ),
    )
