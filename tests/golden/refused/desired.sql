CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0)
);
