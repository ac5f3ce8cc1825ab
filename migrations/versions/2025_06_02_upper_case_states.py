"""States and kinds of threads in upper case, from a list.

Zerg: from here on the models stored the names of an enum, IDLE, and could not read what was
there, idle. A value that is in no list even then is refused by its CHECK, and all of this is
undone.

- changes column agent_threads.thread_type: type, DEFAULT
- changes column agents.status: type, NOT NULL, DEFAULT
- adds check agents.ck_agents_status
- adds check agent_threads.ck_agent_threads_type
- table agents is rebuilt: SQLite 3.40 cannot change type, NOT NULL, DEFAULT of a
  column, a check in place
- table agent_threads is rebuilt: SQLite 3.40 cannot change type, DEFAULT of a column, a
  check in place

Revision ID: b99481a2
Revises: adfa6c905b9d
Create Date: 2025-06-02 13:02:33
"""

import sqlalchemy as sa
from alembic import op

revision = "b99481a2"
down_revision = "adfa6c905b9d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    begin(
        down_revision,
        "no _alembic_tmp_agents was left there before",
        "agents was made anew, with its rows",
        "no _alembic_tmp_agent_threads was left there before",
        "agent_threads was made anew, with its rows",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    # NULL was an agent that nobody had run yet.
    op.execute("UPDATE OR ROLLBACK agents SET status = upper(coalesce(status, 'idle'))")
    op.execute("UPDATE OR ROLLBACK agent_threads SET thread_type = upper(thread_type)")

    # Rows may refuse: agents.status NOT NULL.
    # Rows may refuse: agents.ck_agents_status CHECK (status IN ('IDLE', 'RUNNING',
    # 'PROCESSING', 'ERROR')).
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agents'),
    sql, EXISTS (SELECT 1 FROM agents)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agents'""")
    with op.batch_alter_table("agents", copy_from=agents_before(), recreate="always") as batch_op:
        batch_op.alter_column(
            "status",
            type_=Spelled("VARCHAR(10)"),
            existing_type=Spelled("VARCHAR"),
            nullable=False,
            server_default=sa.text("'IDLE'"),
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_agents_status"),
            "status IN ('IDLE', 'RUNNING', 'PROCESSING', 'ERROR')",
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM agents) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agents')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agents')
FROM temp._plumb_guard WHERE asked = 2""")

    # Rows may refuse: agent_threads.ck_agent_threads_type CHECK (thread_type IN
    # ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')).
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 4, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agent_threads'),
    sql, EXISTS (SELECT 1 FROM agent_threads)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agent_threads'""")
    with op.batch_alter_table(
        "agent_threads", copy_from=agent_threads_before(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "thread_type",
            type_=Spelled("VARCHAR(9)"),
            existing_type=Spelled("VARCHAR"),
            server_default=sa.text("'CHAT'"),
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_agent_threads_type"),
            "thread_type IN ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')",
        )
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 5, EXISTS (SELECT 1 FROM agent_threads) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agent_threads')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agent_threads')
FROM temp._plumb_guard WHERE asked = 4""")

    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agents_owner_id ON agents (owner_id)")
    op.execute("CREATE INDEX ix_agent_threads_id ON agent_threads (id)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 5",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agent_threads_id', 54),
    ('index', 'ix_agents_id', 40),
    ('index', 'ix_agents_owner_id', 52))) = 3""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'agent_threads'),
    ('table', 'agents'))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(
        revision,
        "no _alembic_tmp_agent_threads was left there before",
        "agent_threads was made anew, with its rows",
        "no _alembic_tmp_agents was left there before",
        "agents was made anew, with its rows",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agent_threads'),
    sql, EXISTS (SELECT 1 FROM agent_threads)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agent_threads'""")
    with op.batch_alter_table(
        "agent_threads", copy_from=agent_threads_after(), recreate="always"
    ) as batch_op:
        batch_op.alter_column(
            "thread_type",
            type_=Spelled("VARCHAR"),
            existing_type=Spelled("VARCHAR(9)"),
            server_default=None,
        )
        batch_op.drop_constraint(batch_op.f("ck_agent_threads_type"), type_="check")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM agent_threads) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agent_threads')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agent_threads')
FROM temp._plumb_guard WHERE asked = 2""")

    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 4, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agents'),
    sql, EXISTS (SELECT 1 FROM agents)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agents'""")
    with op.batch_alter_table("agents", copy_from=agents_after(), recreate="always") as batch_op:
        batch_op.alter_column(
            "status",
            type_=Spelled("VARCHAR"),
            existing_type=Spelled("VARCHAR(10)"),
            nullable=True,
            server_default=None,
        )
        batch_op.drop_constraint(batch_op.f("ck_agents_status"), type_="check")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 5, EXISTS (SELECT 1 FROM agents) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agents')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agents')
FROM temp._plumb_guard WHERE asked = 4""")

    # As the models of before read them.
    op.execute("UPDATE OR ROLLBACK agents SET status = lower(status)")
    op.execute("UPDATE OR ROLLBACK agent_threads SET thread_type = lower(thread_type)")

    op.execute("CREATE INDEX ix_agent_threads_id ON agent_threads (id)")
    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agents_owner_id ON agents (owner_id)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 5",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agent_threads_id', 54),
    ('index', 'ix_agents_id', 40),
    ('index', 'ix_agents_owner_id', 52))) = 3""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'agent_threads'),
    ('table', 'agents'))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


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


def agents_before() -> sa.Table:
    return sa.Table(
        "agents",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=False),
        sa.Column("owner_id", sa.INTEGER(), nullable=False),
        sa.Column("name", Spelled("VARCHAR"), nullable=False),
        sa.Column("status", Spelled("VARCHAR")),
        sa.Column("system_instructions", sa.TEXT(), nullable=False),
        sa.Column("task_instructions", sa.TEXT(), nullable=False),
        sa.Column("schedule", Spelled("VARCHAR")),
        sa.Column("model", Spelled("VARCHAR"), nullable=False),
        sa.Column("config", sa.JSON()),
        sa.Column("next_run_at", sa.DATETIME()),
        sa.Column("last_run_at", sa.DATETIME()),
        sa.Column("created_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("updated_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("last_error", sa.TEXT()),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_agents_owner"),
    )


def agent_threads_before() -> sa.Table:
    return sa.Table(
        "agent_threads",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=False),
        sa.Column("agent_id", sa.INTEGER()),
        sa.Column("title", Spelled("VARCHAR"), nullable=False),
        sa.Column("active", sa.BOOLEAN()),
        sa.Column("agent_state", sa.JSON()),
        sa.Column("memory_strategy", Spelled("VARCHAR")),
        sa.Column("thread_type", Spelled("VARCHAR"), nullable=False),
        sa.Column("created_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("updated_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
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


def agent_threads_after() -> sa.Table:
    return sa.Table(
        "agent_threads",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=False),
        sa.Column("agent_id", sa.INTEGER()),
        sa.Column("title", Spelled("VARCHAR"), nullable=False),
        sa.Column("active", sa.BOOLEAN()),
        sa.Column("agent_state", sa.JSON()),
        sa.Column("memory_strategy", Spelled("VARCHAR")),
        sa.Column(
            "thread_type",
            Spelled("VARCHAR(9)"),
            server_default=sa.text("'CHAT'"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("updated_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.CheckConstraint(
            "thread_type IN ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')",
            name="ck_agent_threads_type",
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
    )


def agents_after() -> sa.Table:
    return sa.Table(
        "agents",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=False),
        sa.Column("owner_id", sa.INTEGER(), nullable=False),
        sa.Column("name", Spelled("VARCHAR"), nullable=False),
        sa.Column(
            "status",
            Spelled("VARCHAR(10)"),
            server_default=sa.text("'IDLE'"),
            nullable=False,
        ),
        sa.Column("system_instructions", sa.TEXT(), nullable=False),
        sa.Column("task_instructions", sa.TEXT(), nullable=False),
        sa.Column("schedule", Spelled("VARCHAR")),
        sa.Column("model", Spelled("VARCHAR"), nullable=False),
        sa.Column("config", sa.JSON()),
        sa.Column("next_run_at", sa.DATETIME()),
        sa.Column("last_run_at", sa.DATETIME()),
        sa.Column("created_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("updated_at", sa.DATETIME(), server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("last_error", sa.TEXT()),
        sa.CheckConstraint(
            "status IN ('IDLE', 'RUNNING', 'PROCESSING', 'ERROR')",
            name="ck_agents_status",
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_agents_owner"),
    )
