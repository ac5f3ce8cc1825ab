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
        1,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_history_api_key_id', 73),
    ('index', 'ix_task_item_api_key_id', 62))) = 2""",
        """(SELECT count(*) FROM pragma_table_xinfo('task_item')
    WHERE lower(name) IN (
    'generated_report_html', 'run_zip_snapshot', 'stop_requested',
    'stop_requested_timestamp', 'run_track_activity_jsonl',
    'run_track_activity_bytes', 'run_activity_overview_json',
    'run_artifact_layout_version', 'api_key_id', 'steps_completed', 'steps_total',
    'current_step', 'failure_reason', 'failed_step', 'last_error', 'recoverable')) = 16""",
        """(SELECT count(*) FROM pragma_table_xinfo('user_api_key')
    WHERE lower(name) = 'key_plaintext') = 1""",
        """(SELECT count(*) FROM pragma_table_xinfo('credit_history')
    WHERE lower(name) = 'api_key_id') = 1""",
    )


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of task_item was left there before",
        "task_item was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

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
    before_batch(3, "task_item")
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
    after_batch(4, "task_item")

    # Loses column user_api_key.key_plaintext and its values.
    op.execute("ALTER TABLE user_api_key DROP COLUMN key_plaintext")
    # Loses column credit_history.api_key_id and its values.
    op.execute("ALTER TABLE credit_history DROP COLUMN api_key_id")

    end(
        4,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'task_item'))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('index', 'idx_credit_history_api_key_id'))) = 0""",
        """(SELECT count(*) FROM pragma_table_xinfo('user_api_key')
    WHERE lower(name) = 'key_plaintext') = 0""",
        """(SELECT count(*) FROM pragma_table_xinfo('credit_history')
    WHERE lower(name) = 'api_key_id') = 0""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


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
