CREATE TABLE t (a INTEGER CHECK (a = 1 OR a != 2), b TEXT);
CREATE VIEW v AS SELECT a FROM t WHERE a = 1 AND b != 'x == y';
