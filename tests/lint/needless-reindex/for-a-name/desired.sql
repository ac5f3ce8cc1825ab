CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT);
CREATE INDEX b ON tasks (status) WHERE status <> '';
