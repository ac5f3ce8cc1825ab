-- A file of SQL: each statement is whole.
SELECT id, total FROM orders WHERE customer_id = :id;

SELECT c.name,
       c.mail  -- expect: Q502
FROM customers AS c;

-- sqlplumb: ignore Q501 for the day when it comes
SELECT nope FROM orders;

CREATE TABLE kept (id INTEGER, nope TEXT);
INSERT INTO kept SELECT id, note FROM orders;
SELECT orders.id FROM orders JOIN nowhere ON nowhere.id = orders.id; -- expect: Q501
