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
    ask(
        2,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')""",
    )
    op.execute("ALTER TABLE tasks RENAME COLUMN label TO title")
    ask(
        3,
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('tasks')
    WHERE lower(name) = 'title')
    AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('tasks')
    WHERE lower(name) = 'label')""",
    )

    op.execute("DROP VIEW labels")
    op.execute("DROP INDEX idx_task_item_label")
    op.execute("CREATE INDEX idx_tasks_title ON tasks (title COLLATE NOCASE)")

    op.execute("""
CREATE VIEW labels AS
  SELECT title AS label, count(*) AS used FROM tasks GROUP BY title""")

    end(
        3,
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
    ask(
        2,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'task_item')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'tasks')""",
    )
    op.execute("ALTER TABLE task_item RENAME COLUMN title TO label")
    ask(
        3,
        """EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'label')
    AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo('task_item')
    WHERE lower(name) = 'title')""",
    )

    op.execute("DROP VIEW labels")
    op.execute("DROP INDEX idx_tasks_title")
    op.execute("CREATE INDEX idx_task_item_label ON task_item (label COLLATE NOCASE)")

    op.execute("""
CREATE VIEW labels AS
  SELECT label, count(*) AS used FROM task_item GROUP BY label""")

    end(
        3,
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
    failed = "type = 'table' AND name = " + _quoted(context.version_table, "'")
    sound = f"NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE {failed})"
    scripts = list(context.script.walk_revisions()) if context.script else []
    branches = any(script.is_branch_point or script.dependencies for script in scripts)
    if branches or sum(script.is_base for script in scripts) != 1:
        return sound
    version = f"group_concat(version_num) FROM main.{_quoted(context.version_table)}"
    expected = _quoted(start, "'") if start else "NULL"
    return f"{sound}\n    AND (SELECT {version}) IS {expected}"


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


def _quoted(value: object, mark: str = '"') -> str:
    return mark + str(value).replace(mark, mark * 2) + mark
