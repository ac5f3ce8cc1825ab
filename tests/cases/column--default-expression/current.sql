CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    a TEXT DEFAULT (datetime('now'))
);
