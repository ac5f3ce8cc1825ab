CREATE TABLE logs (at TEXT, line TEXT); -- expect: S101
CREATE TABLE keyed (id INTEGER PRIMARY KEY, line TEXT);
CREATE TABLE keyed_by_text (code TEXT NOT NULL PRIMARY KEY);
CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE as_good_as_keyed (code TEXT NOT NULL UNIQUE, line TEXT);
CREATE TABLE indexed_key (code TEXT NOT NULL);
CREATE UNIQUE INDEX uq_indexed_key ON indexed_key (code);
CREATE TABLE nullable_key (code TEXT UNIQUE); -- expect: S101
CREATE TABLE half_nullable (a TEXT NOT NULL, b TEXT, UNIQUE (a, b)); -- expect: S101
CREATE TABLE partly_unique (code TEXT NOT NULL); -- expect: S101
CREATE UNIQUE INDEX uq_partly ON partly_unique (code) WHERE code <> '';
CREATE TABLE by_expression (code TEXT NOT NULL); -- expect: S101
CREATE UNIQUE INDEX uq_by_expression ON by_expression (lower(code));
CREATE TABLE strict_log (at TEXT) STRICT; -- expect: S101
CREATE VIRTUAL TABLE notes USING fts5(body);
CREATE VIEW all_logs AS SELECT at FROM logs;
