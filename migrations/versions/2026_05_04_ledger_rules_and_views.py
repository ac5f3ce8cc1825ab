"""An append-only ledger, an index for the scheduler, and two views.

Ours: what the readers of these tables had to know by heart.

- adds view active_tasks
- adds trigger credit_history_no_update
- adds trigger credit_history_no_delete
- adds view credit_mismatch
- adds index idx_agents_scheduled

Revision ID: 4a90e6d2f713
Revises: 5d0c82e1a947
Create Date: 2026-05-04 14:33:08
"""

import sqlalchemy as sa
from alembic import op

revision = "4a90e6d2f713"
down_revision = "5d0c82e1a947"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("""
CREATE INDEX idx_agents_scheduled ON agents (next_run_at) WHERE schedule IS NOT NULL""")

    op.execute("""
CREATE VIEW active_tasks AS
SELECT task_id, task_type, task_name, status, priority, created_by, created_at, started_at
FROM tasks
WHERE active = 1 AND status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED')""")

    op.execute("""
CREATE VIEW credit_mismatch AS
SELECT a.id AS user_id, a.credits_balance AS balance, coalesce(sum(h.delta), 0) AS ledger
FROM user_account AS a
LEFT JOIN credit_history AS h ON h.user_id = a.id
GROUP BY a.id
HAVING abs(a.credits_balance - coalesce(sum(h.delta), 0)) > 0.000001""")

    op.execute("""
CREATE TRIGGER credit_history_no_update BEFORE UPDATE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_delete BEFORE DELETE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_agents_scheduled', 84),
    ('trigger', 'credit_history_no_delete', 139),
    ('trigger', 'credit_history_no_update', 139),
    ('view', 'active_tasks', 201),
    ('view', 'credit_mismatch', 276))) = 5""",
    )


def downgrade() -> None:
    begin(revision)

    op.execute("DROP TRIGGER credit_history_no_update")
    op.execute("DROP TRIGGER credit_history_no_delete")
    op.execute("DROP VIEW active_tasks")
    op.execute("DROP VIEW credit_mismatch")
    op.execute("DROP INDEX idx_agents_scheduled")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('index', 'idx_agents_scheduled'),
    ('trigger', 'credit_history_no_delete'),
    ('trigger', 'credit_history_no_update'),
    ('view', 'active_tasks'),
    ('view', 'credit_mismatch'))) = 0""",
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
