"""Task items, events, workers and nonces of the planner.

PlanExe, as it was at the end of 2025. Ids are UUIDs of 32 digits, but workers.current_task_id
spells them with dashes, so that a join finds nothing. Every default lived in Python.

- adds table task_item
- adds table events
- adds index ix_events_timestamp
- adds index ix_events_event_type
- adds table workers
- adds index ix_workers_last_heartbeat_at
- adds index ix_workers_current_task_id
- adds table nonces
- adds index ix_nonces_nonce_key
- adds index ix_nonces_created_at
- adds index ix_nonces_last_accessed_at

Revision ID: bd3bf891
Revises: 441d022a
Create Date: 2025-12-26 12:40:15
"""

import sqlalchemy as sa
from alembic import op

revision = "bd3bf891"
down_revision = "441d022a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("""
CREATE TABLE task_item (
    id CHAR(32) NOT NULL,
    timestamp_created DATETIME,
    state VARCHAR(10),
    prompt TEXT,
    progress_percentage NUMERIC(5, 2),
    progress_message VARCHAR(128),
    last_seen_timestamp DATETIME,
    user_id VARCHAR(256),
    parameters JSON,
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE events (
    id INTEGER NOT NULL,
    timestamp DATETIME NOT NULL,
    event_type VARCHAR(15) NOT NULL,
    message TEXT NOT NULL,
    context JSON,
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE workers (
    id VARCHAR(255) NOT NULL,
    started_at DATETIME NOT NULL,
    last_heartbeat_at DATETIME NOT NULL,
    current_task_id VARCHAR(255),
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE nonces (
    id INTEGER NOT NULL,
    nonce_key VARCHAR(255) NOT NULL,
    created_at DATETIME NOT NULL,
    last_accessed_at DATETIME NOT NULL,
    request_count INTEGER NOT NULL,
    context JSON,
    PRIMARY KEY (id)
)""")

    op.execute("CREATE INDEX ix_events_timestamp ON events (timestamp)")
    op.execute("CREATE INDEX ix_events_event_type ON events (event_type)")
    op.execute("""
CREATE INDEX ix_workers_last_heartbeat_at ON workers (last_heartbeat_at)""")
    op.execute("CREATE INDEX ix_workers_current_task_id ON workers (current_task_id)")
    op.execute("CREATE UNIQUE INDEX ix_nonces_nonce_key ON nonces (nonce_key)")
    op.execute("CREATE INDEX ix_nonces_created_at ON nonces (created_at)")
    op.execute("CREATE INDEX ix_nonces_last_accessed_at ON nonces (last_accessed_at)")

    end(
        1,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_events_event_type', 56),
    ('index', 'ix_events_timestamp', 54),
    ('index', 'ix_nonces_created_at', 56),
    ('index', 'ix_nonces_last_accessed_at', 68),
    ('index', 'ix_nonces_nonce_key', 61),
    ('index', 'ix_workers_current_task_id', 68),
    ('index', 'ix_workers_last_heartbeat_at', 72),
    ('table', 'events', 184),
    ('table', 'nonces', 234),
    ('table', 'task_item', 300),
    ('table', 'workers', 184))) = 11""",
    )


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(revision, "foreign keys are off: env.py turns them off before it begins")
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    # Loses table task_item and all its rows.
    op.execute("DROP TABLE task_item")
    # Loses table events and all its rows.
    op.execute("DROP TABLE events")
    # Loses table workers and all its rows.
    op.execute("DROP TABLE workers")
    # Loses table nonces and all its rows.
    op.execute("DROP TABLE nonces")

    end(
        2,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'events'),
    ('table', 'nonces'),
    ('table', 'task_item'),
    ('table', 'workers'))) = 0""",
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
