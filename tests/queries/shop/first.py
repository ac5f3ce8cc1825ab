"""Who makes the very tables of the schema is held against it."""

MAKE = """CREATE TABLE IF NOT EXISTS orders
    (id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER, state TEXT)"""
READ = "SELECT paid FROM orders"  # expect: Q501
OTHER = "CREATE TABLE customers (id INTEGER)"
READ_OTHER = "SELECT nope FROM customers"
