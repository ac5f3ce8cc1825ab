CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT);
CREATE INDEX a ON tasks (status) WHERE status <> '';
