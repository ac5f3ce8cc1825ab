CREATE TABLE t (a TEXT, b TEXT, c INTEGER);
CREATE INDEX idx_t ON t (upper(a));
