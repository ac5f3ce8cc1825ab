"""What the library asks of its database."""

OVERDUE = "SELECT id, due FROM loans WHERE returned IS NULL AND due < ? ORDER BY due"
TO_CALL = "SELECT email, phone FROM members WHERE phone IS NOT NULL"
