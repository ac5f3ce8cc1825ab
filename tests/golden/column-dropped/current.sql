CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL, -- as they write it themselves
  email TEXT COLLATE NOCASE,
  phone TEXT
);
