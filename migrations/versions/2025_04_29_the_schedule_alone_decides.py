"""The schedule alone decides: run_on_schedule goes.

Zerg: a schedule that is there is one that runs. Without the first step an agent that was paused
by its flag and kept its cron expression would begin to run.

- drops column agents.run_on_schedule

Revision ID: 6494aab4
Revises: 4ec412bb
Create Date: 2025-04-29 15:48:05
"""

import sqlalchemy as sa
from alembic import op

revision = "6494aab4"
down_revision = "4ec412bb"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("PRAGMA legacy_alter_table = ON")

    # A paused agent stays unscheduled.
    op.execute("UPDATE OR ROLLBACK agents SET schedule = NULL WHERE run_on_schedule = 0")

    # sqlplumb: ignore P202 what the flag said, the schedule says now
    # Loses column agents.run_on_schedule and its values.
    op.execute("ALTER TABLE agents DROP COLUMN run_on_schedule")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        """NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('agents')
    WHERE lower(name) = 'run_on_schedule')""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(revision, "the rows of agents were copied", "the former agents is gone")

    op.execute("PRAGMA legacy_alter_table = ON")

    # The flag is what the schedule says. Cron expressions of paused agents do not come back.
    # In SQL, for batch mode cannot say it: the rows that are there get a value for
    # agents.run_on_schedule.
    op.execute("ALTER TABLE agents RENAME TO _plumb_agents")
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
INSERT OR ABORT INTO agents (id, name, status, system_instructions,
    task_instructions, schedule, model, config, next_run_at, last_run_at,
    created_at, updated_at, run_on_schedule, last_error)
SELECT id, name, status, system_instructions, task_instructions,
    schedule, model, config, next_run_at, last_run_at, created_at,
    updated_at, schedule IS NOT NULL, last_error
FROM _plumb_agents""")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, (EXISTS (SELECT 1 FROM agents) OR NOT EXISTS (SELECT 1 FROM _plumb_agents))""")
    op.execute("DROP TABLE _plumb_agents")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agents')""")

    op.execute("CREATE INDEX ix_agents_id ON agents (id)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agents_id', 40),
    ('table', 'agents', 476))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


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
