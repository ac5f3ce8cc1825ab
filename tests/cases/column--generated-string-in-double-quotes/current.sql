CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    a TEXT AS ("b")
);
