CREATE TABLE t (a int) WITH (fillfactor = 50);
CREATE TABLE u (a text) WITH (toast.autovacuum_enabled = false, fillfactor = 40);
CREATE TABLE v (a int);
