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
        1,
        """(SELECT count(*) FROM pragma_table_xinfo('agents')
    WHERE lower(name) = 'run_on_schedule') = 0""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "the rows of agents were copied",
        "the former agents is gone",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

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
    ask(3, "(EXISTS (SELECT 1 FROM agents) OR NOT EXISTS (SELECT 1 FROM _plumb_agents))")
    op.execute("DROP TABLE _plumb_agents")
    ask(4, "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_agents')")

    op.execute("CREATE INDEX ix_agents_id ON agents (id)")

    end(
        4,
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'ix_agents_id', 40),
    ('table', 'agents', 476))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


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
