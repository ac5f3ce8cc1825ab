"""Task items are plans.

PlanExe. The table is renamed with its rows, and what bore the former name is made anew with the
new one. The models had kept the name since February, for a rename was held to need a migration.

- renames task_item to table plans
- drops check plans.ck_task_item_id
- drops check plans.ck_task_item_state
- drops check plans.ck_task_item_progress
- drops check plans.ck_task_item_stop_requested
- drops check plans.ck_task_item_parameters
- drops check plans.ck_task_item_overview
- drops check plans.ck_task_item_recoverable
- drops index idx_task_item_pending
- drops index idx_task_item_user_id
- drops index idx_task_item_api_key_id
- drops foreign key workers.fk_workers_task_item
- adds check plans.ck_plans_id
- adds check plans.ck_plans_state
- adds check plans.ck_plans_progress
- adds check plans.ck_plans_stop_requested
- adds check plans.ck_plans_parameters
- adds check plans.ck_plans_overview
- adds check plans.ck_plans_recoverable
- adds index idx_plans_pending
- adds index idx_plans_user_id
- adds index idx_plans_api_key_id
- adds foreign key workers.fk_workers_plan
- table plans is rebuilt: SQLite 3.40 cannot change a check in place
- table workers is rebuilt: SQLite 3.40 cannot change a foreign key in place

Revision ID: 0fd6db14
Revises: 71be5a903cf4
Create Date: 2026-04-21 09:41:30
"""

import sqlalchemy as sa
from alembic import op

revision = "0fd6db14"
down_revision = "71be5a903cf4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "task_item was renamed to plans",
        "no copy of plans was left there before",
        "plans was made anew, with its rows",
        "no copy of workers was left there before",
        "workers was made anew, with its rows",
        "workers (current_task_id) refers to rows of plans by fk_workers_plan",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("ALTER TABLE task_item RENAME TO plans")
    ask(
        3,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'plans')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')""",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(4, "plans")
    with op.batch_alter_table("plans", copy_from=plans_before(), recreate="always") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_task_item_id"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_state"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_progress"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_stop_requested"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_parameters"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_overview"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_item_recoverable"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_plans_id"), "length(id) = 36")
        batch_op.create_check_constraint(
            batch_op.f("ck_plans_state"),
            "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_plans_progress"), "progress_percentage BETWEEN 0 AND 100"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_plans_stop_requested"), "stop_requested IN (0, 1)"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_plans_parameters"),
            "parameters IS NULL OR json_valid(parameters)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_plans_overview"),
            "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_plans_recoverable"),
            "recoverable IS NULL OR recoverable IN (0, 1)",
        )
    after_batch(5, "plans")

    # Rows may refuse: workers.fk_workers_plan REFERENCES plans.
    before_batch(6, "workers")
    with op.batch_alter_table("workers", copy_from=workers_before(), recreate="always") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_workers_task_item"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_workers_plan"),
            "plans",
            ["current_task_id"],
            ["id"],
            ondelete="SET NULL",
        )
    after_batch(7, "workers")

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("""
CREATE INDEX idx_plans_pending ON plans (timestamp_created) WHERE state = 'pending'""")
    op.execute("CREATE INDEX idx_plans_user_id ON plans (user_id, timestamp_created)")
    op.execute("CREATE INDEX idx_plans_api_key_id ON plans (api_key_id)")
    op.execute("""
CREATE INDEX idx_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX idx_workers_current_task_id ON workers (current_task_id)")

    ask(
        8,
        """NOT EXISTS (SELECT 1 FROM workers
    WHERE workers.current_task_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM plans AS parent
        WHERE parent.id = +workers.current_task_id))""",
    )

    end(
        8,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_plans_api_key_id', 55),
    ('index', 'idx_plans_pending', 83),
    ('index', 'idx_plans_user_id', 68),
    ('index', 'idx_workers_current_task_id', 69),
    ('index', 'idx_workers_last_heartbeat_at', 73))) = 5""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'plans'),
    ('table', 'workers'))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "plans was renamed to task_item",
        "no copy of task_item was left there before",
        "task_item was made anew, with its rows",
        "no copy of workers was left there before",
        "workers was made anew, with its rows",
        "workers (current_task_id) refers to rows of task_item by fk_workers_task_item",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("ALTER TABLE plans RENAME TO task_item")
    ask(
        3,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'plans')""",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(4, "task_item")
    with op.batch_alter_table(
        "task_item", copy_from=task_item_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_plans_id"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_plans_state"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_plans_progress"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_plans_stop_requested"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_plans_parameters"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_plans_overview"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_plans_recoverable"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_task_item_id"), "length(id) = 36")
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_state"),
            "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_progress"), "progress_percentage BETWEEN 0 AND 100"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_stop_requested"), "stop_requested IN (0, 1)"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_parameters"),
            "parameters IS NULL OR json_valid(parameters)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_overview"),
            "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_task_item_recoverable"),
            "recoverable IS NULL OR recoverable IN (0, 1)",
        )
    after_batch(5, "task_item")

    # Rows may refuse: workers.fk_workers_task_item REFERENCES task_item.
    before_batch(6, "workers")
    with op.batch_alter_table("workers", copy_from=workers_after(), recreate="always") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_workers_plan"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_workers_task_item"),
            "task_item",
            ["current_task_id"],
            ["id"],
            ondelete="SET NULL",
        )
    after_batch(7, "workers")

    op.execute("""
CREATE INDEX idx_task_item_pending ON task_item (timestamp_created) WHERE state = 'pending'""")
    op.execute("""
CREATE INDEX idx_task_item_user_id ON task_item (user_id, timestamp_created)""")
    op.execute("CREATE INDEX idx_task_item_api_key_id ON task_item (api_key_id)")
    op.execute("""
CREATE INDEX idx_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX idx_workers_current_task_id ON workers (current_task_id)")

    ask(
        8,
        """NOT EXISTS (SELECT 1 FROM workers
    WHERE workers.current_task_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM task_item AS parent
        WHERE parent.id = +workers.current_task_id))""",
    )

    end(
        8,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_task_item_api_key_id', 63),
    ('index', 'idx_task_item_pending', 91),
    ('index', 'idx_task_item_user_id', 76),
    ('index', 'idx_workers_current_task_id', 69),
    ('index', 'idx_workers_last_heartbeat_at', 73))) = 5""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'task_item'),
    ('table', 'workers'))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def plans_before() -> sa.Table:
    return sa.Table(
        "plans",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column(
            "timestamp_created",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("state", sa.VARCHAR(10), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("prompt", sa.TEXT()),
        sa.Column(
            "progress_percentage",
            Spelled("NUMERIC(5,2)"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("progress_message", sa.VARCHAR(128)),
        sa.Column("last_seen_timestamp", sa.DATETIME()),
        sa.Column("user_id", sa.VARCHAR(256)),
        sa.Column("parameters", sa.JSON()),
        sa.Column("generated_report_html", sa.TEXT()),
        sa.Column("run_zip_snapshot", sa.BLOB()),
        sa.Column("stop_requested", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
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
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
            name="ck_task_item_state",
        ),
        sa.CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_task_item_progress"),
        sa.CheckConstraint("stop_requested IN (0, 1)", name="ck_task_item_stop_requested"),
        sa.CheckConstraint(
            "parameters IS NULL OR json_valid(parameters)",
            name="ck_task_item_parameters",
        ),
        sa.CheckConstraint(
            "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
            name="ck_task_item_overview",
        ),
        sa.CheckConstraint(
            "recoverable IS NULL OR recoverable IN (0, 1)",
            name="ck_task_item_recoverable",
        ),
    )


def workers_before() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column(
            "started_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "last_heartbeat_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("current_task_id", sa.CHAR(36)),
        sa.ForeignKeyConstraint(
            ["current_task_id"],
            ["plans.id"],
            name="fk_workers_task_item",
            ondelete="SET NULL",
        ),
    )


def task_item_after() -> sa.Table:
    return sa.Table(
        "task_item",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column(
            "timestamp_created",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("state", sa.VARCHAR(10), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("prompt", sa.TEXT()),
        sa.Column(
            "progress_percentage",
            Spelled("NUMERIC(5,2)"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("progress_message", sa.VARCHAR(128)),
        sa.Column("steps_completed", sa.INTEGER()),
        sa.Column("steps_total", sa.INTEGER()),
        sa.Column("current_step", sa.VARCHAR(128)),
        sa.Column("last_seen_timestamp", sa.DATETIME()),
        sa.Column("last_progress_at", sa.DATETIME()),
        sa.Column("stop_requested", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column("stop_requested_timestamp", sa.DATETIME()),
        sa.Column("user_id", sa.VARCHAR(256)),
        sa.Column("api_key_id", sa.CHAR(36)),
        sa.Column("parameters", sa.JSON()),
        sa.Column("generated_report_html", sa.TEXT()),
        sa.Column("run_zip_snapshot", sa.BLOB()),
        sa.Column("run_track_activity_jsonl", sa.TEXT()),
        sa.Column("run_track_activity_bytes", sa.INTEGER()),
        sa.Column("run_activity_overview_json", sa.JSON()),
        sa.Column("run_artifact_layout_version", sa.INTEGER()),
        sa.Column("failure_reason", sa.VARCHAR(64)),
        sa.Column("failed_step", sa.VARCHAR(128)),
        sa.Column("error_message", sa.VARCHAR(256)),
        sa.Column("recoverable", sa.BOOLEAN()),
        sa.CheckConstraint("length(id) = 36", name="ck_plans_id"),
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'completed', 'failed', 'stopped')",
            name="ck_plans_state",
        ),
        sa.CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="ck_plans_progress"),
        sa.CheckConstraint("stop_requested IN (0, 1)", name="ck_plans_stop_requested"),
        sa.CheckConstraint(
            "parameters IS NULL OR json_valid(parameters)", name="ck_plans_parameters"
        ),
        sa.CheckConstraint(
            "run_activity_overview_json IS NULL OR json_valid(run_activity_overview_json)",
            name="ck_plans_overview",
        ),
        sa.CheckConstraint(
            "recoverable IS NULL OR recoverable IN (0, 1)", name="ck_plans_recoverable"
        ),
    )


def workers_after() -> sa.Table:
    return sa.Table(
        "workers",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.VARCHAR(255), primary_key=True, nullable=False),
        sa.Column(
            "started_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "last_heartbeat_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("current_task_id", sa.CHAR(36)),
        sa.ForeignKeyConstraint(
            ["current_task_id"],
            ["task_item.id"],
            name="fk_workers_plan",
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
