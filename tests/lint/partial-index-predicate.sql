CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT, active INTEGER, done INTEGER, note TEXT);
CREATE INDEX i1 ON tasks (status) WHERE active IS 1; -- expect: S108
CREATE INDEX i2 ON tasks (status) WHERE active = 1;
CREATE INDEX i3 ON tasks (status) WHERE active IS TRUE; -- expect: S108
CREATE INDEX i4 ON tasks (status) WHERE active IS NOT 0; -- expect: S108
CREATE INDEX i5 ON tasks (status) WHERE note IS NOT NULL;
CREATE INDEX i6 ON tasks (status) WHERE note IS NULL;
CREATE INDEX i7 ON tasks (status) WHERE note = NULL; -- expect: S108
CREATE INDEX i8 ON tasks (status) WHERE note != NULL; -- expect: S108
CREATE INDEX i9 ON tasks (status) WHERE done = 0 AND active IS 1; -- expect: S108
CREATE INDEX i10 ON tasks (status) WHERE note = 'x is 1';
CREATE INDEX i11 ON tasks (status) WHERE active IS done;
CREATE INDEX i12 ON tasks (status) WHERE note NOTNULL;
CREATE INDEX i13 ON tasks (status) WHERE active;
CREATE INDEX i15 ON tasks (id) WHERE done = 1 OR note = NULL; -- expect: S108
CREATE INDEX i16 ON tasks (id) WHERE note IN ('x', NULL);
CREATE INDEX i17 ON tasks (id) WHERE json_extract(note, '$.a') > 1 AND active IS 1; -- expect: S108
CREATE INDEX i14 ON tasks (status) WHERE done IS 'no'; -- expect: S108
