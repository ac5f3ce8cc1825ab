CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  balance INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0), -- in cents, never overdrawn
  closed_at TEXT
);

CREATE TABLE postings (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  cents INTEGER NOT NULL
);

CREATE INDEX idx_postings_account ON postings (account_id);

CREATE VIEW open_accounts AS
  SELECT id, owner, balance, balance / 100.0 AS amount
    FROM accounts WHERE closed_at IS NULL;

CREATE VIEW rich_owners AS
  SELECT owner FROM open_accounts WHERE balance > 1000000;

CREATE TRIGGER posting_counts AFTER INSERT ON postings BEGIN
  UPDATE accounts SET balance = balance + new.cents WHERE id = new.account_id;
END;
