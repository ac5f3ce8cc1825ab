INSERT INTO orders (number, email, quantity) VALUES
  ('A-1', 'ada@example.org', 1), ('A-1', NULL, 3), ('A-2', NULL, 0), ('A-3', 'grace@example.org', -4);
CREATE TABLE orders_backup (id INTEGER PRIMARY KEY, number TEXT);
