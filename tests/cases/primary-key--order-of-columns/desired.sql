CREATE TABLE t (a, b, PRIMARY KEY (b, a));
