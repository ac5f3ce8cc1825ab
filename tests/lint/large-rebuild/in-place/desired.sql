CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT);
CREATE INDEX i ON tasks (status);
