CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    a BOOLEAN,
    b BOOL NOT NULL DEFAULT 0, -- expect: S111
    c BOOLEAN CHECK (c IN (0, 1)),
    d boolean,
    e INTEGER,
    f BOOLEAN GENERATED ALWAYS AS (e > 3) VIRTUAL,
    g BOOLEAN CHECK (a IN (0, 1)), -- expect: S111
    CONSTRAINT ck_d CHECK (d BETWEEN 0 AND 1)
);
