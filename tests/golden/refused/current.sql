CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL,
  email TEXT,
  quantity INTEGER NOT NULL
);
