"""An application. select nope from orders: a docstring is no query."""

import logging
from sqlite3 import Connection

TOTAL = "SELECT total FROM orders WHERE id = ?"
MISSPELT = "SELECT totl FROM orders WHERE id = %s"  # expect: Q501
NOTE = """
    SELECT id,
           note  -- expect: Q502
    FROM orders
    WHERE customer_id = :customer
"""
ALL = "SELECT * FROM orders WHERE id = %(id)s"  # expect: Q503
MAIL = "SELECT name, mail FROM customers"  # expect: Q502
ADDED = "SELECT id FROM orders " + "WHERE note IS NULL"  # expect: Q502
FILLED = "INSERT INTO orders VALUES (?, ?, ?, ?, ?)"  # expect: Q502
CARTS = "DELETE FROM carts WHERE customer_id = $1"  # expect: Q502
JOINED = "SELECT o.id FROM orders AS o JOIN bills AS b ON b.order_id = o.id"  # expect: Q501
NOT_TWICE = "SELECT id, total, total FROM orders WHERE strftime('%s', id) > @day"
QUOTED = 'SELECT id, "Note" FROM orders'  # expect: Q502
EXISTS = "SELECT id FROM customers AS c WHERE EXISTS (SELECT * FROM orders AS o WHERE o.id = c.id)"
COUNTED = "SELECT count(*) FROM (SELECT * FROM orders WHERE id > ?)"
COMPUTED = "SELECT total * 2, count(*) FROM orders"
VIEW = "SELECT total FROM totals WHERE customer_id = ?1"
VIEWED = "SELECT * FROM main.recent WHERE id = ?"  # expect: Q503
SAME_VIEW = "SELECT * FROM buyers"
PART = "SELECT recent.id, b.* FROM recent JOIN buyers b USING (id)"
NEW = "SELECT email FROM customers"
STANDS = "SELECT note FROM orders WHERE id = 1"  # sqlplumb: ignore Q502 it goes with this release

# What nobody can know is not told.
PROSE = "update the orders, select some and delete them"
TITLE = "select an event"
SENTENCE = "Select a note from the list"
FOREIGN = "SELECT id, name FROM of_another_database WHERE id = ?"
ATTACHED = "SELECT id FROM other.orders"
FUNCTION = "SELECT our_own_function(note) FROM nowhere"
OF_POSTGRES = "DELETE FROM orders WHERE ctid IN (SELECT ctid FROM orders LIMIT 5)"
FRAGMENT = "SELECT 1 FROM carts_kept WHERE carts_kept.order_id = orders.id"
OUTER = "SELECT max(id) FROM orders WHERE orders.customer_id = customers.id"
HOLE = f"SELECT nope FROM {TOTAL}"
FORMAT = "SELECT nope FROM {} WHERE {}"
NUL = "SELECT '\0' FROM orders"
TEMPORARY = "CREATE TEMP TABLE chosen (id INTEGER)"
OF_TEMPORARY = "SELECT c.id FROM chosen AS c JOIN orders AS o ON o.id = c.nope"


def nested(connection: Connection, table: str) -> object:
    logging.info("Select one of the orders with from %s", table)
    connection.execute("SELECT name FROM orders")  # expect: Q501
    connection.execute(f"SELECT {table} FROM ({'SELECT nope FROM orders'})")  # expect: Q501
    connection.executescript("SELECT id FROM orders; SELECT nope FROM orders;")  # expect: Q501
    return connection.execute("SELECT id FROM orders WHERE state IN (?, ?) LIMIT 1")
