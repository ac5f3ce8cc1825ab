"""Agents, their threads and messages, and what triggers them.

Zerg, as it was in April 2025. Every default lived in Python, which is why nothing has one here
but the times; the indexes on primary keys came of index=True and are of no use.

- adds table agents
- adds index ix_agents_id
- adds table agent_messages
- adds index ix_agent_messages_id
- adds table agent_threads
- adds index ix_agent_threads_id
- adds table thread_messages
- adds index ix_thread_messages_id
- adds table triggers
- adds index ix_triggers_id
- adds index ix_triggers_secret

Revision ID: 4ec412bb
Revises:
Create Date: 2025-04-16 10:12:40
"""

import sqlalchemy as sa
from alembic import op

revision = "4ec412bb"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("""
CREATE TABLE agents (
    id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    status VARCHAR,
    system_instructions TEXT NOT NULL,
    task_instructions TEXT NOT NULL,
    schedule VARCHAR,
    model VARCHAR NOT NULL,
    config JSON,
    next_run_at DATETIME,
    last_run_at DATETIME,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    run_on_schedule BOOLEAN NOT NULL,
    last_error TEXT,
    PRIMARY KEY (id)
)""")

    op.execute("""
CREATE TABLE agent_messages (
    id INTEGER NOT NULL,
    agent_id INTEGER,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    timestamp DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
)""")

    op.execute("""
CREATE TABLE agent_threads (
    id INTEGER NOT NULL,
    agent_id INTEGER,
    title VARCHAR NOT NULL,
    active BOOLEAN,
    agent_state JSON,
    memory_strategy VARCHAR,
    thread_type VARCHAR NOT NULL,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    updated_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
)""")

    op.execute("""
CREATE TABLE thread_messages (
    id INTEGER NOT NULL,
    thread_id INTEGER,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    tool_calls JSON,
    tool_call_id VARCHAR,
    name VARCHAR,
    timestamp DATETIME DEFAULT (CURRENT_TIMESTAMP),
    processed BOOLEAN NOT NULL,
    message_metadata JSON,
    parent_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (thread_id) REFERENCES agent_threads (id),
    FOREIGN KEY (parent_id) REFERENCES thread_messages (id)
)""")

    op.execute("""
CREATE TABLE triggers (
    id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    type VARCHAR NOT NULL,
    secret VARCHAR NOT NULL,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    PRIMARY KEY (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
)""")

    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agent_messages_id ON agent_messages (id)")
    op.execute("CREATE INDEX ix_agent_threads_id ON agent_threads (id)")
    op.execute("CREATE INDEX ix_thread_messages_id ON thread_messages (id)")
    op.execute("CREATE INDEX ix_triggers_id ON triggers (id)")
    op.execute("CREATE UNIQUE INDEX ix_triggers_secret ON triggers (secret)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agent_messages_id', 56),
    ('index', 'ix_agent_threads_id', 54),
    ('index', 'ix_agents_id', 40),
    ('index', 'ix_thread_messages_id', 58),
    ('index', 'ix_triggers_id', 44),
    ('index', 'ix_triggers_secret', 59),
    ('table', 'agent_messages', 256),
    ('table', 'agent_threads', 388),
    ('table', 'agents', 476),
    ('table', 'thread_messages', 474),
    ('table', 'triggers', 262))) = 11""",
    )


def downgrade() -> None:
    require_foreign_keys_off()

    begin(revision)

    # Loses table agents and all its rows.
    op.execute("DROP TABLE agents")
    # Loses table agent_messages and all its rows.
    op.execute("DROP TABLE agent_messages")
    # Loses table agent_threads and all its rows.
    op.execute("DROP TABLE agent_threads")
    # Loses table thread_messages and all its rows.
    op.execute("DROP TABLE thread_messages")
    # Loses table triggers and all its rows.
    op.execute("DROP TABLE triggers")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'agent_messages'),
    ('table', 'agent_threads'),
    ('table', 'agents'),
    ('table', 'thread_messages'),
    ('table', 'triggers'))) = 0""",
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
