"""Reports, stops, steps, failures and the keys that asked.

PlanExe, what came in ten weeks: report and zip on January 1, stops on the 15th, the track of a
run on February 18, the key that asked on March 4, steps on the 9th, and why a plan failed on the
11th. `stopped` is a state from here on; there was no list that had to be changed. All of it is
added in place.

- adds column task_item.generated_report_html
- adds column task_item.run_zip_snapshot
- adds column task_item.stop_requested
- adds column task_item.stop_requested_timestamp
- adds column task_item.run_track_activity_jsonl
- adds column task_item.run_track_activity_bytes
- adds column task_item.run_activity_overview_json
- adds column task_item.run_artifact_layout_version
- adds column task_item.api_key_id
- adds column task_item.steps_completed
- adds column task_item.steps_total
- adds column task_item.current_step
- adds column task_item.failure_reason
- adds column task_item.failed_step
- adds column task_item.last_error
- adds column task_item.recoverable
- adds index ix_task_item_api_key_id
- adds column user_api_key.key_plaintext
- adds column credit_history.api_key_id
- adds index idx_credit_history_api_key_id

Revision ID: 007bd024
Revises: 20953949
Create Date: 2026-03-11 16:50:02
"""

import sqlalchemy as sa
from alembic import op

revision = "007bd024"
down_revision = "20953949"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE task_item ADD COLUMN generated_report_html TEXT")
    op.execute("ALTER TABLE task_item ADD COLUMN run_zip_snapshot BLOB")
    op.execute("ALTER TABLE task_item ADD COLUMN stop_requested BOOLEAN")
    op.execute("ALTER TABLE task_item ADD COLUMN stop_requested_timestamp DATETIME")
    op.execute("ALTER TABLE task_item ADD COLUMN run_track_activity_jsonl TEXT")
    op.execute("ALTER TABLE task_item ADD COLUMN run_track_activity_bytes INTEGER")
    op.execute("ALTER TABLE task_item ADD COLUMN run_activity_overview_json JSON")
    op.execute("ALTER TABLE task_item ADD COLUMN run_artifact_layout_version INTEGER")
    op.execute("ALTER TABLE task_item ADD COLUMN api_key_id CHAR(36)")
    op.execute("ALTER TABLE task_item ADD COLUMN steps_completed INTEGER")
    op.execute("ALTER TABLE task_item ADD COLUMN steps_total INTEGER")
    op.execute("ALTER TABLE task_item ADD COLUMN current_step VARCHAR(128)")
    op.execute("ALTER TABLE task_item ADD COLUMN failure_reason VARCHAR(64)")
    op.execute("ALTER TABLE task_item ADD COLUMN failed_step VARCHAR(128)")
    op.execute("ALTER TABLE task_item ADD COLUMN last_error VARCHAR(256)")
    op.execute("ALTER TABLE task_item ADD COLUMN recoverable BOOLEAN")
    op.execute("ALTER TABLE user_api_key ADD COLUMN key_plaintext VARCHAR(64)")
    op.execute("ALTER TABLE credit_history ADD COLUMN api_key_id CHAR(36)")
    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX idx_credit_history_api_key_id ON credit_history (api_key_id)""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_history_api_key_id', 73),
    ('index', 'ix_task_item_api_key_id', 62))) = 2""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'generated_report_html')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'run_zip_snapshot')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'stop_requested')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'stop_requested_timestamp')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'run_track_activity_jsonl')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'run_track_activity_bytes')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'run_activity_overview_json')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'run_artifact_layout_version')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'api_key_id')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'steps_completed')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'steps_total')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'current_step')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'failure_reason')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'failed_step')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'last_error')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'recoverable')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('user_api_key')
    WHERE lower(name) = 'key_plaintext')""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('credit_history')
    WHERE lower(name) = 'api_key_id')""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(
        revision,
        "no _alembic_tmp_task_item was left there before",
        "task_item was made anew, with its rows",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP INDEX idx_credit_history_api_key_id")

    # Loses column task_item.generated_report_html and its values.
    # Loses column task_item.run_zip_snapshot and its values.
    # Loses column task_item.stop_requested and its values.
    # Loses column task_item.stop_requested_timestamp and its values.
    # Loses column task_item.run_track_activity_jsonl and its values.
    # Loses column task_item.run_track_activity_bytes and its values.
    # Loses column task_item.run_activity_overview_json and its values.
    # Loses column task_item.run_artifact_layout_version and its values.
    # Loses column task_item.api_key_id and its values.
    # Loses column task_item.steps_completed and its values.
    # Loses column task_item.steps_total and its values.
    # Loses column task_item.current_step and its values.
    # Loses column task_item.failure_reason and its values.
    # Loses column task_item.failed_step and its values.
    # Loses column task_item.last_error and its values.
    # Loses column task_item.recoverable and its values.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_task_item'),
    sql, EXISTS (SELECT 1 FROM task_item)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item'""")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_column("generated_report_html")
        batch_op.drop_column("run_zip_snapshot")
        batch_op.drop_column("stop_requested")
        batch_op.drop_column("stop_requested_timestamp")
        batch_op.drop_column("run_track_activity_jsonl")
        batch_op.drop_column("run_track_activity_bytes")
        batch_op.drop_column("run_activity_overview_json")
        batch_op.drop_column("run_artifact_layout_version")
        batch_op.drop_column("api_key_id")
        batch_op.drop_column("steps_completed")
        batch_op.drop_column("steps_total")
        batch_op.drop_column("current_step")
        batch_op.drop_column("failure_reason")
        batch_op.drop_column("failed_step")
        batch_op.drop_column("last_error")
        batch_op.drop_column("recoverable")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM task_item) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_task_item')
FROM temp._plumb_guard WHERE asked = 2""")

    # Loses column user_api_key.key_plaintext and its values.
    op.execute("ALTER TABLE user_api_key DROP COLUMN key_plaintext")
    # Loses column credit_history.api_key_id and its values.
    op.execute("ALTER TABLE credit_history DROP COLUMN api_key_id")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'task_item'))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('index', 'idx_credit_history_api_key_id'))) = 0""",
        """NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('user_api_key')
    WHERE lower(name) = 'key_plaintext')""",
        """NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('credit_history')
    WHERE lower(name) = 'api_key_id')""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


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


class Spelled(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared


def task_item_after() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(32), primary_key=True, nullable=False),
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
        sa.Column("last_error", sa.VARCHAR(256)),
        sa.Column("recoverable", sa.BOOLEAN()),
    )
