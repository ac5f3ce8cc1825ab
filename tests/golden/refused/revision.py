"""refused

- changes column orders.email: NOT NULL
- adds unique orders.unique(number)
- adds check orders.check(quantity)
- table orders is rebuilt: SQLite 3.40 cannot change NOT NULL of a column, a unique, a
  check in place

Revision ID: second
Revises: first
"""

from alembic import op

revision = "second"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: orders.email NOT NULL.
    # Rows may refuse: orders.unique(number) UNIQUE (number).
    # Rows may refuse: orders.check(quantity) CHECK (quantity > 0).
    # In SQL, for batch mode cannot say it: orders.unique(number) comes without a name,
    # which a naming convention would give it.
    op.execute("ALTER TABLE orders RENAME TO _plumb_orders")
    op.execute("""
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0)
)""")
    op.execute("""
INSERT OR ABORT INTO orders (id, number, email, quantity)
SELECT id, number, email, quantity
FROM _plumb_orders""")
    op.execute("DROP TABLE _plumb_orders")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    # In SQL, for batch mode cannot say it: orders.unique(number) has no name by which
    # it could be dropped.
    op.execute("ALTER TABLE orders RENAME TO _plumb_orders")
    op.execute("""
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL,
  email TEXT,
  quantity INTEGER NOT NULL
)""")
    op.execute("""
INSERT OR ABORT INTO orders (id, number, email, quantity)
SELECT id, number, email, quantity
FROM _plumb_orders""")
    op.execute("DROP TABLE _plumb_orders")

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
