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

from alembic import op

revision = "4a90e6d2f713"
down_revision = "5d0c82e1a947"
branch_labels = None
depends_on = None


def upgrade() -> None:
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


def downgrade() -> None:
    op.execute("DROP TRIGGER credit_history_no_update")
    op.execute("DROP TRIGGER credit_history_no_delete")
    op.execute("DROP VIEW active_tasks")
    op.execute("DROP VIEW credit_mismatch")
    op.execute("DROP INDEX idx_agents_scheduled")
