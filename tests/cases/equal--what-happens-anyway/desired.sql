CREATE TABLE parents (id TEXT PRIMARY KEY);
CREATE TABLE t (
    a TEXT UNIQUE,
    b TEXT NOT NULL REFERENCES parents (id),
    c INTEGER AS (length(a))
);
CREATE INDEX idx_t ON t (a);
