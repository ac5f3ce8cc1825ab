"""views and triggers

- changes view open_accounts: body
- adds check accounts.check(balance)
- table accounts is rebuilt: SQLite 3.40 cannot change a check in place

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

    op.execute("DROP VIEW open_accounts")

    # Rows may refuse: accounts.check(balance) CHECK (balance >= 0).
    # In SQL, for batch mode cannot say it: accounts.check(balance) comes without a
    # name, which a naming convention would give it.
    op.execute("ALTER TABLE accounts RENAME TO _plumb_accounts")
    op.execute("""
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  balance INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0), -- in cents, never overdrawn
  closed_at TEXT
)""")
    op.execute("""
INSERT OR ABORT INTO accounts (id, owner, balance, closed_at)
SELECT id, owner, balance, closed_at
FROM _plumb_accounts""")
    op.execute("DROP TABLE _plumb_accounts")

    op.execute("""
CREATE VIEW open_accounts AS
  SELECT id, owner, balance, balance / 100.0 AS amount
    FROM accounts WHERE closed_at IS NULL""")

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP VIEW open_accounts")

    # In SQL, for batch mode cannot say it: accounts.check(balance) has no name by which
    # it could be dropped.
    op.execute("ALTER TABLE accounts RENAME TO _plumb_accounts")
    op.execute("""
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  balance INTEGER NOT NULL DEFAULT 0, -- in cents
  closed_at TEXT
)""")
    op.execute("""
INSERT OR ABORT INTO accounts (id, owner, balance, closed_at)
SELECT id, owner, balance, closed_at
FROM _plumb_accounts""")
    op.execute("DROP TABLE _plumb_accounts")

    op.execute("""
CREATE VIEW open_accounts AS
  SELECT id, owner, balance FROM accounts WHERE closed_at IS NULL""")

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
