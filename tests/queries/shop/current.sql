CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mail TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    total INTEGER NOT NULL,
    note TEXT,
    state TEXT NOT NULL
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE TABLE carts (id INTEGER PRIMARY KEY, customer_id INTEGER);
CREATE VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id;
CREATE VIEW recent AS SELECT id, total FROM orders WHERE id > 100;
CREATE VIEW buyers AS SELECT id, mail AS address, name FROM customers;
