CREATE TABLE t (a INTEGER, b INTEGER, c AS ((a + b)), CHECK (((a > 0) AND (b > (0))) OR (NOT (a IN ((1), 2)))));
CREATE INDEX idx_t ON t ((a)) WHERE ((a IS NOT NULL) AND ((b + 1) > 2));
