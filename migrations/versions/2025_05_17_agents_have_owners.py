"""Agents have owners.

Zerg. There was no migration, only a NOT NULL in the models. Where there are agents there is
nobody yet to whom they could belong: the first user is made for them. (`triggers.config` came on
May 8.)

- adds table users
- adds index idx_users_provider_user_id
- adds column agents.owner_id
- adds foreign key agents.fk_agents_owner
- adds index ix_agents_owner_id
- adds column triggers.config
- table agents is rebuilt: SQLite 3.40 cannot change a foreign key in place

Revision ID: 744bdbd2
Revises: 32c843eb8225
Create Date: 2025-05-17 11:31:27
"""

import sqlalchemy as sa
from alembic import op

revision = "744bdbd2"
down_revision = "32c843eb8225"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    begin(
        down_revision,
        "the rows of agents were copied",
        "the former agents is gone",
        "agents (owner_id) refers to rows of users by fk_agents_owner",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("""
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    provider VARCHAR NOT NULL DEFAULT 'google',
    provider_user_id VARCHAR,
    email VARCHAR NOT NULL COLLATE NOCASE,  -- one address in two spellings is one user
    role VARCHAR(5) NOT NULL DEFAULT 'USER'
        CONSTRAINT ck_users_role CHECK (role IN ('USER', 'ADMIN')),
    is_active BOOLEAN NOT NULL DEFAULT 1 CONSTRAINT ck_users_active CHECK (is_active IN (0, 1)),
    display_name VARCHAR,
    prefs JSON NOT NULL DEFAULT '{}' CONSTRAINT ck_users_prefs CHECK (json_valid(prefs)),
    last_login DATETIME,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT uq_users_email UNIQUE (email)
)""")

    # Whoever signs in first may take over this name, and the agents with it.
    op.execute("""
INSERT OR ROLLBACK INTO users (email, role, display_name)
SELECT 'owner@localhost', 'ADMIN', 'Whose the first agents are'
WHERE EXISTS (SELECT 1 FROM agents)""")

    # In SQL, for batch mode cannot say it: the rows that are there get a value for
    # agents.owner_id.
    op.execute("ALTER TABLE agents RENAME TO _plumb_agents")
    op.execute("""
CREATE TABLE agents (
    id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
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
    last_error TEXT,
    PRIMARY KEY (id),
    CONSTRAINT fk_agents_owner FOREIGN KEY (owner_id) REFERENCES users (id)
)""")
    op.execute("""
INSERT OR ABORT INTO agents (id, owner_id, name, status,
    system_instructions, task_instructions, schedule, model, config,
    next_run_at, last_run_at, created_at, updated_at, last_error)
SELECT id, (SELECT min(id) FROM users), name, status, system_instructions, task_instructions,
    schedule, model, config, next_run_at, last_run_at, created_at,
    updated_at, last_error
FROM _plumb_agents""")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, (EXISTS (SELECT 1 FROM agents)
    OR NOT EXISTS (SELECT 1 FROM _plumb_agents))""")
    op.execute("DROP TABLE _plumb_agents")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agents')""")

    op.execute("ALTER TABLE triggers ADD COLUMN config JSON")
    op.execute("CREATE INDEX idx_users_provider_user_id ON users (provider_user_id)")
    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agents_owner_id ON agents (owner_id)")

    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 4, NOT EXISTS (SELECT 1 FROM agents
    WHERE agents.owner_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM users AS parent
        WHERE parent.id = +agents.owner_id))""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 4",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_users_provider_user_id', 67),
    ('index', 'ix_agents_id', 40),
    ('index', 'ix_agents_owner_id', 52),
    ('table', 'agents', 546),
    ('table', 'users', 731))) = 5""",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('triggers')
    WHERE lower(name) = 'config')""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(
        revision,
        "no _alembic_tmp_agents was left there before",
        "agents was made anew, with its rows",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    # Loses column agents.owner_id and its values.
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT 2, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agents'),
    sql, EXISTS (SELECT 1 FROM agents)
FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agents'""")
    with op.batch_alter_table("agents", copy_from=agents_after(), recreate="always") as batch_op:
        batch_op.drop_column("owner_id")
        batch_op.drop_constraint(batch_op.f("fk_agents_owner"), type_="foreignkey")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM agents) = had_rows
    AND was <> (SELECT sql FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'agents')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_alembic_tmp_agents')
FROM temp._plumb_guard WHERE asked = 2""")

    # Loses column triggers.config and its values.
    op.execute("ALTER TABLE triggers DROP COLUMN config")
    # Loses table users and all its rows.
    op.execute("DROP TABLE users")
    op.execute("CREATE INDEX ix_agents_id ON agents (id)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agents_id', 40))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'agents'))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'users'))) = 0""",
        """NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('triggers')
    WHERE lower(name) = 'config')""",
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


class Spelled(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared


def agents_after() -> sa.Table:
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
