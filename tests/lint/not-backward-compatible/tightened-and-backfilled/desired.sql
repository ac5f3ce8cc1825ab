CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT CONSTRAINT ck CHECK (status <> ''), -- @backfill 'none'
    kind TEXT NOT NULL, -- @backfill 'task'
    p INTEGER CONSTRAINT fk REFERENCES p, -- @backfill NULL
    size INTEGER -- @backfill 1
);
