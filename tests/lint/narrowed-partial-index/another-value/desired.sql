CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT, name TEXT, CHECK (status IN ('a', 'b')));
CREATE INDEX ix ON tasks (name) WHERE status = 'b';
