CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT, twice AS (id * 2));
