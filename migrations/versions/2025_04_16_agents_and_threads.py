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
        1,
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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(revision, "foreign keys are off: env.py turns them off before it begins")
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

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
        2,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'agent_messages'),
    ('table', 'agent_threads'),
    ('table', 'agents'),
    ('table', 'thread_messages'),
    ('table', 'triggers'))) = 0""",
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
