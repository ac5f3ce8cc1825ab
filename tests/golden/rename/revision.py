"""rename

- renames task_item to table tasks
- renames tasks.label to column tasks.title
- drops index idx_task_item_label
- changes view labels: body
- adds index idx_tasks_title

Revision ID: second
Revises: first
"""

import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(
        down_revision,
        "task_item was renamed to tasks",
        "tasks.label was renamed to title",
    )

    op.execute("ALTER TABLE task_item RENAME TO tasks")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')""")
    op.execute("ALTER TABLE tasks RENAME COLUMN label TO title")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM pragma_table_xinfo('tasks')
    WHERE lower(name) = 'title')
    AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('tasks')
    WHERE lower(name) = 'label')""")

    op.execute("DROP VIEW labels")
    op.execute("DROP INDEX idx_task_item_label")
    op.execute("CREATE INDEX idx_tasks_title ON tasks (title COLLATE NOCASE)")

    op.execute("""
CREATE VIEW labels AS
  SELECT title AS label, count(*) AS used FROM tasks GROUP BY title""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_tasks_title', 60),
    ('view', 'labels', 89))) = 2""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'tasks'))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('index', 'idx_task_item_label'))) = 0""",
    )


def downgrade() -> None:
    begin(
        revision,
        "tasks was renamed to task_item",
        "task_item.title was renamed to label",
    )

    op.execute("ALTER TABLE tasks RENAME TO task_item")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks')""")
    op.execute("ALTER TABLE task_item RENAME COLUMN title TO label")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'label')
    AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'title')""")

    op.execute("DROP VIEW labels")
    op.execute("DROP INDEX idx_tasks_title")
    op.execute("CREATE INDEX idx_task_item_label ON task_item (label COLLATE NOCASE)")

    op.execute("""
CREATE VIEW labels AS
  SELECT label, count(*) AS used FROM task_item GROUP BY label""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_task_item_label', 68),
    ('view', 'labels', 84))) = 2""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'task_item'))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('index', 'idx_tasks_title'))) = 0""",
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
        context.impl.__dict__["static_output"] = lambda sql: write(
            f"SAVEPOINT step;\n{sql}"
        )


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
    _execute(
        "CREATE TEMP TABLE IF NOT EXISTS _plumb_guard"
        " (asked, holds NOT NULL CHECK (holds))"
    )
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
