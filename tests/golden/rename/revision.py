"""rename

- renames task_item to table tasks
- renames tasks.label to column tasks.title
- drops index idx_task_item_label
- changes view labels: body
- adds index idx_tasks_title

Revision ID: second
Revises: first
"""

from alembic import op

revision = "second"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE task_item RENAME TO tasks")
    op.execute("ALTER TABLE tasks RENAME COLUMN label TO title")

    op.execute("DROP VIEW labels")
    op.execute("DROP INDEX idx_task_item_label")
    op.execute("CREATE INDEX idx_tasks_title ON tasks (title COLLATE NOCASE)")

    op.execute("""
CREATE VIEW labels AS
  SELECT title AS label, count(*) AS used FROM tasks GROUP BY title""")


def downgrade() -> None:
    op.execute("ALTER TABLE tasks RENAME TO task_item")
    op.execute("ALTER TABLE task_item RENAME COLUMN title TO label")

    op.execute("DROP VIEW labels")
    op.execute("DROP INDEX idx_tasks_title")
    op.execute("CREATE INDEX idx_task_item_label ON task_item (label COLLATE NOCASE)")

    op.execute("""
CREATE VIEW labels AS
  SELECT label, count(*) AS used FROM task_item GROUP BY label""")
