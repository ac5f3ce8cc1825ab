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
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
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
    require_foreign_keys_off()

    begin(revision)

    # Loses table task_item and all its rows.
    op.execute("DROP TABLE task_item")
    # Loses table events and all its rows.
    op.execute("DROP TABLE events")
    # Loses table workers and all its rows.
    op.execute("DROP TABLE workers")
    # Loses table nonces and all its rows.
    op.execute("DROP TABLE nonces")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'events'),
    ('table', 'nonces'),
    ('table', 'task_item'),
    ('table', 'workers'))) = 0""",
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
