CREATE TABLE t (
    a INTEGER CHECK (a > 0) CHECK (a < 10),
    b INTEGER,
    CHECK (a <> b)
);
