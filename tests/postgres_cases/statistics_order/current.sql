CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED, c int);
CREATE STATISTICS of_columns ON b, c FROM t;
CREATE STATISTICS of_both (mcv) ON b, c, (a + c) FROM t;
CREATE STATISTICS of_term ON (a + c) FROM t;
