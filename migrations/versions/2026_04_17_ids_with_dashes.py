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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of task_item was left there before",
        "task_item was made anew, with its rows",
        "no copy of workers was left there before",
        "workers was made anew, with its rows",
        "workers (current_task_id) refers to rows of task_item by fk_workers_task_item",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

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
    before_batch(3, "task_item")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column("id", type_=Spelled("CHAR(36)"), existing_type=Spelled("CHAR(32)"))
        batch_op.create_check_constraint(batch_op.f("ck_task_item_id"), "length(id) = 36")
    after_batch(4, "task_item")

    # Rows may refuse: workers.fk_workers_task_item REFERENCES task_item.
    before_batch(5, "workers")
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
    after_batch(6, "workers")

    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")

    ask(
        7,
        """NOT EXISTS (SELECT 1 FROM workers
    WHERE workers.current_task_id IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM task_item AS parent WHERE parent.id = +workers.current_task_id
    ))""",
    )

    end(
        7,
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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of task_item was left there before",
        "task_item was made anew, with its rows",
        "no copy of workers was left there before",
        "workers was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(3, "task_item")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column("id", type_=Spelled("CHAR(32)"), existing_type=Spelled("CHAR(36)"))
        batch_op.drop_constraint(batch_op.f("ck_task_item_id"), type_="check")
    after_batch(4, "task_item")

    before_batch(5, "workers")
    with op.batch_alter_table("workers", copy_from=workers_after(), recreate="always") as batch_op:
        batch_op.alter_column(
            "current_task_id",
            type_=Spelled("VARCHAR(255)"),
            existing_type=Spelled("CHAR(36)"),
        )
        batch_op.drop_constraint(batch_op.f("fk_workers_task_item"), type_="foreignkey")
    after_batch(6, "workers")

    # Workers never spelled them so.
    op.execute("UPDATE OR ROLLBACK task_item SET id = replace(id, '-', '')")

    op.execute("CREATE INDEX ix_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")

    end(
        6,
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
