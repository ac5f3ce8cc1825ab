CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('open', 'done')),
    active BOOLEAN NOT NULL CHECK (active IN (0, 1)),
    note TEXT,
    CHECK (length(note) < 9)
);
CREATE INDEX i1 ON tasks (note) WHERE status = 'open';
CREATE INDEX i2 ON tasks (note) WHERE status = 'OPEN'; -- expect: S120
CREATE INDEX i3 ON tasks (note) WHERE active;
CREATE INDEX i4 ON tasks (note) WHERE active = 2; -- expect: S120
CREATE INDEX i5 ON tasks (note) WHERE active IS NULL; -- expect: S120
CREATE INDEX i6 ON tasks (status) WHERE note IS NULL;
CREATE INDEX i7 ON tasks (status) WHERE note = NULL;
CREATE INDEX i8 ON tasks (status) WHERE note > 'b' AND note < 'a'; -- expect: S120
CREATE INDEX i9 ON tasks (status) WHERE length(note) > 10; -- expect: S120
CREATE INDEX i10 ON tasks (status) WHERE length(note) > 5;
CREATE INDEX i11 ON tasks (status, note);
