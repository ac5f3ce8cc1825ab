INSERT INTO accounts (owner) VALUES ('Ada'), ('Grace');
INSERT INTO postings (account_id, cents) VALUES (1, 500), (2, 1500);
