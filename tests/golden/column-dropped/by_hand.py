"""contacts in a table of their own"""

from alembic import op

revision = "second"
down_revision = "first"


def upgrade():
    op.execute(
        """
CREATE TABLE contacts (
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
  value TEXT NOT NULL,
  PRIMARY KEY (customer_id, kind)
) WITHOUT ROWID
"""
    )
    for kind in ("email", "phone"):
        op.execute(
            "INSERT INTO contacts (customer_id, kind, value)"
            f" SELECT id, '{kind}', {kind} FROM customers WHERE {kind} IS NOT NULL"
        )
        op.execute(f"ALTER TABLE customers DROP COLUMN {kind}")


def downgrade():
    for kind, rest in (("email", " COLLATE NOCASE"), ("phone", "")):
        op.execute(f"ALTER TABLE customers ADD COLUMN {kind} TEXT{rest}")
        op.execute(
            f"UPDATE customers SET {kind} = (SELECT value FROM contacts"
            f" WHERE customer_id = customers.id AND kind = '{kind}')"
        )
    op.execute("DROP TABLE contacts")
