CREATE TABLE t (a TEXT, b TEXT, c INTEGER);
CREATE VIEW v (first, second) AS SELECT a, b FROM t;
