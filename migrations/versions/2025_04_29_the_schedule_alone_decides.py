"""The schedule alone decides: run_on_schedule goes.

Zerg: a schedule that is there is one that runs. Without the first step an agent that was paused
by its flag and kept its cron expression would begin to run.

- drops column agents.run_on_schedule

Revision ID: 6494aab4
Revises: 4ec412bb
Create Date: 2025-04-29 15:48:05
"""

from alembic import op

revision = "6494aab4"
down_revision = "4ec412bb"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA legacy_alter_table = ON")

    # A paused agent stays unscheduled.
    op.execute("UPDATE agents SET schedule = NULL WHERE run_on_schedule = 0")

    # sqlplumb: ignore P202 what the flag said, the schedule says now
    # Loses column agents.run_on_schedule and its values.
    op.execute("ALTER TABLE agents DROP COLUMN run_on_schedule")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

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
    op.execute("DROP TABLE _plumb_agents")

    op.execute("CREATE INDEX ix_agents_id ON agents (id)")

    op.execute("PRAGMA legacy_alter_table = OFF")


def require_foreign_keys_off() -> None:
    """With foreign keys on, DROP TABLE deletes the rows that refer to the table.

    Inside a transaction nothing can turn them off: let env.py say PRAGMA foreign_keys = OFF before
    it begins one.
    """
    op.execute("PRAGMA foreign_keys = OFF")
    op.execute("""
CREATE TEMP TABLE _plumb_guard (
    foreign_keys CONSTRAINT foreign_keys_are_off CHECK (foreign_keys = 0)
)""")
    op.execute("""
INSERT INTO temp._plumb_guard
SELECT foreign_keys FROM pragma_foreign_keys""")
    op.execute("DROP TABLE temp._plumb_guard")
