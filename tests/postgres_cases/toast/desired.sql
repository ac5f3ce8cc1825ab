CREATE TABLE t (a text, b text) WITH (toast.autovacuum_enabled = false, fillfactor = 40);
CREATE TABLE u (a int) WITH (fillfactor = 41);
CREATE TABLE v (a int, b text) WITH (toast.autovacuum_enabled = false);
