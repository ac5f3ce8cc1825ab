"""The last error is an error message.

PlanExe: renamed on March 12, a day after it came; last_progress_at is of the 13th.

- renames task_item.last_error to column task_item.error_message
- adds column task_item.last_progress_at

Revision ID: 8749741d
Revises: 007bd024
Create Date: 2026-03-13 10:03:46
"""

import sqlalchemy as sa
from alembic import op

revision = "8749741d"
down_revision = "007bd024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision, "task_item.last_error was renamed to error_message")

    op.execute("ALTER TABLE task_item RENAME COLUMN last_error TO error_message")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'error_message')
    AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'last_error')""")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE task_item ADD COLUMN last_progress_at DATETIME")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 2",
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'last_progress_at')""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    begin(revision, "task_item.error_message was renamed to last_error")

    op.execute("ALTER TABLE task_item RENAME COLUMN error_message TO last_error")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'last_error')
    AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'error_message')""")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Loses column task_item.last_progress_at and its values.
    op.execute("ALTER TABLE task_item DROP COLUMN last_progress_at")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 2",
        """NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'last_progress_at')""",
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
