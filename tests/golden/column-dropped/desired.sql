CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL -- as they write it themselves
);

-- Every way to reach a customer, one a row.
CREATE TABLE contacts (
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
  value TEXT NOT NULL,
  PRIMARY KEY (customer_id, kind)
) WITHOUT ROWID;
