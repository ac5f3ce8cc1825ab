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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of agents was left there before",
        "agents was made anew, with its rows",
        "no copy of agent_threads was left there before",
        "agent_threads was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # NULL was an agent that nobody had run yet.
    op.execute("UPDATE OR ROLLBACK agents SET status = upper(coalesce(status, 'idle'))")
    op.execute("UPDATE OR ROLLBACK agent_threads SET thread_type = upper(thread_type)")

    # Rows may refuse: agents.status NOT NULL.
    # Rows may refuse: agents.ck_agents_status CHECK (status IN ('IDLE', 'RUNNING',
    # 'PROCESSING', 'ERROR')).
    before_batch(3, "agents")
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
    after_batch(4, "agents")

    # Rows may refuse: agent_threads.ck_agent_threads_type CHECK (thread_type IN
    # ('CHAT', 'SCHEDULED', 'MANUAL', 'SUPER')).
    before_batch(5, "agent_threads")
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
    after_batch(6, "agent_threads")

    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agents_owner_id ON agents (owner_id)")
    op.execute("CREATE INDEX ix_agent_threads_id ON agent_threads (id)")

    end(
        6,
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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of agent_threads was left there before",
        "agent_threads was made anew, with its rows",
        "no copy of agents was left there before",
        "agents was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(3, "agent_threads")
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
    after_batch(4, "agent_threads")

    before_batch(5, "agents")
    with op.batch_alter_table("agents", copy_from=agents_after(), recreate="always") as batch_op:
        batch_op.alter_column(
            "status",
            type_=Spelled("VARCHAR"),
            existing_type=Spelled("VARCHAR(10)"),
            nullable=True,
            server_default=None,
        )
        batch_op.drop_constraint(batch_op.f("ck_agents_status"), type_="check")
    after_batch(6, "agents")

    # As the models of before read them.
    op.execute("UPDATE OR ROLLBACK agents SET status = lower(status)")
    op.execute("UPDATE OR ROLLBACK agent_threads SET thread_type = lower(thread_type)")

    op.execute("CREATE INDEX ix_agent_threads_id ON agent_threads (id)")
    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agents_owner_id ON agents (owner_id)")

    end(
        6,
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
