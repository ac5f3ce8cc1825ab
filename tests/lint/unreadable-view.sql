CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT COLLATE NOCASE);
CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE VIEW v1 AS SELECT id, status FROM tasks;
CREATE VIEW v2 AS SELECT id, titel FROM tasks; -- expect: S117
CREATE VIEW v3 AS SELECT id FROM jobs; -- expect: S117
CREATE VIEW v4 AS SELECT id FROM v1;
CREATE VIEW v5 AS SELECT id FROM v2; -- expect: S117
CREATE VIEW v6 AS SELECT tasks.id FROM tasks JOIN users ON users.id = tasks.id;
CREATE VIEW v7 AS SELECT id FROM tasks JOIN users; -- expect: S117
CREATE VIEW v8 AS SELECT our_function(status) AS s FROM tasks ORDER BY status COLLATE our_order;
CREATE VIEW v9 AS SELECT our_function(stat) FROM tasks; -- expect: S117
CREATE VIEW v10 (a) AS SELECT id, status FROM tasks; -- expect: S117
CREATE VIEW v11 AS SELECT value FROM json_each('[1]');
CREATE VIEW v12 AS SELECT id FROM tasks UNION SELECT id, id FROM users; -- expect: S117
CREATE VIEW v13 AS SELECT name FROM sqlite_schema;
CREATE VIEW v14 AS SELECT id FROM v14; -- expect: S117
CREATE VIEW v15 AS SELECT "id", body FROM notes;
CREATE VIRTUAL TABLE notes USING fts5(id, body);
