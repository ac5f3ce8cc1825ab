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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "the rows of agents were copied",
        "the former agents is gone",
        "agents (owner_id) refers to rows of users by fk_agents_owner",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

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
    ask(
        3,
        """(EXISTS (SELECT 1 FROM agents)
    OR NOT EXISTS (SELECT 1 FROM _plumb_agents))""",
    )
    op.execute("DROP TABLE _plumb_agents")
    ask(4, "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agents')")

    op.execute("ALTER TABLE triggers ADD COLUMN config JSON")
    op.execute("CREATE INDEX idx_users_provider_user_id ON users (provider_user_id)")
    op.execute("CREATE INDEX ix_agents_id ON agents (id)")
    op.execute("CREATE INDEX ix_agents_owner_id ON agents (owner_id)")

    ask(
        5,
        """NOT EXISTS (SELECT 1 FROM agents
    WHERE agents.owner_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM users AS parent
        WHERE parent.id = +agents.owner_id))""",
    )

    end(
        5,
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_users_provider_user_id', 67),
    ('index', 'ix_agents_id', 40),
    ('index', 'ix_agents_owner_id', 52),
    ('table', 'agents', 546),
    ('table', 'users', 731))) = 5""",
        """(SELECT count(*) FROM pragma_table_xinfo('triggers')
    WHERE lower(name) = 'config') = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of agents was left there before",
        "agents was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Loses column agents.owner_id and its values.
    before_batch(3, "agents")
    with op.batch_alter_table("agents", copy_from=agents_after(), recreate="always") as batch_op:
        batch_op.drop_column("owner_id")
        batch_op.drop_constraint(batch_op.f("fk_agents_owner"), type_="foreignkey")
    after_batch(4, "agents")

    # Loses column triggers.config and its values.
    op.execute("ALTER TABLE triggers DROP COLUMN config")
    # Loses table users and all its rows.
    op.execute("DROP TABLE users")
    op.execute("CREATE INDEX ix_agents_id ON agents (id)")

    end(
        4,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agents_id', 40))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'agents'))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'users'))) = 0""",
        """(SELECT count(*) FROM pragma_table_xinfo('triggers')
    WHERE lower(name) = 'config') = 0""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


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
