CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    a INTEGER NOT NULL,
    b INTEGER,
    c TEXT,
    CONSTRAINT c1 CHECK (a BETWEEN 1 AND 5),
    CONSTRAINT c2 CHECK (a > 0), -- expect: S121
    CONSTRAINT c3 CHECK (a < 5),
    CONSTRAINT c4 CHECK (b > 0),
    CONSTRAINT c5 CHECK (NOT b <= 0), -- expect: S121
    CONSTRAINT c6 CHECK (b IS NULL OR b > 0 OR b < a), -- what c4 takes, and more; of two columns
    CONSTRAINT c7 CHECK (a < b AND c <> ''),
    CONSTRAINT c8 CHECK (c <> ''), -- expect: S121
    CONSTRAINT c9 CHECK (c = 'x' OR c <> 'x'),
    CONSTRAINT c10 CHECK (length(c) < 9),
    CONSTRAINT c11 CHECK (length(c) < 10 OR c IS NULL) -- expect: S121
);
