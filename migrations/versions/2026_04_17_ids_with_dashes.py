"""Ids of task items with dashes, and a key to them.

Ours. Two spellings of a UUID never meet in a join; workers have the one with dashes, so that is
the one. Only then can there be a foreign key.

- changes column task_item.id: type
- changes column workers.current_task_id: type
- adds check task_item.ck_task_item_id
- adds foreign key workers.fk_workers_task_item
- table task_item is rebuilt: SQLite 3.40 cannot change type of a column, a check in
  place
- table workers is rebuilt: SQLite 3.40 cannot change type of a column, a foreign key in
  place

Revision ID: c84a1f60d2e9
Revises: 8749741d
Create Date: 2026-04-17 11:12:54
"""

import sqlalchemy as sa
from alembic import op

revision = "c84a1f60d2e9"
down_revision = "8749741d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    begin(
        down_revision,
        "no _alembic_tmp_task_item was left there before",
        "task_item was made anew, with its rows",
        "no _alembic_tmp_workers was left there before",
        "workers was made anew, with its rows",
        "workers (current_task_id) refers to rows of task_item by fk_workers_task_item",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    # 32 digits become the spelling with dashes.
    op.execute("""
UPDATE OR ROLLBACK task_item SET id = substr(id, 1, 8) || '-' || substr(id, 9, 4)
    || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4) || '-' || substr(id, 21)
WHERE length(id) = 32""")
    # Whose task is gone, works at nothing.
    op.execute("""
UPDATE OR ROLLBACK workers SET current_task_id = NULL
WHERE current_task_id NOT IN (SELECT id FROM task_item)""")

    # Rows may refuse: task_item.ck_task_item_id CHECK (length(id) = 36).
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_task_item'),
    sql, EXISTS (SELECT 1 FROM task_item)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item'""")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column("id", type_=Spelled("CHAR(36)"), existing_type=Spelled("CHAR(32)"))
        batch_op.create_check_constraint(batch_op.f("ck_task_item_id"), "length(id) = 36")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM task_item) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_task_item')
FROM temp._plumb_guard WHERE asked = 2""")

    # Rows may refuse: workers.fk_workers_task_item REFERENCES task_item.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 4, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_workers'),
    sql, EXISTS (SELECT 1 FROM workers)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'workers'""")
    with op.batch_alter_table("workers", copy_from=workers_before(), recreate="always") as batch_op:
        batch_op.alter_column(
            "current_task_id",
            type_=Spelled("CHAR(36)"),
            existing_type=Spelled("VARCHAR(255)"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_workers_task_item"),
            "task_item",
            ["current_task_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 5, EXISTS (SELECT 1 FROM workers) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'workers')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_workers')
FROM temp._plumb_guard WHERE asked = 4""")

    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")

    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 6, NOT EXISTS (SELECT 1 FROM workers
    WHERE workers.current_task_id IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM task_item AS parent WHERE parent.id = +workers.current_task_id
    ))""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 6",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_task_item_api_key_id', 62),
    ('index', 'ix_workers_current_task_id', 68),
    ('index', 'ix_workers_last_heartbeat_at', 72))) = 3""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'task_item'),
    ('table', 'workers'))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(
        revision,
        "no _alembic_tmp_task_item was left there before",
        "task_item was made anew, with its rows",
        "no _alembic_tmp_workers was left there before",
        "workers was made anew, with its rows",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_task_item'),
    sql, EXISTS (SELECT 1 FROM task_item)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item'""")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column("id", type_=Spelled("CHAR(32)"), existing_type=Spelled("CHAR(36)"))
        batch_op.drop_constraint(batch_op.f("ck_task_item_id"), type_="check")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM task_item) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_task_item')
FROM temp._plumb_guard WHERE asked = 2""")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 4, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_workers'),
    sql, EXISTS (SELECT 1 FROM workers)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'workers'""")
    with op.batch_alter_table("workers", copy_from=workers_after(), recreate="always") as batch_op:
        batch_op.alter_column(
            "current_task_id",
            type_=Spelled("VARCHAR(255)"),
            existing_type=Spelled("CHAR(36)"),
        )
        batch_op.drop_constraint(batch_op.f("fk_workers_task_item"), type_="foreignkey")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 5, EXISTS (SELECT 1 FROM workers) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'workers')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_workers')
FROM temp._plumb_guard WHERE asked = 4""")

    # Workers never spelled them so.
    op.execute("UPDATE OR ROLLBACK task_item SET id = replace(id, '-', '')")

    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 5",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_task_item_api_key_id', 62),
    ('index', 'ix_workers_current_task_id', 68),
    ('index', 'ix_workers_last_heartbeat_at', 72))) = 3""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'task_item'),
    ('table', 'workers'))) = 2""",
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


def task_item_before() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", Spelled("CHAR(32)"), primary_key=True, nullable=False),
        sa.Column("timestamp_created", sa.DATETIME()),
        sa.Column("state", sa.VARCHAR(10)),
        sa.Column("prompt", sa.TEXT()),
        sa.Column("progress_percentage", Spelled("NUMERIC(5,2)")),
        sa.Column("progress_message", sa.VARCHAR(128)),
        sa.Column("last_seen_timestamp", sa.DATETIME()),
        sa.Column("user_id", sa.VARCHAR(256)),
        sa.Column("parameters", sa.JSON()),
        sa.Column("generated_report_html", sa.TEXT()),
        sa.Column("run_zip_snapshot", sa.BLOB()),
        sa.Column("stop_requested", sa.BOOLEAN()),
        sa.Column("stop_requested_timestamp", sa.DATETIME()),
        sa.Column("run_track_activity_jsonl", sa.TEXT()),
        sa.Column("run_track_activity_bytes", sa.INTEGER()),
        sa.Column("run_activity_overview_json", sa.JSON()),
        sa.Column("run_artifact_layout_version", sa.INTEGER()),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column("steps_completed", sa.INTEGER()),
        sa.Column("steps_total", sa.INTEGER()),
        sa.Column("current_step", sa.VARCHAR(128)),
        sa.Column("failure_reason", sa.VARCHAR(64)),
        sa.Column("failed_step", sa.VARCHAR(128)),
        sa.Column("error_message", sa.VARCHAR(256)),
        sa.Column("recoverable", sa.BOOLEAN()),
        sa.Column("last_progress_at", sa.DATETIME()),
    )


def workers_before() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column("started_at", sa.DATETIME(), nullable=False),
        sa.Column("last_heartbeat_at", sa.DATETIME(), nullable=False),
        sa.Column("current_task_id", Spelled("VARCHAR(255)")),
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


def task_item_after() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", Spelled("CHAR(36)"), primary_key=True, nullable=False),
        sa.Column("timestamp_created", sa.DATETIME()),
        sa.Column("state", sa.VARCHAR(10)),
        sa.Column("prompt", sa.TEXT()),
        sa.Column("progress_percentage", Spelled("NUMERIC(5,2)")),
        sa.Column("progress_message", sa.VARCHAR(128)),
        sa.Column("last_seen_timestamp", sa.DATETIME()),
        sa.Column("user_id", sa.VARCHAR(256)),
        sa.Column("parameters", sa.JSON()),
        sa.Column("generated_report_html", sa.TEXT()),
        sa.Column("run_zip_snapshot", sa.BLOB()),
        sa.Column("stop_requested", sa.BOOLEAN()),
        sa.Column("stop_requested_timestamp", sa.DATETIME()),
        sa.Column("run_track_activity_jsonl", sa.TEXT()),
        sa.Column("run_track_activity_bytes", sa.INTEGER()),
        sa.Column("run_activity_overview_json", sa.JSON()),
        sa.Column("run_artifact_layout_version", sa.INTEGER()),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column("steps_completed", sa.INTEGER()),
        sa.Column("steps_total", sa.INTEGER()),
        sa.Column("current_step", sa.VARCHAR(128)),
        sa.Column("failure_reason", sa.VARCHAR(64)),
        sa.Column("failed_step", sa.VARCHAR(128)),
        sa.Column("error_message", sa.VARCHAR(256)),
        sa.Column("recoverable", sa.BOOLEAN()),
        sa.Column("last_progress_at", sa.DATETIME()),
        sa.CheckConstraint("length(id) = 36", name="ck_task_item_id"),
    )


def workers_after() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column("started_at", sa.DATETIME(), nullable=False),
        sa.Column("last_heartbeat_at", sa.DATETIME(), nullable=False),
        sa.Column("current_task_id", Spelled("CHAR(36)")),
        sa.ForeignKeyConstraint(
            ["current_task_id"],
            ["task_item.id"],
            name="fk_workers_task_item",
            ondelete="SET NULL",
        ),
    )
