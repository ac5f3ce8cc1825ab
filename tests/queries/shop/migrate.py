"""Migrations that an application makes itself speak of schemas that are past."""

ADD = "ALTER TABLE orders ADD COLUMN paid INTEGER"
FILL = "UPDATE orders SET paid = was_paid"
