"""A revision of Alembic."""

revision = "two"
down_revision = "one"
FILL = "UPDATE orders SET paid = was_paid"
