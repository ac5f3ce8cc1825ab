"""Tasks and their events.

ResinKit, in the words of its system design. What was installed then had lost AUTOINCREMENT and
spelled its types otherwise; `sqlplumb adopt` is for such a database.

- adds table tasks
- adds index idx_tasks_status
- adds index idx_tasks_task_type
- adds index idx_tasks_created_at
- adds index idx_tasks_created_by
- adds table task_events
- adds index idx_task_events_task_id
- adds index idx_task_events_timestamp
- adds index idx_task_events_event_type

Revision ID: a53a22092259
Revises: 6494aab4
Create Date: 2025-05-10 09:20:11
"""

import sqlalchemy as sa
from alembic import op

revision = "a53a22092259"
down_revision = "6494aab4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("""
CREATE TABLE tasks (
    task_id TEXT PRIMARY KEY,
    task_type TEXT NOT NULL,
    task_name TEXT,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'PENDING',
    priority INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    started_at TIMESTAMP,
    finished_at TIMESTAMP,
    submitted_configs TEXT NOT NULL,  -- JSON as text
    error_info TEXT,                  -- JSON as text
    result_summary TEXT,              -- JSON as text
    execution_details TEXT,           -- JSON as text
    progress_details TEXT,            -- JSON as text
    created_by TEXT NOT NULL,
    notification_config TEXT,         -- JSON as text
    tags TEXT,                        -- JSON array as text
    active BOOLEAN NOT NULL DEFAULT 1,
    CHECK (status IN (
        'PENDING', 'SUBMITTED', 'VALIDATING', 'PREPARING', 'BUILDING',
        'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLING', 'CANCELLED'
    ))
)""")

    op.execute("""
CREATE TABLE task_events (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_data TEXT,                  -- JSON as text
    previous_status TEXT,
    new_status TEXT,
    timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    actor TEXT,
    FOREIGN KEY (task_id) REFERENCES tasks (task_id)
)""")

    op.execute("CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_task_type ON tasks (task_type) WHERE active = 1")
    op.execute("CREATE INDEX idx_tasks_created_at ON tasks (created_at)")
    op.execute("CREATE INDEX idx_tasks_created_by ON tasks (created_by)")
    op.execute("CREATE INDEX idx_task_events_task_id ON task_events (task_id)")
    op.execute("CREATE INDEX idx_task_events_timestamp ON task_events (timestamp)")
    op.execute("CREATE INDEX idx_task_events_event_type ON task_events (event_type)")

    end(
        1,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_task_events_event_type', 67),
    ('index', 'idx_task_events_task_id', 61),
    ('index', 'idx_task_events_timestamp', 65),
    ('index', 'idx_tasks_created_at', 55),
    ('index', 'idx_tasks_created_by', 55),
    ('index', 'idx_tasks_status', 64),
    ('index', 'idx_tasks_task_type', 70),
    ('table', 'task_events', 363),
    ('table', 'tasks', 1005))) = 9""",
    )


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(revision, "foreign keys are off: env.py turns them off before it begins")
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    # Loses table tasks and all its rows.
    op.execute("DROP TABLE tasks")
    # Loses table task_events and all its rows.
    op.execute("DROP TABLE task_events")

    end(
        2,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'task_events'),
    ('table', 'tasks'))) = 0""",
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
