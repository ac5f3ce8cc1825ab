INSERT INTO customers (name, email, phone) VALUES
  ('Ada', 'ada@example.org', NULL), ('Grace', 'grace@example.org', '+1 555 0100'), ('Edsger', NULL, NULL);
