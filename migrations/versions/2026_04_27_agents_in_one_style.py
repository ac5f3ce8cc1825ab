"""Agents in one style: names, defaults, NOT NULL and what goes with what.

Names for every rule, defaults in the database, NOT NULL where nobody ever meant NULL, what goes
with an agent when it goes. A message without its agent, or two threads of one that are active,
are refused: `sqlplumb apply` names them before it begins.

- changes column agent_messages.id: NOT NULL
- changes column agent_messages.agent_id: NOT NULL
- changes column agent_messages.timestamp: NOT NULL
- changes foreign key agent_messages.fk_agent_messages_agent: ON DELETE
- drops index ix_agent_messages_id
- changes column thread_messages.id: NOT NULL
- changes column thread_messages.thread_id: NOT NULL
- changes column thread_messages.sent_at: NOT NULL
- changes column thread_messages.processed: DEFAULT
- changes foreign key thread_messages.fk_thread_messages_thread: ON DELETE
- drops index ix_thread_messages_id
- changes column triggers.id: NOT NULL
- changes column triggers.type: DEFAULT
- changes column triggers.created_at: NOT NULL
- changes foreign key triggers.fk_triggers_agent: ON DELETE
- drops index ix_triggers_id
- drops index ix_triggers_secret
- changes column agents.id: NOT NULL
- changes column agents.created_at: NOT NULL
- changes column agents.updated_at: NOT NULL
- drops index ix_agents_id
- drops index ix_agents_owner_id
- changes column agent_threads.id: NOT NULL
- changes column agent_threads.agent_id: NOT NULL
- changes column agent_threads.active: NOT NULL, DEFAULT
- changes column agent_threads.memory_strategy: NOT NULL, DEFAULT
- changes column agent_threads.created_at: NOT NULL
- changes column agent_threads.updated_at: NOT NULL
- changes foreign key agent_threads.fk_agent_threads_agent: ON DELETE
- drops index ix_agent_threads_id
- adds check agents.ck_agents_schedule
- adds check agents.ck_agents_config
- adds index idx_agents_owner_id
- adds check agent_threads.ck_agent_threads_active
- adds check agent_threads.ck_agent_threads_state
- adds index idx_agent_threads_agent_id
- adds index uq_agent_threads_one_active
- adds check thread_messages.ck_thread_messages_calls
- adds check thread_messages.ck_thread_messages_processed
- adds check thread_messages.ck_thread_messages_metadata
- adds index idx_thread_messages_thread_id
- adds index idx_thread_messages_parent_id
- adds index idx_agent_messages_agent_id
- adds unique triggers.uq_triggers_secret
- adds check triggers.ck_triggers_config
- adds index idx_triggers_agent_id
- table agents is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, a check in
  place
- table agent_threads is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, NOT
  NULL, DEFAULT of a column, a foreign key, a check in place
- table thread_messages is rebuilt: SQLite 3.40 cannot change NOT NULL of a column,
  DEFAULT of a column, a foreign key, a check in place
- table agent_messages is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, a
  foreign key in place
- table triggers is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, DEFAULT of
  a column, a foreign key, a unique, a check in place

Revision ID: 9f41c6d07b28
Revises: 0fd6db14
Create Date: 2026-04-27 16:04:31
"""

import sqlalchemy as sa
from alembic import op

revision = "9f41c6d07b28"
down_revision = "0fd6db14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "the rows of agents were copied",
        "the former agents is gone",
        "the rows of agent_threads were copied",
        "the former agent_threads is gone",
        "the rows of thread_messages were copied",
        "the former thread_messages is gone",
        "the rows of agent_messages were copied",
        "the former agent_messages is gone",
        "the rows of triggers were copied",
        "the former triggers is gone",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: agents.ck_agents_schedule CHECK (schedule IS NULL OR
    # trim(schedule) <> '').
    # Rows may refuse: agents.ck_agents_config CHECK (config IS NULL OR
    # json_valid(config)).
    # In SQL, for batch mode cannot say it: the rows that are there get a value for
    # agents.schedule, agents.created_at, agents.updated_at.
    op.execute("ALTER TABLE agents RENAME TO _plumb_agents")
    op.execute("""
CREATE TABLE agents (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    status VARCHAR(10) NOT NULL DEFAULT 'IDLE'
        CONSTRAINT ck_agents_status CHECK (status IN ('IDLE', 'RUNNING', 'PROCESSING', 'ERROR')),
    system_instructions TEXT NOT NULL,
    task_instructions TEXT NOT NULL,

    schedule VARCHAR  -- a cron expression; NULL alone means not scheduled, so '' is refused
        CONSTRAINT ck_agents_schedule CHECK (schedule IS NULL OR trim(schedule) <> ''),
    model VARCHAR NOT NULL,
    config JSON CONSTRAINT ck_agents_config CHECK (config IS NULL OR json_valid(config)),
    next_run_at DATETIME,
    last_run_at DATETIME,
    last_error TEXT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_agents_owner FOREIGN KEY (owner_id) REFERENCES users (id)
)""")
    op.execute("""
INSERT OR ABORT INTO agents (id, owner_id, name, status,
    system_instructions, task_instructions, schedule, model, config,
    next_run_at, last_run_at, last_error, created_at, updated_at)
SELECT id, owner_id, name, status, system_instructions,
    task_instructions,
    CASE WHEN (schedule IS NULL OR trim(schedule) <> '') IS NOT FALSE THEN schedule ELSE NULL END,
    model, config, next_run_at, last_run_at, last_error,
    coalesce(created_at, CURRENT_TIMESTAMP),
    coalesce(updated_at, CURRENT_TIMESTAMP)
FROM _plumb_agents""")
    ask(
        3,
        """(EXISTS (SELECT 1 FROM agents)
    OR NOT EXISTS (SELECT 1 FROM _plumb_agents))""",
    )
    op.execute("DROP TABLE _plumb_agents")
    ask(4, "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agents')")

    # Rows may refuse: agent_threads.agent_id NOT NULL.
    # Rows may refuse: agent_threads.ck_agent_threads_active CHECK (active IN (0, 1)).
    # Rows may refuse: agent_threads.ck_agent_threads_state CHECK (agent_state IS NULL
    # OR json_valid(agent_state)).
    # In SQL, for batch mode cannot say it: the rows that are there get a value for
    # agent_threads.active, agent_threads.memory_strategy, agent_threads.created_at,
    # agent_threads.updated_at.
    op.execute("ALTER TABLE agent_threads RENAME TO _plumb_agent_threads")
    op.execute("""
CREATE TABLE agent_threads (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    title VARCHAR NOT NULL,
    active BOOLEAN NOT NULL DEFAULT 1 CONSTRAINT ck_agent_threads_active CHECK (active IN (0, 1)),
    agent_state JSON
        CONSTRAINT ck_agent_threads_state CHECK (agent_state IS NULL OR json_valid(agent_state)),
    memory_strategy VARCHAR NOT NULL DEFAULT 'buffer',
    thread_type VARCHAR(9) NOT NULL DEFAULT 'CHAT' CONSTRAINT ck_agent_threads_type
        CHECK (thread_type IN ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_agent_threads_agent FOREIGN KEY (agent_id) REFERENCES agents (id)
        ON DELETE CASCADE
)""")
    op.execute("""
INSERT OR ABORT INTO agent_threads (id, agent_id, title, active,
    agent_state, memory_strategy, thread_type, created_at, updated_at)
SELECT id, agent_id, title,
    CASE WHEN (active IN (0, 1)) IS NOT FALSE AND active IS NOT NULL THEN active ELSE 0 END,
    agent_state, coalesce(memory_strategy, 'buffer'), thread_type,
    coalesce(created_at, CURRENT_TIMESTAMP),
    coalesce(updated_at, CURRENT_TIMESTAMP)
FROM _plumb_agent_threads""")
    ask(
        5,
        """(EXISTS (SELECT 1 FROM agent_threads)
    OR NOT EXISTS (SELECT 1 FROM _plumb_agent_threads))""",
    )
    op.execute("DROP TABLE _plumb_agent_threads")
    ask(
        6,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agent_threads')",
    )

    # Rows may refuse: thread_messages.thread_id NOT NULL.
    # Rows may refuse: thread_messages.ck_thread_messages_calls CHECK (tool_calls IS
    # NULL OR json_valid(tool_calls)).
    # Rows may refuse: thread_messages.ck_thread_messages_processed CHECK (processed IN
    # (0, 1)).
    # Rows may refuse: thread_messages.ck_thread_messages_metadata CHECK
    # (message_metadata IS NULL OR json_valid(message_metadata)).
    # In SQL, for batch mode cannot say it: the rows that are there get a value for
    # thread_messages.sent_at.
    op.execute("ALTER TABLE thread_messages RENAME TO _plumb_thread_messages")
    op.execute("""
CREATE TABLE thread_messages (
    id INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    tool_calls JSON
        CONSTRAINT ck_thread_messages_calls CHECK (tool_calls IS NULL OR json_valid(tool_calls)),
    tool_call_id VARCHAR,
    name VARCHAR,
    sent_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    processed BOOLEAN NOT NULL DEFAULT 0
        CONSTRAINT ck_thread_messages_processed CHECK (processed IN (0, 1)),
    message_metadata JSON CONSTRAINT ck_thread_messages_metadata
        CHECK (message_metadata IS NULL OR json_valid(message_metadata)),
    parent_id INTEGER,
    CONSTRAINT fk_thread_messages_thread FOREIGN KEY (thread_id) REFERENCES agent_threads (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_thread_messages_parent FOREIGN KEY (parent_id) REFERENCES thread_messages (id)
)""")
    op.execute("""
INSERT OR ABORT INTO thread_messages (id, thread_id, role, content,
    tool_calls, tool_call_id, name, sent_at, processed, message_metadata,
    parent_id)
SELECT id, thread_id, role, content, tool_calls, tool_call_id, name,
    coalesce(sent_at, CURRENT_TIMESTAMP), processed, message_metadata,
    parent_id
FROM _plumb_thread_messages""")
    ask(
        7,
        """(EXISTS (SELECT 1 FROM thread_messages)
    OR NOT EXISTS (SELECT 1 FROM _plumb_thread_messages))""",
    )
    op.execute("DROP TABLE _plumb_thread_messages")
    ask(
        8,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_thread_messages')",
    )

    # Rows may refuse: agent_messages.agent_id NOT NULL.
    # In SQL, for batch mode cannot say it: the rows that are there get a value for
    # agent_messages.timestamp.
    op.execute("ALTER TABLE agent_messages RENAME TO _plumb_agent_messages")
    op.execute("""
CREATE TABLE agent_messages (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_agent_messages_agent FOREIGN KEY (agent_id) REFERENCES agents (id)
        ON DELETE CASCADE
)""")
    op.execute("""
INSERT OR ABORT INTO agent_messages (id, agent_id, role, content,
    timestamp)
SELECT id, agent_id, role, content,
    coalesce(timestamp, CURRENT_TIMESTAMP)
FROM _plumb_agent_messages""")
    ask(
        9,
        """(EXISTS (SELECT 1 FROM agent_messages)
    OR NOT EXISTS (SELECT 1 FROM _plumb_agent_messages))""",
    )
    op.execute("DROP TABLE _plumb_agent_messages")
    ask(
        10,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agent_messages')",
    )

    # Rows may refuse: triggers.uq_triggers_secret UNIQUE (secret).
    # Rows may refuse: triggers.ck_triggers_config CHECK (config IS NULL OR
    # json_valid(config)).
    # In SQL, for batch mode cannot say it: the rows that are there get a value for
    # triggers.created_at.
    op.execute("ALTER TABLE triggers RENAME TO _plumb_triggers")
    op.execute("""
CREATE TABLE triggers (
    id INTEGER PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    type VARCHAR NOT NULL DEFAULT 'webhook',
    secret VARCHAR NOT NULL,
    config JSON CONSTRAINT ck_triggers_config CHECK (config IS NULL OR json_valid(config)),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_triggers_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    CONSTRAINT uq_triggers_secret UNIQUE (secret)
)""")
    op.execute("""
INSERT OR ABORT INTO triggers (id, agent_id, type, secret, config,
    created_at)
SELECT id, agent_id, type, secret, config,
    coalesce(created_at, CURRENT_TIMESTAMP)
FROM _plumb_triggers""")
    ask(
        11,
        """(EXISTS (SELECT 1 FROM triggers)
    OR NOT EXISTS (SELECT 1 FROM _plumb_triggers))""",
    )
    op.execute("DROP TABLE _plumb_triggers")
    ask(
        12,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_triggers')",
    )

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("CREATE INDEX idx_agents_owner_id ON agents (owner_id)")
    op.execute("CREATE INDEX idx_agent_threads_agent_id ON agent_threads (agent_id)")
    op.execute("""
CREATE UNIQUE INDEX uq_agent_threads_one_active ON agent_threads (agent_id) WHERE active = 1""")
    op.execute("""
CREATE INDEX idx_thread_messages_thread_id ON thread_messages (thread_id)""")
    op.execute("""
CREATE INDEX idx_thread_messages_parent_id ON thread_messages (parent_id)""")
    op.execute("CREATE INDEX idx_agent_messages_agent_id ON agent_messages (agent_id)")
    op.execute("CREATE INDEX idx_triggers_agent_id ON triggers (agent_id)")

    end(
        12,
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_agent_messages_agent_id', 69),
    ('index', 'idx_agent_threads_agent_id', 67),
    ('index', 'idx_agents_owner_id', 53),
    ('index', 'idx_thread_messages_parent_id', 73),
    ('index', 'idx_thread_messages_thread_id', 73),
    ('index', 'idx_triggers_agent_id', 57),
    ('index', 'uq_agent_threads_one_active', 92),
    ('table', 'agent_messages', 314),
    ('table', 'agent_threads', 777),
    ('table', 'agents', 899),
    ('table', 'thread_messages', 864),
    ('table', 'triggers', 458))) = 12""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "the rows of agent_messages were copied",
        "the former agent_messages is gone",
        "the rows of thread_messages were copied",
        "the former thread_messages is gone",
        "the rows of triggers were copied",
        "the former triggers is gone",
        "no copy of agents was left there before",
        "agents was made anew, with its rows",
        "the rows of agent_threads were copied",
        "the former agent_threads is gone",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: agent_messages.id NOT NULL.
    # In SQL, for batch mode cannot say it: agent_messages.foreign key(agent_id) comes
    # without a name, which a naming convention would give it.
    op.execute("ALTER TABLE agent_messages RENAME TO _plumb_agent_messages")
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
INSERT OR ABORT INTO agent_messages (id, agent_id, role, content,
    timestamp)
SELECT id, agent_id, role, content, timestamp
FROM _plumb_agent_messages""")
    ask(
        3,
        """(EXISTS (SELECT 1 FROM agent_messages)
    OR NOT EXISTS (SELECT 1 FROM _plumb_agent_messages))""",
    )
    op.execute("DROP TABLE _plumb_agent_messages")
    ask(
        4,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agent_messages')",
    )

    # Rows may refuse: thread_messages.id NOT NULL.
    # In SQL, for batch mode cannot say it: thread_messages.foreign key(thread_id) comes
    # without a name, which a naming convention would give it.
    op.execute("ALTER TABLE thread_messages RENAME TO _plumb_thread_messages")
    op.execute("""
CREATE TABLE thread_messages (
    id INTEGER NOT NULL,
    thread_id INTEGER,
    role VARCHAR NOT NULL,
    content TEXT NOT NULL,
    tool_calls JSON,
    tool_call_id VARCHAR,
    name VARCHAR,
    sent_at DATETIME DEFAULT (CURRENT_TIMESTAMP),
    processed BOOLEAN NOT NULL,
    message_metadata JSON,
    parent_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY (thread_id) REFERENCES agent_threads (id),
    FOREIGN KEY (parent_id) REFERENCES thread_messages (id)
)""")
    op.execute("""
INSERT OR ABORT INTO thread_messages (id, thread_id, role, content,
    tool_calls, tool_call_id, name, sent_at, processed, message_metadata,
    parent_id)
SELECT id, thread_id, role, content, tool_calls, tool_call_id, name,
    sent_at, processed, message_metadata, parent_id
FROM _plumb_thread_messages""")
    ask(
        5,
        """(EXISTS (SELECT 1 FROM thread_messages)
    OR NOT EXISTS (SELECT 1 FROM _plumb_thread_messages))""",
    )
    op.execute("DROP TABLE _plumb_thread_messages")
    ask(
        6,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_thread_messages')",
    )

    # Rows may refuse: triggers.id NOT NULL.
    # In SQL, for batch mode cannot say it: triggers.foreign key(agent_id) comes without
    # a name, which a naming convention would give it.
    op.execute("ALTER TABLE triggers RENAME TO _plumb_triggers")
    op.execute("""
CREATE TABLE triggers (
    id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    type VARCHAR NOT NULL,
    secret VARCHAR NOT NULL,
    created_at DATETIME DEFAULT (CURRENT_TIMESTAMP), config JSON,
    PRIMARY KEY (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
)""")
    op.execute("""
INSERT OR ABORT INTO triggers (id, agent_id, type, secret, created_at,
    config)
SELECT id, agent_id, type, secret, created_at, config
FROM _plumb_triggers""")
    ask(
        7,
        """(EXISTS (SELECT 1 FROM triggers)
    OR NOT EXISTS (SELECT 1 FROM _plumb_triggers))""",
    )
    op.execute("DROP TABLE _plumb_triggers")
    ask(
        8,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_triggers')",
    )

    # Rows may refuse: agents.id NOT NULL.
    before_batch(9, "agents")
    with op.batch_alter_table("agents", copy_from=agents_after(), recreate="always") as batch_op:
        batch_op.alter_column("id", nullable=False)
        batch_op.alter_column("created_at", nullable=True)
        batch_op.alter_column("updated_at", nullable=True)
        batch_op.drop_constraint(batch_op.f("ck_agents_schedule"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_agents_config"), type_="check")
    after_batch(10, "agents")

    # Rows may refuse: agent_threads.id NOT NULL.
    # In SQL, for batch mode cannot say it: agent_threads.foreign key(agent_id) comes
    # without a name, which a naming convention would give it.
    op.execute("ALTER TABLE agent_threads RENAME TO _plumb_agent_threads")
    op.execute("""
CREATE TABLE "agent_threads" (
    id INTEGER NOT NULL,
    agent_id INTEGER,
    title VARCHAR NOT NULL,
    active BOOLEAN,
    agent_state JSON,
    memory_strategy VARCHAR,
    thread_type VARCHAR(9) DEFAULT 'CHAT' NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    CONSTRAINT ck_agent_threads_type
        CHECK (thread_type IN ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')),
    FOREIGN KEY(agent_id) REFERENCES agents (id)
)""")
    op.execute("""
INSERT OR ABORT INTO agent_threads (id, agent_id, title, active,
    agent_state, memory_strategy, thread_type, created_at, updated_at)
SELECT id, agent_id, title, active, agent_state, memory_strategy,
    thread_type, created_at, updated_at
FROM _plumb_agent_threads""")
    ask(
        11,
        """(EXISTS (SELECT 1 FROM agent_threads)
    OR NOT EXISTS (SELECT 1 FROM _plumb_agent_threads))""",
    )
    op.execute("DROP TABLE _plumb_agent_threads")
    ask(
        12,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agent_threads')",
    )

    op.execute("CREATE INDEX ix_agent_messages_id ON agent_messages (id)")
    op.execute("CREATE INDEX ix_thread_messages_id ON thread_messages (id)")
    op.execute("CREATE INDEX ix_triggers_id ON triggers (id)")
    # Rows may refuse: ix_triggers_secret UNIQUE (secret).
    op.execute("CREATE UNIQUE INDEX ix_triggers_secret ON triggers (secret)")
    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agents_owner_id ON agents (owner_id)")
    op.execute("CREATE INDEX ix_agent_threads_id ON agent_threads (id)")

    end(
        12,
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agent_messages_id', 56),
    ('index', 'ix_agent_threads_id', 54),
    ('index', 'ix_agents_id', 40),
    ('index', 'ix_agents_owner_id', 52),
    ('index', 'ix_thread_messages_id', 58),
    ('index', 'ix_triggers_id', 44),
    ('index', 'ix_triggers_secret', 59),
    ('table', 'agent_messages', 256),
    ('table', 'agent_threads', 513),
    ('table', 'thread_messages', 472),
    ('table', 'triggers', 275))) = 11""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'agents'))) = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def agents_after() -> sa.Table:
    return sa.Table(
        "agents",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=True),
        sa.Column("owner_id", sa.INTEGER(), nullable=False),
        sa.Column("name", Spelled("VARCHAR"), nullable=False),
        sa.Column("status", sa.VARCHAR(10), server_default=sa.text("'IDLE'"), nullable=False),
        sa.Column("system_instructions", sa.TEXT(), nullable=False),
        sa.Column("task_instructions", sa.TEXT(), nullable=False),
        sa.Column("schedule", Spelled("VARCHAR")),
        sa.Column("model", Spelled("VARCHAR"), nullable=False),
        sa.Column("config", sa.JSON()),
        sa.Column("next_run_at", sa.DATETIME()),
        sa.Column("last_run_at", sa.DATETIME()),
        sa.Column("last_error", sa.TEXT()),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('IDLE', 'RUNNING', 'PROCESSING', 'ERROR')",
            name="ck_agents_status",
        ),
        sa.CheckConstraint("schedule IS NULL OR trim(schedule) <> ''", name="ck_agents_schedule"),
        sa.CheckConstraint("config IS NULL OR json_valid(config)", name="ck_agents_config"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_agents_owner"),
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
