CREATE TABLE t (a, b, PRIMARY KEY (a, b));
