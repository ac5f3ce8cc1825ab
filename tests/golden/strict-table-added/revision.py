"""strict table added

- adds table readings
- adds index idx_readings_taken_at

Revision ID: second
Revises: first
"""

from alembic import op

revision = "second"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE readings (
  id INTEGER PRIMARY KEY,
  sensor_id INTEGER NOT NULL REFERENCES sensors (id),
  taken_at TEXT NOT NULL CHECK (taken_at GLOB '????-??-??T??:??:??Z'),
  value REAL NOT NULL,
  unit TEXT NOT NULL DEFAULT 'degC', /* UCUM */
  UNIQUE (sensor_id, taken_at)
) STRICT""")

    op.execute("CREATE INDEX idx_readings_taken_at ON readings (taken_at DESC)")


def downgrade() -> None:
    require_foreign_keys_off()

    # Loses table readings and all its rows.
    op.execute("DROP TABLE readings")


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
